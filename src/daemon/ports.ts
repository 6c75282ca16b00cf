/**
 * What the daemon's engine needs from the world. Each port has a fake and a real adapter and one
 * contract suite that both pass; adapters are built in compose.ts only.
 *
 * Paths handed to a port are relative to the vault's root, '/'-separated, '' for the root itself, spelled as on disk.
 * Trouble with one path is data in the result; trouble with the whole call is thrown as FsyncError.
 */
import type { AccountId, ChunkId, CommitHash, NodeId, UploadId, VaultId } from '../core/base/ids.js';
import type { ErrorCode } from '../core/base/errors.js';
import type { GuardMark } from '../core/plan/guard.js';
import type { BaseNode } from '../core/tree/base-tree.js';
import type { DirectoryListing, FoundChanges, ScanEntry } from '../core/tree/listing.js';
import type { FileContent, Fingerprint, NodeState } from '../core/tree/node.js';
import type { PositionStore } from './position-store.js';
import type { HistoryEntry, HistoryQuery, LogOp, Operation, Revision, SealedRevision } from './vault-history.js';

export type { BaseNode, DirectoryListing, FoundChanges, ScanEntry };

// ---------------------------------------------------------------- folder: scan

export interface ScanRequest {
  /** Directories to list, without their subdirectories, except those named in `recursive`. */
  readonly directories: readonly string[];
  /** Directories to walk whole ('' = the whole folder). */
  readonly recursive: readonly string[];
}

export interface FolderScanner {
  /** Lists directories with lstat for each entry. Never opens a file, never follows a link, never leaves the root's file system. */
  scan(request: ScanRequest, options: { signal: AbortSignal }): Promise<readonly DirectoryListing[]>;
  /** The root marker is there and names this vault, on the same device and inode as when the vault was attached. */
  checkRoot(): Promise<'ok' | 'missing' | 'replaced'>;
}

// ---------------------------------------------------------------- folder: content

export interface ContentJob {
  readonly path: string;
  /** What the scanner saw; a file that no longer looks like that is 'changed'. */
  readonly expected: Fingerprint;
}

export type ContentResult =
  | { readonly status: 'read'; readonly path: string; readonly content: FileContent; readonly fingerprint: Fingerprint }
  | { readonly status: 'changed' | 'missing' | 'unreadable'; readonly path: string };

export interface ContentReader {
  /** Cuts, hashes and identifies files (stat, read, stat) on the worker pool. Results in the order of the jobs. */
  read(
    jobs: readonly ContentJob[],
    options: {
      signal: AbortSignal;
      /** So many more bytes were read, and so many more files have a result. */
      onBytes?: (bytes: number) => void;
      onFiles?: (files: number) => void;
    },
  ): Promise<readonly ContentResult[]>;
}

// ---------------------------------------------------------------- folder: write

/** One change to the folder. `expected` null means: nothing may be there. */
export type FolderStep =
  | { readonly op: 'make-directory'; readonly path: string; readonly mode: number }
  | {
      readonly op: 'place-file';
      readonly path: string;
      readonly staged: string;
      readonly expected: Fingerprint | null;
      readonly mode: number;
      readonly mtimeMs: number;
    }
  | { readonly op: 'place-symlink'; readonly path: string; readonly target: string; readonly expected: Fingerprint | null }
  | { readonly op: 'move'; readonly from: string; readonly to: string; readonly expected: Fingerprint }
  /** Moves out of the way into `.fsync/tmp/<parked>`, to break a cycle of names; undone by 'unpark'. */
  | { readonly op: 'park'; readonly from: string; readonly parked: string; readonly expected: Fingerprint }
  | { readonly op: 'unpark'; readonly parked: string; readonly to: string }
  /** Gives a stash entry, as `displaced` names it, a free name in the folder: the conflict copy of bytes nobody expected. */
  | { readonly op: 'unstash'; readonly stash: string; readonly to: string }
  | { readonly op: 'set-mode'; readonly path: string; readonly mode: number; readonly expected: Fingerprint }
  | { readonly op: 'remove-file'; readonly path: string; readonly expected: Fingerprint }
  | { readonly op: 'remove-directory'; readonly path: string };

export type StepResult =
  /**
   * `fingerprint` of what now is at the target; null after a removal. `displaced` names a stash entry that holds bytes nobody expected.
   * `isUnsynced`: it could not be synced, and counts as in sync only after `makeDurable`.
   */
  | { readonly status: 'done'; readonly fingerprint: Fingerprint | null; readonly displaced: string | null; readonly isUnsynced?: true }
  /** The folder differs from what the step expected: nothing was changed, look again. */
  | { readonly status: 'changed'; readonly displaced?: string }
  | { readonly status: 'failed'; readonly code: ErrorCode; readonly message: string };

export interface FolderWriter {
  /**
   * Runs the steps in order on a worker, each checked right before and after. When it returns, all
   * that is 'done' is durable (files and directories fsynced) unless it says otherwise. A step that is not 'done' does not stop the rest.
   */
  apply(steps: readonly FolderStep[], options: { signal: AbortSignal }): Promise<readonly StepResult[]>;
  /** Programs seldom sync what they save: nothing that a scan found counts as in sync, here or on the server, before `makeDurable`. */
  noteFound(changes: FoundChanges): void;
  /** Syncs what was noted, and what an earlier daemon or a failed batch may have left unsynced. Throws io_error, disk_full. */
  makeDurable(): Promise<void>;
  /** Removes what a crash left in `.fsync/tmp` (parked nodes go back to a conflict-free place first) and stash entries past their time. */
  sweep(options: { signal: AbortSignal }): Promise<void>;
}

// ---------------------------------------------------------------- folder: watch

export interface FolderWatcher {
  /** Called with directories whose listing may have changed; `null` = anything may have (overflow, error, watch limit). */
  onHint(listener: (directories: readonly string[] | null) => void): void;
  /** Told by the scanner which directories exist. Idempotent; cheap for what is watched already. */
  follow(directories: readonly string[]): void;
  unfollow(directories: readonly string[]): void;
  /** How many directories are not watched (limit reached) and must be polled, and why; then a few of the topmost, '' is the folder. */
  degraded(): { readonly reason: string; readonly directories: number } | null;
  unwatchedSubtrees(): readonly string[];
  close(): Promise<void>;
}

// ---------------------------------------------------------------- transfer

export interface UploadItem {
  readonly path: string;
  readonly content: FileContent;
  readonly expected: Fingerprint;
}

export interface TransferProgress {
  /** Plaintext bytes that this transfer covers, and those already there or moved. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly filesDone: number;
  readonly filesTotal: number;
}

export interface Uploader {
  /**
   * Makes the server hold every chunk of the items: asks which are missing, seals those from the
   * files, sends packs. Yields each item as soon as its chunks are all stored, or why it cannot be.
   * Never sends a chunk twice within one call; resumable: chunks stored before an interruption are not sent again.
   */
  upload(
    items: readonly UploadItem[],
    options: { signal: AbortSignal; onProgress?: (progress: TransferProgress) => void },
  ): AsyncIterable<{ readonly item: UploadItem; readonly status: 'stored' | 'changed' | 'missing' | 'unreadable' }>;
}

export interface DownloadItem {
  readonly node: NodeId;
  readonly content: FileContent;
  /** Files in the folder (path and content) that may already hold chunks of it. */
  readonly sources: readonly { readonly path: string; readonly content: FileContent }[];
}

export type DownloadResult =
  /** `staged` is a file name inside `.fsync/tmp`, complete and verified against the content id; the writer makes it durable. */
  | { readonly status: 'staged'; readonly node: NodeId; readonly staged: string }
  | { readonly status: 'failed'; readonly node: NodeId; readonly code: ErrorCode; readonly message: string };

export interface Downloader {
  /** Fetches what the disk does not already hold, opens and verifies it, joins it in `.fsync/tmp`. Continues a partial file after a restart. */
  download(
    items: readonly DownloadItem[],
    options: { signal: AbortSignal; onProgress?: (progress: TransferProgress) => void },
  ): AsyncIterable<DownloadResult>;
}

// ---------------------------------------------------------------- remote

/** A commit as the feed delivers it: the signed bytes, and those of its records that are still current. */
export interface FeedCommit {
  readonly signed: Uint8Array;
  /** When the server accepted it, epoch milliseconds: for people only. */
  readonly at: number;
  readonly records: readonly { readonly node: NodeId; readonly rev: number; readonly bytes: Uint8Array }[];
}

export interface FeedPage {
  readonly historyId: string;
  readonly head: { readonly seq: number; readonly hash: CommitHash };
  readonly commits: readonly FeedCommit[];
  readonly more: boolean;
}

export interface CommitRequest {
  readonly signed: Uint8Array;
  readonly records: readonly {
    readonly node: NodeId;
    readonly rev: number;
    readonly bytes: Uint8Array;
    readonly chunks: readonly ChunkId[];
  }[];
  /** With a commit that changes members. */
  readonly keyBoxes?: readonly KeyBox[];
}

/** The vault key of one epoch, boxed to the user key of an account. */
export interface KeyBox {
  readonly account: AccountId;
  readonly epoch: number;
  readonly generation: number;
  readonly box: Uint8Array;
}

export type CommitReply =
  | { readonly status: 'accepted'; readonly seq: number; readonly at: number }
  /** Someone else was first: the commits not yet seen. Integrate, plan again. */
  | { readonly status: 'behind'; readonly page: FeedPage }
  | { readonly status: 'chunks-missing'; readonly chunks: readonly ChunkId[] };

/** One vault on the server. All methods throw FsyncError: server_unreachable, session_expired, forbidden, not_found, quota_exceeded, rate_limited … */
export interface RemoteVault extends PositionStore {
  readonly vault: VaultId;
  /** `waitMs` > 0: long-poll until there is something after `since`. `historyId` null on the first call. */
  changes(since: number, options: { historyId: string | null; waitMs?: number; signal: AbortSignal }): Promise<FeedPage>;
  /** Sends a commit; sending the same bytes again is recognised and answers 'accepted'. */
  commit(request: CommitRequest, options: { signal: AbortSignal }): Promise<CommitReply>;
  /** Which of these chunks the server lacks (any number; batches inside). */
  missingChunks(chunks: readonly ChunkId[], options: { signal: AbortSignal }): Promise<ReadonlySet<ChunkId>>;
  putPack(id: UploadId, pack: Uint8Array, options: { signal: AbortSignal }): Promise<void>;
  /** Sealed chunks, in any order, each exactly once, their bytes the caller's to keep; throws chunks_missing before the first when some are not there. */
  downloadChunks(
    chunks: readonly ChunkId[],
    options: { signal: AbortSignal },
  ): AsyncIterable<{ readonly id: ChunkId; readonly bytes: Uint8Array }>;
  /** Sealed records of revisions, old ones too (any number; batches inside). What the server no longer keeps is left out. */
  records(revisions: readonly Revision[], options: { signal: AbortSignal }): Promise<readonly SealedRevision[]>;
}

/** Hints over the WebSocket. Only "look at this vault"; loss is harmless. */
export interface NotificationSocket {
  subscribe(vault: VaultId, onHead: (seq: number) => void): () => void;
  readonly connected: boolean;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- state

/** A commit that was signed and maybe sent: replayed until the server's answer is known. */
export interface Intent {
  readonly seq: number;
  readonly hash: CommitHash;
  readonly request: CommitRequest;
  /** The base rows that become true with it. Upserts and removals. */
  readonly base: readonly BaseNode[];
  readonly dropped: readonly NodeId[];
}

export interface VaultProgress {
  readonly historyId: string | null;
  /** seq 0 = nothing seen yet. */
  readonly head: { readonly seq: number; readonly hash: CommitHash | null };
  /** Opaque canonical bytes of the log verifier's state (members, epochs, counters); null at first. */
  readonly verifier: Uint8Array | null;
  readonly lastSyncedAtMs: number | null;
}

/** The vault's state database, `.fsync/state.db`. Synchronous: better-sqlite3, synchronous=FULL. */
export interface StateStore {
  loadBase(): Iterable<BaseNode>;
  /** Remote states that differ from base. */
  loadRemote(): Iterable<NodeState>;
  progress(): VaultProgress;
  /** Newest revision and record digest the log has named for a node, tombstones included. */
  logNode(node: NodeId): LogOp | null;
  intent(): Intent | null;
  /** What the guard keeps in mind of changes, by their ids. */
  guardMarks(): ReadonlyMap<string, GuardMark>;
  /** Runs all writes in one durable transaction; on throw nothing is written. */
  transaction(work: (write: StateWriter) => void): void;
  /** Newest first. With a node: the commits that changed it, and of these only the changes to it. */
  history(query: HistoryQuery): readonly HistoryEntry[];
  /** All revisions of a node that the log has named, newest first. */
  logOps(node: NodeId): readonly LogOp[];
  /** What one commit said, by node. */
  commitOps(seq: number): readonly LogOp[];
  /** Nodes that commits after `seq` changed, each with what the log named for it last up to there; null for later ones. */
  changedAfter(seq: number): ReadonlyMap<NodeId, LogOp | null>;
  /** Newest first. */
  operations(limit: number): readonly Operation[];
  close(): void;
}

export interface StateWriter {
  putBase(node: BaseNode): void;
  dropBase(node: NodeId): void;
  putRemote(state: NodeState): void;
  dropRemote(node: NodeId): void;
  putLogOp(op: LogOp): void;
  setProgress(progress: Partial<VaultProgress>): void;
  setIntent(intent: Intent | null): void;
  setGuardMark(change: string, mark: GuardMark | null): void;
  /** Forgets everything that came from the log: remote states, log, history, operations, head and intent. BASE stays. */
  forgetLog(): void;
  addHistory(entry: HistoryEntry): void;
  /** Replaces the one with the same first commit. */
  putOperation(operation: Operation): void;
}
