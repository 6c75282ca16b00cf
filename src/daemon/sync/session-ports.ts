/** Everything one session works with: the ports of one folder and one vault, opened by compose.ts. */
import type { Clock, Logger, RandomBytes } from '../../core/base/effects.js';
import type { CommitHash } from '../../core/base/ids.js';
import type { ConflictRules } from '../../core/conflict/conflict-rules.js';
import type { ConflictStrategy } from '../../core/conflict/conflict-strategy.js';
import type { IgnoreRules } from '../../core/ignore/ignore-rules.js';
import type { GuardLimits } from '../../core/plan/guard.js';
import type { DiskTraits } from '../../core/tree/disk-traits.js';
import type { PromptFile } from '../folder/prompt-file.js';
import type { AccountHolder, AccountKeys, EngineDeps, VaultInfo, Watermarks } from '../engine-deps.js';
import type {
  ContentReader,
  Downloader,
  FolderScanner,
  FolderWatcher,
  FolderWriter,
  NotificationSocket,
  RemoteVault,
  StateStore,
  Uploader,
} from '../ports.js';

/** The ports of one attached folder. */
export interface FolderPorts {
  readonly scanner: FolderScanner;
  readonly reader: ContentReader;
  readonly writer: FolderWriter;
  readonly watcher: FolderWatcher;
  readonly uploader: Uploader;
  readonly downloader: Downloader;
  readonly store: StateStore;
  /** The rules in the folder's ignore file now. @throws FsyncError io_error when it cannot be read */
  readonly ignoreRules: () => IgnoreRules;
  /** The rules in the folder's attributes file now. @throws FsyncError io_error when it cannot be read */
  readonly conflictRules: () => ConflictRules;
  /** True when the first bytes of a file look like no text. */
  readonly looksBinary: (path: string) => boolean;
  readonly traits: DiskTraits;
  readonly prompt: PromptFile;
  readonly close: () => Promise<void>;
}

/** What the folder was found to hold when nothing was left to do. */
export interface HeldCommit {
  readonly seq: number;
  readonly hash: CommitHash;
  /** Of the server: a restored one may have lost what it was told. */
  readonly historyId: string | null;
  /** When that was, epoch ms. */
  readonly atMs: number;
}

/** Tells others how far the folder is. */
export interface PositionTeller {
  /** Returns at once; never fails. */
  tell(held: HeldCommit): void;
  stop(): Promise<void>;
}

export interface SessionDeps {
  readonly root: string;
  readonly info: VaultInfo;
  readonly folder: FolderPorts;
  readonly remote: RemoteVault;
  readonly positions: PositionTeller;
  readonly socket: NotificationSocket;
  readonly account: AccountHolder;
  /** The device as it was when the session started; it stays the same until the account changes. */
  readonly device: AccountKeys['device'];
  readonly server: string;
  readonly verifyAuthor: EngineDeps['verifyAuthor'];
  readonly contacts: EngineDeps['contacts'];
  readonly watermarks: Watermarks;
  readonly serverOffsetMs: () => number;
  readonly guardLimits: () => GuardLimits;
  /** For conflicts that no rule of the folder is about. */
  readonly conflictStrategy: () => ConflictStrategy;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
}
