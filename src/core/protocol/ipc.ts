/**
 * What the command line and the daemon say to each other over the Unix socket.
 *
 * One call is `POST /v1/<method>` with a JSON body. The reply is NDJSON: any number of
 * `{"event": …}` lines, then exactly one `{"result": …}` or `{"error": …}` line. An empty line says
 * that the call is still at work.
 * Result documents that a command prints with --json carry their schema name already.
 */
import type { ErrorCode } from '../base/errors.js';
import type {
  AccountDocument,
  DeviceListDocument,
  DeviceRenameDocument,
  DeviceRevokeDocument,
  RegisterDocument,
} from './account-documents.js';
import type { DeviceHolding } from './device-holding.js';
import type { TokenMethods } from './token-ipc.js';
import type { GuardDecision, GuardDocument } from './guard-document.js';
import type { LookupDocument, MembersDocument, PersonDocument, ShareDocument, UnshareDocument } from './member-documents.js';
import type {
  DiagnosisDocument,
  DifferencesDocument,
  ListDocument,
  RestoreDocument,
  UndoDocument,
  VersionDocument,
  VerifyDocument,
  VersionQuery,
  WhyDocument,
} from './vault-documents.js';

export type VaultStateName = 'synced' | 'syncing' | 'offline' | 'paused' | 'conflicts' | 'error' | 'guarded';
export type Role = 'owner' | 'writer' | 'reader';
export type ChangeKind = 'added' | 'modified' | 'moved' | 'deleted' | 'attributes';

export interface PendingChange {
  readonly path: string;
  readonly change: ChangeKind;
  readonly size: number | null;
  /** For 'moved': where it was. */
  readonly from?: string;
}

/** How far a piece of work is; bytes are those of the plaintext. */
export interface WorkProgress {
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly bytesPerSecond: number;
  /** null when nothing has moved lately. */
  readonly etaMs: number | null;
}

export interface TransferStatus extends WorkProgress {
  readonly direction: 'up' | 'down';
}

export interface ConflictStatus {
  readonly path: string;
  readonly copy: string;
  readonly winner: string;
  readonly loser: string;
  readonly at: string;
  readonly binary: boolean;
}

export interface UnsyncableStatus {
  readonly path: string;
  readonly reason: string;
}

/** `fsync status --json`. */
export interface StatusDocument {
  readonly schema: 'fsync/status/1';
  readonly vault: {
    readonly id: string;
    readonly name: string;
    readonly root: string;
    readonly server: string;
    readonly role: Role;
    /** Someone who was removed has held the key that the vault still uses. */
    readonly rotationPending: boolean;
  };
  readonly device: { readonly id: string; readonly name: string };
  readonly state: VaultStateName;
  /** Why it is not 'synced', for people; null when there is nothing to say. */
  readonly reason: string | null;
  /** What to do about the error in `reason`; older daemons do not say. */
  readonly hint?: string | null;
  readonly head: { readonly commit: number; readonly at: string | null };
  readonly lastSyncedAt: string | null;
  /** At most 1,000 entries each way; the counts are exact. */
  readonly pending: {
    readonly upload: readonly PendingChange[];
    readonly download: readonly PendingChange[];
    readonly uploadCount: number;
    readonly downloadCount: number;
  };
  readonly transfer: TransferStatus | null;
  /** New and changed files of the folder that are being read; older daemons do not say. */
  readonly reading?: WorkProgress | null;
  readonly conflicts: readonly ConflictStatus[];
  readonly unsyncable: readonly UnsyncableStatus[];
  /** Files of the folder that are synced. */
  readonly files: { readonly count: number; readonly bytes: number };
  /** Directories in which changes are noticed by looking regularly only, and why; null when all are watched. */
  readonly unwatched: { readonly reason: string; readonly directories: number } | null;
  /** After waiting for all devices: those that were counted. */
  readonly devices?: readonly DeviceHolding[];
}

export interface VaultEntry {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Stored bytes on the server. */
  readonly sizeBytes: number;
  readonly members: number;
  readonly devices: number;
  /** Folder on this device, or null. */
  readonly root: string | null;
  readonly state: VaultStateName | null;
}

export interface VaultsDocument {
  readonly schema: 'fsync/vaults/1';
  readonly vaults: readonly VaultEntry[];
}

export interface DaemonStatusDocument {
  readonly schema: 'fsync/daemon-status/1';
  readonly pid: number;
  readonly version: string;
  readonly ipcVersion: number;
  readonly socket: string;
  readonly startedAt: string;
  readonly rssBytes: number;
  readonly vaults: readonly { readonly id: string; readonly name: string; readonly root: string; readonly state: VaultStateName }[];
}

export interface LogDocument {
  readonly schema: 'fsync/log/1';
  readonly entries: readonly LogEntry[];
}

export interface LogEntry {
  readonly commit: number;
  readonly at: string;
  readonly author: PersonDocument;
  readonly device: { readonly id: string; readonly name: string };
  /** Who was given which role, or removed (`role` null); null for a commit about files. */
  readonly member: (PersonDocument & { readonly role: Role | null; readonly before: Role | null }) | null;
  readonly changes: readonly PendingChange[];
  /** Changes of which only the server knows, and it was not asked or no longer keeps them. */
  readonly untold: number;
}

export type ResolveChoice = 'ours' | 'theirs' | 'both' | 'merge';

export interface ResolveDocument {
  readonly schema: 'fsync/resolve/1';
  readonly resolved: readonly { readonly path: string; readonly copy: string; readonly choice: ResolveChoice }[];
  /** Conflicts that are still there, with the reason for those that were asked for. */
  readonly remaining: readonly { readonly path: string; readonly copy: string; readonly reason: string | null }[];
}

/** Sent while a call is under way. */
export type IpcEvent =
  | { readonly kind: 'phase'; readonly text: string }
  | { readonly kind: 'transfer'; readonly transfer: TransferStatus }
  /** `verb` as in 'Checking 3 of 14 files', for people. */
  | { readonly kind: 'work'; readonly verb: string; readonly progress: WorkProgress }
  /** One line for stderr that the person should read although the command goes on. */
  | { readonly kind: 'warning'; readonly text: string };

/** Every method: its parameters and its result. `root` is an absolute path of a vault's folder. */
export interface IpcMethods extends TokenMethods {
  'daemon.status': { params: Record<string, never>; result: DaemonStatusDocument };
  'daemon.stop': { params: Record<string, never>; result: { readonly stopped: true } };
  'account.register': {
    params: {
      readonly server: string;
      readonly user: string;
      readonly password: string;
      readonly device: string;
      readonly insecureKeyFile: boolean;
      readonly caFile?: string;
    };
    result: RegisterDocument;
  };
  'account.login': {
    params: {
      readonly server: string;
      readonly user: string;
      readonly password: string;
      readonly device: string;
      readonly insecureKeyFile: boolean;
      readonly caFile?: string;
    };
    result: AccountDocument;
  };
  'account.logout': { params: Record<string, never>; result: { readonly loggedOut: true } };
  'account.whoami': { params: Record<string, never>; result: AccountDocument };
  'device.list': { params: Record<string, never>; result: DeviceListDocument };
  /** `device`: a name, an id, or the beginning of an id. */
  'device.rename': { params: { readonly device: string; readonly name: string }; result: DeviceRenameDocument };
  'device.revoke': { params: { readonly device: string }; result: DeviceRevokeDocument };
  /** The account of another user, with the safety words of both. `words`: what the user says his are; null when he was not asked. */
  'account.lookup': { params: { readonly user: string; readonly words: string | null }; result: LookupDocument };
  'vault.members': { params: { readonly root: string }; result: MembersDocument };
  /** `account`: the one that was confirmed. `verified`: its safety words were compared. */
  'vault.share': {
    params: { readonly root: string; readonly user: string; readonly account: string; readonly role: Role; readonly verified: boolean };
    result: ShareDocument;
  };
  /** `user`: a login name, or the beginning of an account id. */
  'vault.unshare': { params: { readonly root: string; readonly user: string }; result: UnshareDocument };
  'vault.list': { params: Record<string, never>; result: VaultsDocument };
  'vault.init': { params: { readonly root: string; readonly name: string }; result: StatusDocument };
  'vault.clone': { params: { readonly vault: string; readonly root: string }; result: StatusDocument };
  'vault.detach': { params: { readonly root: string }; result: { readonly detached: true; readonly name: string } };
  'vault.status': { params: { readonly root: string }; result: StatusDocument };
  'vault.pause': { params: { readonly root: string | null }; result: { readonly roots: readonly string[] } };
  'vault.resume': { params: { readonly root: string | null }; result: { readonly roots: readonly string[] } };
  /** push: until all local changes are on the server; pull: until all remote ones are in the folder; both: until in sync. */
  'vault.sync': {
    params: { readonly root: string; readonly direction: 'push' | 'pull' | 'both'; readonly timeoutMs: number };
    result: StatusDocument;
  };
  /** In sync here, and then until every device that has the vault holds what is here. The status tells `devices`. */
  'vault.wait-for-devices': { params: { readonly root: string; readonly timeoutMs: number }; result: StatusDocument };
  'vault.log': {
    params: { readonly root: string; readonly path: string | null; readonly limit: number; readonly since: string | null };
    result: LogDocument;
  };
  'vault.ls': {
    params: { readonly root: string; readonly path: string; readonly side: 'here' | 'remote' | 'deleted' };
    result: ListDocument;
  };
  /** Brings a version of one file into the private folder; the newest that there was when none is named. */
  'vault.show': {
    params: { readonly root: string; readonly path: string; readonly version: VersionQuery | null };
    result: VersionDocument;
  };
  /** What is different in the folder from a version, the newest one when none is named. */
  'vault.diff': {
    params: { readonly root: string; readonly path: string; readonly version: VersionQuery | null };
    result: DifferencesDocument;
  };
  /** `version` null: the last one in which there was something at the path. `to` null: where it was. */
  'vault.restore': {
    params: {
      readonly root: string;
      readonly path: string;
      readonly version: VersionQuery | null;
      readonly to: string | null;
      readonly dryRun: boolean;
    };
    result: RestoreDocument;
  };
  'vault.why': { params: { readonly root: string; readonly path: string }; result: WhyDocument };
  /** Hashes every file anew; with `server` reads every chunk from there as well. */
  'vault.verify': { params: { readonly root: string; readonly server: boolean }; result: VerifyDocument };
  /** For everyone, and for good; a folder of it on this device is detached and keeps its files. */
  'vault.delete': {
    params: { readonly vault: string };
    result: { readonly deleted: true; readonly id: string; readonly name: string; readonly root: string | null };
  };
  /** What may be wrong, as far as the daemon can see it. */
  'daemon.diagnose': { params: Record<string, never>; result: DiagnosisDocument };
  /** Takes back the last applied remote batch, resolve or restore. */
  'vault.undo': { params: { readonly root: string; readonly dryRun: boolean }; result: UndoDocument };
  'vault.resolve': {
    params: { readonly root: string; readonly paths: readonly string[]; readonly choice: ResolveChoice };
    result: ResolveDocument;
  };
  'guard.show': { params: { readonly root: string }; result: GuardDocument };
  /** `id`: decide only if what is held back still has that name; null: whatever is held back now. */
  'guard.decide': {
    params: { readonly root: string; readonly decision: GuardDecision; readonly id: string | null };
    result: GuardDocument;
  };
  /** The settings file changed: read it again. */
  'config.reload': { params: Record<string, never>; result: { readonly reloaded: true } };
}

export type IpcMethod = keyof IpcMethods;
export type IpcParams<M extends IpcMethod> = IpcMethods[M]['params'];
export type IpcResult<M extends IpcMethod> = IpcMethods[M]['result'];

export interface IpcError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hints: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
}

export type IpcLine = { readonly event: IpcEvent } | { readonly result: unknown } | { readonly error: IpcError };
