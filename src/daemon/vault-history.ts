/** What the daemon keeps of a vault's verified log: enough to tell its history and to judge old records. */
import type { AccountId, CommitHash, CredentialId, NodeId, RecordDigest } from '../core/base/ids.js';
import type { Role } from '../core/protocol/ipc.js';
import type { NodeKind } from '../core/tree/node.js';

/** A node as it was after one of its commits. */
export interface Revision {
  readonly node: NodeId;
  /** From 1. */
  readonly rev: number;
}

/** A revision with its record, as the server keeps it. */
export interface SealedRevision extends Revision {
  readonly bytes: Uint8Array;
}

/** What a verified commit says about one node: the record of that revision has this digest. */
export interface LogOp extends Revision {
  readonly seq: number;
  readonly digest: RecordDigest;
}

/** A member that came, went (`role` null) or got another role. */
export interface MemberChange {
  readonly account: AccountId;
  readonly role: Role | null;
  /** Null for one who was no member. */
  readonly before: Role | null;
}

/** One commit in the vault's history: who made it, and what it changed. */
export interface HistoryEntry {
  readonly seq: number;
  /** Null for one that an older fsync wrote down. */
  readonly hash: CommitHash | null;
  readonly at: number;
  readonly account: AccountId;
  readonly device: CredentialId;
  readonly deviceName: string;
  /** Of the vault key that its records are sealed with. */
  readonly epoch: number;
  /** Nodes it changed of which only the server knows how: their records were replaced before this device read the log. */
  readonly untold: readonly NodeId[];
  /** What it changed about the members; null for a commit that changed none. */
  readonly member: MemberChange | null;
  readonly changes: readonly {
    readonly node: NodeId;
    readonly path: string;
    readonly kind: NodeKind;
    readonly change: 'added' | 'modified' | 'moved' | 'deleted' | 'attributes';
    readonly from: string | null;
    readonly size: number | null;
  }[];
}

/** Something that was done to the vault from outside of this folder, or on request: what `fsync undo` takes back. */
export interface Operation {
  readonly kind: 'remote' | 'resolve' | 'restore';
  /** Its commits: a range without gaps. The first one identifies it. */
  readonly first: number;
  readonly last: number;
  readonly at: number;
  /** The commit that took it back. */
  readonly undoneBy: number | null;
}

export interface HistoryQuery {
  readonly node?: NodeId;
  readonly limit: number;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Only the commits up to this one. */
  readonly untilSeq?: number;
  /** Only commits that changed something at, from or below this path, as it was called then. */
  readonly path?: string;
}
