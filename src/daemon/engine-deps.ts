/**
 * Everything the sync engine is built from. compose.ts builds all of it except the engine; the
 * engine sees these interfaces only.
 */
import type { Clock, Logger, RandomBytes } from '../core/base/effects.js';
import type { AccountId, CommitHash, CredentialId, VaultId } from '../core/base/ids.js';
import type { AccountState } from '../core/account/chain.js';
import type { Credential } from '../core/account/credential.js';
import type { TokenScope } from '../core/account/token-scope.js';
import type { UserKey } from '../core/account/user-key.js';
import type { VaultKeyring } from '../core/log/vault-keys.js';
import type { Role } from '../core/protocol/ipc.js';
import type { ContactBook } from './account/contact-book.js';
import type { AttachedVaults } from './home/attached-vaults.js';
import type { VaultFolder } from './folder/vault-folder.js';
import type { Home } from './home/home.js';
import type { SettingsStore } from './home/settings-store.js';
import type { NotificationSocket, RemoteVault } from './ports.js';
import type { FolderPorts } from './sync/session-ports.js';

/** The keys of the signed-in account on this device. Held in memory only; opened without the network. */
export interface AccountKeys {
  readonly account: AccountId;
  readonly user: string;
  /** Origin and path prefix, without a slash at the end. */
  readonly server: string;
  readonly device: { readonly id: CredentialId; readonly name: string };
  /** Signs commits, links and refresh proofs. */
  readonly credential: Credential;
  readonly userKeys: ReadonlyMap<number, UserKey>;
  /** What a token may do; null for a device. A token holds no user keys. */
  readonly scope: TokenScope | null;
  /** The own chain as last verified; its seq is the `chainSeq` of commits. */
  readonly chain: AccountState;
}

export interface AccountHolder {
  /** Null when nobody is signed in. */
  current(): AccountKeys | null;
  /** @throws FsyncError not_signed_in */
  require(): AccountKeys;
  /** Called after sign-in, sign-out and changes of the own chain. */
  onChange(listener: () => void): () => void;
}

/** A vault this account can reach. Name and keys are opened and verified; the rest is the server's word. */
export interface VaultInfo {
  readonly vault: VaultId;
  readonly name: string;
  readonly role: Role;
  /** The caller compares it with the owner in the verified genesis commit. */
  readonly owner: AccountId;
  readonly keyring: VaultKeyring;
  readonly historyId: string;
  readonly head: { readonly seq: number; readonly hash: CommitHash };
  readonly usedBytes: number;
  readonly members: number;
  /** With a folder that holds it, as far as they said so. */
  readonly devices: number;
}

export interface VaultApi {
  /** Vaults whose key cannot be opened are left out and logged. */
  list(options: { signal: AbortSignal }): Promise<readonly VaultInfo[]>;
  /** @throws FsyncError not_found, key_mismatch, integrity */
  get(vault: VaultId, options: { signal: AbortSignal }): Promise<VaultInfo>;
  /** What `list`, `get` or `create` last saw, from disk, checked again: for starting without the network. */
  cached(vault: VaultId): Promise<VaultInfo | null>;
  /**
   * Makes a vault key and signs the genesis commit: seq 1, counter 1 of this device. The commit comes back in the feed.
   * @throws FsyncError already_exists when this account can reach a vault of that name
   */
  create(name: string, options: { signal: AbortSignal }): Promise<VaultInfo>;
  delete(vault: VaultId, options: { signal: AbortSignal }): Promise<void>;
  /** The key of every epoch that the verified log names, to box them to somebody. @throws FsyncError key_mismatch when one is missing */
  vaultKeys(
    vault: VaultId,
    keyChecks: ReadonlyMap<number, string>,
    options: { signal: AbortSignal },
  ): Promise<ReadonlyMap<number, Uint8Array>>;
  /**
   * Tells which vault keys the verified log names (LogState.keyChecks, epoch → hex) and returns the keyring with all of them.
   * Needed when a rotate commit began an epoch; the key of epoch 1 is checked against the genesis commit in any case.
   */
  acceptKeyChecks(vault: VaultId, keyChecks: ReadonlyMap<number, string>, options: { signal: AbortSignal }): Promise<VaultKeyring>;
}

/** The newest head that was verified, kept with the keys: a state database or a server that went back is noticed. */
export interface Watermarks {
  get(vault: VaultId): Promise<{ readonly seq: number; readonly hash: CommitHash } | null>;
  /** Cheap: writes are put together and reach the key store within seconds, and with `flush`. A lower seq is ignored. */
  raise(vault: VaultId, head: { readonly seq: number; readonly hash: CommitHash }): void;
  /** For a decision of the user to accept an older head, and for detaching. */
  reset(vault: VaultId): Promise<void>;
  flush(): Promise<void>;
}

/** Folders of this device: making, opening and letting go of them. */
export interface Folders {
  /**
   * Makes `.fsync` in the folder, and the folder unless it must exist. One that was attached to the same vault before, here or by
   * another installation, is taken over, and what was known about it is forgotten.
   * @throws FsyncError already_exists, not_found, io_error
   */
  create(root: string, marker: Omit<VaultFolder, 'identity'>, options?: { readonly mustExist: boolean }): void;
  /** Opens everything a session needs; takes the folder's lock. @throws FsyncError guarded when the folder is not the one that was attached; already_exists, unsupported_version, io_error */
  open(root: string, info: VaultInfo): Promise<FolderPorts>;
  /** The folder is no vault any more; its files stay. */
  remove(root: string): void;
}

export interface EngineDeps {
  readonly folders: Folders;
  readonly home: Home;
  readonly settings: SettingsStore;
  readonly attached: AttachedVaults;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly account: AccountHolder;
  /** A view of one vault on the server of the account that is signed in when a method is called. */
  readonly openVault: (vault: VaultId) => RemoteVault;
  readonly socket: NotificationSocket;
  readonly vaultApi: VaultApi;
  /**
   * The verified chain of an account, at least as long as `minChainSeq`; pinned on first sight, and each later one must extend the pin.
   * Answers from the cache when that is long enough.
   */
  readonly verifyAuthor: (account: AccountId, minChainSeq: number, options: { signal: AbortSignal }) => Promise<AccountState>;
  /** Other people's accounts, as far as this device knows them. */
  readonly contacts: ContactBook;
  readonly watermarks: Watermarks;
  /** Server clock minus local clock in milliseconds, 0 before the first answer. */
  readonly serverOffsetMs: () => number;
}
