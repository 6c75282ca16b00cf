/**
 * What a node is: the facts that are sealed into its record, and the fingerprint by which the
 * folder recognises that nothing happened to it. Content, place, kind and attributes are separate
 * facets and merge separately.
 */
import type { ChunkId, ContentId, CredentialId, NodeId } from '../base/ids.js';

export type NodeKind = 'file' | 'directory' | 'symlink';

/** One chunk of a file, in order. `size` is the plaintext length in bytes. */
export interface ChunkRef {
  readonly epoch: number;
  readonly id: ChunkId;
  readonly size: number;
}

/**
 * The content of a file. Files of at most INLINE_LIMIT bytes travel inside the record
 * (`inline` set, no chunks); all others as chunks (`inline` null).
 */
export interface FileContent {
  readonly id: ContentId;
  readonly size: number;
  readonly inline: Uint8Array | null;
  readonly chunks: readonly ChunkRef[];
}

/** A device's counter of commits in this vault at which it last wrote the node. */
export type VersionVector = Readonly<Record<CredentialId, number>>;

/** Marks a conflict copy: which node it lost against, and whose version it holds. */
export interface ConflictMark {
  /** The node that kept the name. */
  readonly of: NodeId;
  /** Device names. */
  readonly winner: string;
  readonly loser: string;
  /** Credential id of the device whose version the copy holds. */
  readonly loserDevice: CredentialId;
  /** Epoch milliseconds at which the conflict was detected. */
  readonly at: number;
}

/** The state of a node at one revision: what a record seals. */
export interface NodeState {
  readonly node: NodeId;
  /** 1 for the first record of a node, then one more each time. */
  readonly rev: number;
  readonly parent: NodeId;
  /** As the device that wrote it spelled it; compared in NFC. */
  readonly name: string;
  readonly kind: NodeKind;
  readonly deleted: boolean;
  /** Permission bits, normalised by `normaliseMode`. 0 for symlinks. */
  readonly mode: number;
  /** Milliseconds since the epoch; data only, it never orders anything. */
  readonly mtimeMs: number;
  /** Set for live files, else null. */
  readonly content: FileContent | null;
  /** Set for live symlinks, else null. */
  readonly target: string | null;
  /** Hybrid stamp in milliseconds: max(parent stamp + 1, min(corrected local ctime, now)). */
  readonly stamp: number;
  readonly vector: VersionVector;
  /** The device that wrote this revision, and its name at that time. */
  readonly device: CredentialId;
  readonly deviceName: string;
  readonly conflict: ConflictMark | null;
}

/**
 * What lstat said. Nanosecond times and inode numbers are decimal strings: they do not fit a
 * number, and BigInt neither clones cheaply nor goes into JSON.
 */
export interface Fingerprint {
  readonly size: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly birthtimeNs: string;
  readonly dev: string;
  readonly ino: string;
  readonly nlink: number;
  /** Permission bits as on disk, not normalised. */
  readonly mode: number;
}

/** Files up to this many bytes are stored inside the record. */
export const INLINE_LIMIT = 2048;

/**
 * Directories always keep the owner's rwx and files the owner's read bit: a mode under which the
 * owner's own daemon could not go on is a local matter and never travels.
 */
export function normaliseMode(kind: NodeKind, mode: number): number {
  if (kind === 'symlink') return 0;
  return kind === 'directory' ? (mode & 0o777) | 0o700 : (mode & 0o777) | 0o400;
}

/** Equal content: same kind of thing, same bytes or same target. Directories are always equal. */
export function sameContent(a: Pick<NodeState, 'kind' | 'content' | 'target'>, b: Pick<NodeState, 'kind' | 'content' | 'target'>): boolean {
  return a.kind === b.kind && a.content?.id === b.content?.id && a.target === b.target;
}
