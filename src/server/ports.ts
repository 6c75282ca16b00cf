/**
 * What the server's services need from the world. Each port has a contract suite that every adapter
 * passes; adapters are built in compose.ts only.
 */
import type { AccountId, VaultId } from '../core/base/ids.js';

// ---------------------------------------------------------------- blobs

/** A blob being written. Exactly one of `commit` and `abort` ends it. */
export interface BlobWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Bytes written so far, read back: the index of a pack is at its end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Makes it durable, under a random key that was never used before unless one was given. */
  commit(): Promise<string>;
  abort(): Promise<void>;
}

/** Immutable objects by random key. Throws FsyncError disk_full, io_error, not_found. */
export interface BlobStore {
  /** `key`: the one that the blob has in another store, of which this one gets a copy. Without it a new one. */
  create(key?: string): Promise<BlobWriter>;
  /** The bytes of one range, in pieces. Throws not_found before the first piece when there is no such blob. */
  read(key: string, range: { readonly offset: number; readonly length: number }): AsyncIterable<Uint8Array>;
  /** Bytes of the blob, null when it is not there. */
  size(key: string): Promise<number | null>;
  /** Idempotent. */
  remove(key: string): Promise<void>;
  /** Keys of blobs last changed before `olderThanMs` (epoch). */
  list(olderThanMs: number): AsyncIterable<string>;
  /** Removes writes that were begun before `olderThanMs` and never ended. */
  dropUnfinished(olderThanMs: number): Promise<void>;
  /** The id of the database that the blobs belong to; `mine` is taken when there was none. */
  claim(mine: string): Promise<string>;
  /** Throws when nothing could be stored now. */
  check(): Promise<void>;
}

// ---------------------------------------------------------------- notices

/** Hints between the processes of one server; losing one is harmless. */
export type Notice =
  | { readonly type: 'head'; readonly vault: VaultId; readonly seq: number }
  /** The account's role in the vault changed or ended. */
  | { readonly type: 'access'; readonly vault: VaultId; readonly account: AccountId }
  | { readonly type: 'session-ended'; readonly session: string };

export interface NoticeBus {
  /** Delivered at least to the listeners of this process, synchronously; to other processes if they are reachable. */
  publish(notice: Notice): void;
  subscribe(listener: (notice: Notice) => void): () => void;
  /** False while notices of other processes cannot arrive. */
  readonly connected: boolean;
  /** True when there may be other processes. */
  readonly shared: boolean;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- limits

/** What a budget is kept for; `none` has no limit. */
export type LimitClass = 'none' | 'login-address' | 'login-account' | 'register' | 'refresh' | 'metadata' | 'transfer' | 'lookup';

export interface RateLimiter {
  /**
   * Takes one from the budget of `key`. `local`: the client is on this machine and not behind a
   * proxy, and has a larger budget.
   * @throws FsyncError rate_limited with details {retryAfterMs}
   */
  take(limit: LimitClass, client: { readonly key: string; readonly local: boolean }): Promise<void>;
}
