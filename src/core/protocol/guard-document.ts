/** `fsync guard`: what a safety guard holds back in a vault, and the decision about it. */
import type { PendingChange } from './ipc.js';

export type GuardCause = 'mass-change' | 'emptied-folder' | 'lost-folder' | 'other-history';

/** Files that a guard holds back on one side, directories aside. */
export interface HeldSide {
  readonly deleted: number;
  readonly modified: number;
  /** At most 100 of them. */
  readonly sample: readonly PendingChange[];
}

/** `fsync guard`. */
export interface GuardDocument {
  readonly schema: 'fsync/guard/1';
  readonly vault: { readonly id: string; readonly name: string; readonly root: string };
  readonly guard: {
    /** Names exactly what is held back now. */
    readonly id: string;
    readonly cause: GuardCause;
    /** For people. */
    readonly reason: string;
    /** What would be done on the server, and in the folder. */
    readonly server: HeldSide;
    readonly folder: HeldSide;
    /** What each decision does, for people. */
    readonly approve: string;
    readonly reject: string;
  } | null;
  /** What this call decided; then `guard` is what was held back before. */
  readonly decision: GuardDecision | null;
}

export type GuardDecision = 'approve' | 'reject';
