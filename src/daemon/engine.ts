/**
 * What the rest of the daemon (the control API, the process edge) may ask of the sync engine.
 * One engine a process; it holds one session for each attached folder.
 */
import type { GuardDecision, GuardDocument } from '../core/protocol/guard-document.js';
import type {
  IpcEvent,
  IpcMethod,
  IpcParams,
  IpcResult,
  ResolveChoice,
  ResolveDocument,
  StatusDocument,
  VaultsDocument,
} from '../core/protocol/ipc.js';

export interface EngineCallOptions {
  readonly signal: AbortSignal;
  readonly onEvent?: (event: IpcEvent) => void;
}

export interface WatchTrouble {
  readonly root: string;
  readonly reason: string;
  readonly directories: number;
  /** A few of the subtrees that they are, below the root. */
  readonly subtrees: readonly string[];
}

type VaultCall<M extends IpcMethod> = (params: IpcParams<M>, options: EngineCallOptions) => Promise<IpcResult<M>>;

/** What is in a vault and what was in it: questions, and bringing things back. */
export interface VaultCalls {
  readonly log: VaultCall<'vault.log'>;
  readonly list: VaultCall<'vault.ls'>;
  readonly show: VaultCall<'vault.show'>;
  readonly diff: VaultCall<'vault.diff'>;
  readonly restore: VaultCall<'vault.restore'>;
  readonly undo: VaultCall<'vault.undo'>;
  readonly why: VaultCall<'vault.why'>;
  readonly waitForDevices: VaultCall<'vault.wait-for-devices'>;
  readonly verify: VaultCall<'vault.verify'>;
}

/** Who a vault is shared with. */
export interface SharingCalls {
  readonly lookup: VaultCall<'account.lookup'>;
  readonly members: VaultCall<'vault.members'>;
  readonly share: VaultCall<'vault.share'>;
  readonly unshare: VaultCall<'vault.unshare'>;
}

export interface Engine extends SharingCalls {
  readonly vault: VaultCalls;
  /** Opens every folder this home knows and starts syncing those that are not paused. Needs no network. */
  start(): Promise<void>;
  /** Stops sessions: no new work, running steps finish, state is closed. */
  stop(): Promise<void>;
  attached(): readonly { readonly id: string; readonly name: string; readonly root: string; readonly state: StatusDocument['state'] }[];
  listVaults(options: EngineCallOptions): Promise<VaultsDocument>;
  init(params: { root: string; name: string }, options: EngineCallOptions): Promise<StatusDocument>;
  clone(params: { vault: string; root: string }, options: EngineCallOptions): Promise<StatusDocument>;
  /** @throws FsyncError not_found, forbidden for all but its owner */
  deleteVault(params: IpcParams<'vault.delete'>, options: EngineCallOptions): Promise<IpcResult<'vault.delete'>>;
  detach(root: string): Promise<{ name: string }>;
  /** From memory: never scans, never asks the server. */
  status(root: string): StatusDocument;
  /** Folders of which some directories cannot be watched. */
  watchTroubles(): readonly WatchTrouble[];
  pause(root: string | null): readonly string[];
  resume(root: string | null): readonly string[];
  sync(
    params: { root: string; direction: 'push' | 'pull' | 'both'; timeoutMs: number },
    options: EngineCallOptions,
  ): Promise<StatusDocument>;
  resolve(params: { root: string; paths: readonly string[]; choice: ResolveChoice }, options: EngineCallOptions): Promise<ResolveDocument>;
  /** What a safety guard holds back, if one does. From memory, as `status`. */
  guard(root: string): GuardDocument;
  /** Lets it happen, or puts things back. `id` null: whatever is held back now. @throws FsyncError path_changed when it has another id by now */
  decideGuard(params: { root: string; decision: GuardDecision; id: string | null }, options: EngineCallOptions): Promise<GuardDocument>;
  /** The account was enrolled or signed out: sessions connect or stop. */
  accountChanged(): Promise<void>;
}
