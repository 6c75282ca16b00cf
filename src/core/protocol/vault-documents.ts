/** Documents about what is in a vault and what was: `fsync ls`, `show`, `diff`, `restore`, `undo`, `why`, `wait`, `verify`. */
import type { DeviceHolding } from './device-holding.js';
import type { ChangeKind, PendingChange, VaultStateName } from './ipc.js';

/** A moment of a vault: after a commit, or at a time by the server's clock. */
export type VersionQuery = { readonly commit: number } | { readonly at: string };

export type EntryKind = 'file' | 'directory' | 'symlink';
export type EntryState = 'synced' | 'upload' | 'download' | 'conflict' | 'unsyncable' | 'deleted';

export interface ListEntry {
  readonly path: string;
  readonly kind: EntryKind;
  readonly state: EntryState;
  /** Null where there is no content. */
  readonly size: number | null;
  /** The commit that changed it last; null when none has. */
  readonly commit: number | null;
  /** Of the file; of the commit for what is deleted. */
  readonly at: string | null;
}

export interface ListDocument {
  readonly schema: 'fsync/ls/1';
  readonly entries: readonly ListEntry[];
}

/** A version of a file that was brought into the vault's private folder, for the caller to read and remove. */
export interface VersionDocument {
  readonly path: string;
  readonly kind: 'file' | 'symlink';
  /** The version: the commit that made it. */
  readonly commit: number;
  readonly at: string | null;
  readonly device: { readonly id: string; readonly name: string };
  readonly size: number;
  readonly target: string | null;
  /** Absolute; null for a link. */
  readonly staged: string | null;
}

/** What differs between two moments, or between a moment and the folder now. */
export interface DifferencesDocument {
  readonly changes: readonly PendingChange[];
  /** The commit that the folder was compared with. */
  readonly commit: number;
}

export interface RestoreDocument {
  readonly schema: 'fsync/restore/1';
  readonly path: string;
  readonly to: string;
  /** The moment that was brought back. */
  readonly from: { readonly commit: number; readonly at: string | null };
  /** The newest commit of the restore; null when nothing had to be changed, or with --dry-run. */
  readonly commit: number | null;
  readonly changes: readonly PendingChange[];
}

export type OperationKind = 'remote' | 'resolve' | 'restore';

export interface UndoDocument {
  readonly schema: 'fsync/undo/1';
  /** What was taken back; null when there is nothing to take back. */
  readonly undone: { readonly kind: OperationKind; readonly first: number; readonly last: number; readonly at: string } | null;
  readonly commit: number | null;
  readonly changes: readonly PendingChange[];
  /** Changed again since then, and so left as they are. */
  readonly kept: readonly { readonly path: string; readonly change: ChangeKind }[];
}

/** Everything the daemon knows about one path. */
export interface WhyDocument {
  readonly schema: 'fsync/why/1';
  readonly path: string;
  /** Null for what is neither here nor on the server. */
  readonly kind: EntryKind | null;
  readonly state: EntryState | 'ignored' | 'absent';
  readonly vault: { readonly state: VaultStateName; readonly reason: string | null };
  /** What waits to be exchanged. */
  readonly waits: (PendingChange & { readonly direction: 'up' | 'down' }) | null;
  /** Why it cannot be synced at all. */
  readonly unsyncable: string | null;
  readonly failure: { readonly code: string; readonly message: string; readonly retryAt: string | null } | null;
  readonly conflict: { readonly path: string; readonly copy: string; readonly winner: string; readonly loser: string } | null;
  /** How many the log names, and the newest of them. */
  readonly versions: {
    readonly count: number;
    readonly newest: readonly {
      readonly commit: number;
      readonly at: string;
      readonly device: string;
      readonly change: ChangeKind | null;
    }[];
  };
  /** Whether each device that has the vault holds the newest version; null when the server did not say. */
  readonly devices: readonly DeviceHolding[] | null;
}

/** What is not as it should be, by path. */
export interface VerifyDocument {
  readonly schema: 'fsync/verify/1';
  readonly files: number;
  readonly bytes: number;
  /** Changed since the last look, and about to be uploaded: nothing is wrong with them. */
  readonly changed: readonly string[];
  /** The bytes are not those that were synced although nothing says that anybody wrote them. */
  readonly damaged: readonly string[];
  readonly unreadable: readonly string[];
  /** Null when the server was not asked. */
  readonly server: {
    readonly chunks: number;
    /** Files of which the server lacks a part. */
    readonly missing: readonly string[];
    /** Files of which a part that it sent does not open. */
    readonly broken: readonly string[];
  } | null;
}

export type FindingLevel = 'ok' | 'warning' | 'problem';

/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  readonly level: FindingLevel;
  readonly found: string;
  /** What to do about it; null when there is nothing to do. */
  readonly mend: string | null;
}

/** What only the daemon can look at. */
export interface DiagnosisDocument {
  readonly findings: readonly Finding[];
}
