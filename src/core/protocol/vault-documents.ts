/** Documents about what is in a vault and what was: `fsync ls`, `show`, `diff`, `restore`, `undo`, `why`, `wait`, `verify`. */
import type { ChangeKind, PendingChange } from './ipc.js';

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
