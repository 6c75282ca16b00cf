/** What a scan of the folder reports: plain observations, before anyone decides which node they are. */
import type { Fingerprint, NodeKind } from './node.js';

/** What the scanner saw under one name. */
export interface ScanEntry {
  readonly name: string;
  /** 'special': socket, fifo, device. 'foreign': other file system, name that is not UTF-8, outside-pointing link. */
  readonly kind: NodeKind | 'special' | 'foreign';
  readonly fingerprint: Fingerprint;
  /** Link target for symlinks, else null. */
  readonly target: string | null;
  /** Set when an ignore rule hides it: nothing below it was read. */
  readonly ignored: boolean;
  /** Why it cannot be synced, for status: 'special-file', 'invalid-name', 'other-filesystem', 'symlink-outside', 'nested-vault'; else null. */
  readonly problem: string | null;
}

export interface DirectoryListing {
  /** Relative to the root, '/'-separated, '' for the root, spelled as on disk. */
  readonly path: string;
  /** 'unreadable' says nothing about what is inside; only 'missing' means gone. */
  readonly status: 'listed' | 'missing' | 'unreadable';
  readonly entries: readonly ScanEntry[];
}

/** Paths of what turned out to be other than it was known. */
export interface FoundChanges {
  /** With entries that came, went or are other ones. */
  readonly directories: readonly string[];
  /** With contents that were read. */
  readonly files: readonly string[];
}
