/** The sync engine of one daemon: opens, lists and closes sessions, and passes questions on to the right one. */
import { FsyncError } from '../../core/base/errors.js';
import type { VaultId } from '../../core/base/ids.js';
import type { GuardDecision, GuardDocument } from '../../core/protocol/guard-document.js';
import type { IpcParams, IpcResult, ResolveChoice, ResolveDocument, StatusDocument, VaultsDocument } from '../../core/protocol/ipc.js';
import type { LookupDocument, MembersDocument, ShareDocument, UnshareDocument } from '../../core/protocol/member-documents.js';
import { lookupDocument } from '../account/contact-book.js';
import type { Engine, EngineCallOptions, VaultCalls } from '../engine.js';
import type { EngineDeps, VaultInfo } from '../engine-deps.js';
import type { AttachedVault } from '../home/attached-vaults.js';
import { decideGuard } from './decide-guard.js';
import { guardDocument } from './guard-document.js';
import { resolveConflicts } from './resolve-step.js';
import type { Session } from './session.js';
import { membersDocument, share, unshare } from './sharing.js';
import type { SyncDirection } from './waiters.js';
import { SessionSlots } from './session-slots.js';
import { createVaultCalls } from './vault-calls.js';
import { chooseVault } from './choose-vault.js';
import { requireWriter } from './vault-role.js';
import { withProgress } from './with-progress.js';

/** `init` and `clone` wait for the first sync; a folder of any size may be on its way. */
const FIRST_SYNC_MS = 7 * 24 * 3_600_000;

/** Detaching a folder does not wait longer for a server. */
const FORGET_MS = 3_000;

export function createEngine(deps: EngineDeps): Engine {
  return new SyncEngine(deps);
}

class SyncEngine implements Engine {
  readonly #deps: EngineDeps;
  readonly #slots: SessionSlots;
  readonly vault: VaultCalls;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#slots = new SessionSlots(deps);
    this.vault = createVaultCalls((root) => this.#slots.open(this.#entry(root)));
  }

  start(): Promise<void> {
    return this.#slots.openAll(this.#deps.attached.list());
  }

  stop(): Promise<void> {
    return this.#slots.closeAll();
  }

  async accountChanged(): Promise<void> {
    await this.#slots.closeAll();
    await this.#slots.openAll(this.#deps.attached.list());
  }

  attached(): ReturnType<Engine['attached']> {
    return this.#deps.attached
      .list()
      .map((entry) => ({ id: entry.vault, name: entry.name, root: entry.root, state: this.#slots.status(entry).state }));
  }

  async listVaults(options: EngineCallOptions): Promise<VaultsDocument> {
    const vaults = await this.#deps.vaultApi.list(options);
    const here = new Map(this.#deps.attached.list().map((entry) => [entry.vault, entry]));
    return {
      schema: 'fsync/vaults/1',
      vaults: vaults.map(({ vault, name, role, usedBytes: sizeBytes, members, devices }) => {
        const entry = here.get(vault);
        return {
          id: vault,
          name,
          role,
          sizeBytes,
          members,
          devices,
          root: entry?.root ?? null,
          state: entry === undefined ? null : this.#slots.status(entry).state,
        };
      }),
    };
  }

  async init({ root, name }: { root: string; name: string }, options: EngineCallOptions): Promise<StatusDocument> {
    this.#refuseAttached(root);
    options.onEvent?.({ kind: 'phase', text: `Making the vault ${name}` });
    const info = await this.#deps.vaultApi.create(name, options);
    try {
      this.#claim(info, root);
    } catch (error) {
      // Nobody knows it yet, and nothing is in it.
      await this.#deps.vaultApi.delete(info.vault, options);
      throw error;
    }
    return this.#firstSync(root, options);
  }

  async clone({ vault, root }: { vault: string; root: string }, options: EngineCallOptions): Promise<StatusDocument> {
    this.#refuseAttached(root);
    this.#claim(chooseVault(await this.#deps.vaultApi.list(options), vault), root);
    return this.#firstSync(root, options);
  }

  async deleteVault({ vault: wanted }: { vault: string }, options: EngineCallOptions): Promise<IpcResult<'vault.delete'>> {
    const { vault: id, name } = chooseVault(await this.#deps.vaultApi.list(options), wanted);
    await this.#deps.vaultApi.delete(id, options);
    const root = this.#deps.attached.list().find((entry) => entry.vault === id)?.root ?? null;
    if (root !== null) await this.detach(root);
    return { deleted: true, id, name, root };
  }

  async lookup({ user, words }: IpcParams<'account.lookup'>, { signal }: EngineCallOptions): Promise<LookupDocument> {
    const { account, contacts } = this.#deps;
    return lookupDocument(account.require(), await contacts.lookup(user, { words, signal }));
  }

  async members({ root }: IpcParams<'vault.members'>, options: EngineCallOptions): Promise<MembersDocument> {
    return membersDocument(await this.#slots.open(this.#entry(root)), this.#deps, options);
  }

  async share({ root, ...params }: IpcParams<'vault.share'>, options: EngineCallOptions): Promise<ShareDocument> {
    return share(await this.#slots.open(this.#entry(root)), this.#deps, params, options);
  }

  async unshare({ root, user }: IpcParams<'vault.unshare'>, options: EngineCallOptions): Promise<UnshareDocument> {
    return unshare(await this.#slots.open(this.#entry(root)), this.#deps, user, options);
  }

  async detach(root: string): Promise<{ name: string }> {
    const { name, vault } = this.#entry(root);
    await this.#slots.close(root);
    this.#deps.attached.remove(root);
    this.#deps.folders.remove(root);
    await this.#deps.watermarks.reset(vault);
    await this.#forgetPosition(vault);
    return { name };
  }

  /** Nobody waits for this device any more. When the server cannot be told, whoever waits sees it behind until it is revoked. */
  async #forgetPosition(vault: VaultId): Promise<void> {
    if (this.#deps.account.current()?.scope !== null) return;
    try {
      await this.#deps.openVault(vault).removePosition({ signal: AbortSignal.timeout(FORGET_MS) });
    } catch (error) {
      this.#deps.logger.debug('the position could not be removed', { error });
    }
  }

  status(root: string): StatusDocument {
    return this.#slots.status(this.#entry(root));
  }

  watchTroubles(): ReturnType<Engine['watchTroubles']> {
    return this.#deps.attached.list().flatMap(({ root }) => {
      const watcher = this.#slots.session(root)?.context.deps.folder.watcher;
      const trouble = watcher?.degraded() ?? null;
      return watcher === undefined || trouble === null ? [] : [{ root, ...trouble, subtrees: watcher.unwatchedSubtrees() }];
    });
  }

  pause(root: string | null): readonly string[] {
    return this.#setPaused(root, true);
  }

  resume(root: string | null): readonly string[] {
    return this.#setPaused(root, false);
  }

  async sync(
    { root, direction, timeoutMs }: { root: string; direction: SyncDirection; timeoutMs: number },
    options: EngineCallOptions,
  ): Promise<StatusDocument> {
    const session = await this.#slots.open(this.#entry(root));
    if (direction === 'push') requireWriter(session.context);
    return syncWithProgress(session, { direction, timeoutMs }, options);
  }

  async resolve(
    { root, paths, choice }: { root: string; paths: readonly string[]; choice: ResolveChoice },
    options: EngineCallOptions,
  ): Promise<ResolveDocument> {
    const session = await this.#slots.open(this.#entry(root));
    return withProgress(session, options, () => resolveConflicts(session, { paths, choice }, options));
  }

  guard(root: string): GuardDocument {
    const entry = this.#entry(root);
    return guardDocument(entry, this.#slots.session(root), this.#slots.trouble(root));
  }

  async decideGuard(
    { root, decision, id }: { root: string; decision: GuardDecision; id: string | null },
    { signal }: EngineCallOptions,
  ): Promise<GuardDocument> {
    const entry = this.#entry(root);
    const shown = this.guard(root);
    if (shown.guard === null) return shown;
    if (id !== null && id !== shown.guard.id)
      throw new FsyncError('path_changed', 'what is held back is not the same any more', { hints: ['See it again: fsync guard show'] });
    if (shown.guard.cause === 'lost-folder') await this.#reattach(entry, decision);
    else await decideGuard(this.#slots.require(entry), shown.guard, decision, signal);
    return { ...shown, decision };
  }

  /** The folder that is there now is the vault's folder from now on. To put things back, one is made where none is. */
  async #reattach(entry: AttachedVault, decision: GuardDecision): Promise<void> {
    const { root, vault, name } = entry;
    const { server, account, device } = this.#deps.account.require();
    await this.#slots.close(root);
    try {
      const marker = { vault, name, server, account, device: device.id, createdAt: this.#deps.clock.now() };
      this.#deps.folders.create(root, marker, { mustExist: decision === 'approve' });
    } finally {
      await this.#slots.openAll([entry]);
    }
  }

  /** Makes the folder that of the vault. @throws FsyncError already_exists, io_error, disk_full: then it is as it was */
  #claim(info: VaultInfo, root: string): void {
    const { server, account, device } = this.#deps.account.require();
    const { vault, name } = info;
    this.#deps.folders.create(root, { vault, name, server, account, device: device.id, createdAt: this.#deps.clock.now() });
    try {
      this.#deps.attached.add({ vault, name, root, paused: false });
    } catch (error) {
      this.#deps.folders.remove(root);
      throw error;
    }
  }

  async #firstSync(root: string, options: EngineCallOptions): Promise<StatusDocument> {
    return syncWithProgress(await this.#slots.open(this.#entry(root)), { direction: 'both', timeoutMs: FIRST_SYNC_MS }, options);
  }

  #setPaused(root: string | null, paused: boolean): readonly string[] {
    const entries = root === null ? this.#deps.attached.list() : [this.#entry(root)];
    for (const entry of entries) {
      this.#deps.attached.update(entry.root, { paused });
      const session = this.#slots.session(entry.root);
      if (paused) session?.pause();
      else session?.resume();
    }
    return entries.map((entry) => entry.root);
  }

  #entry(root: string): AttachedVault {
    const entry = this.#deps.attached.find(root);
    if (entry !== null) return entry;
    throw new FsyncError('not_a_vault', `${root} is not attached to this device`, {
      hints: ['Attach it: fsync clone VAULT DIR, or make a new vault of it: fsync init DIR'],
    });
  }

  #refuseAttached(root: string): void {
    const entry = this.#deps.attached.find(root);
    if (entry !== null)
      throw new FsyncError('already_exists', `${root} is attached to the vault ${entry.name} already`, {
        hints: ['Stop syncing it first: fsync detach'],
      });
  }
}

function syncWithProgress(
  session: Session,
  params: { direction: SyncDirection; timeoutMs: number },
  options: EngineCallOptions,
): Promise<StatusDocument> {
  return withProgress(session, options, () => session.sync(params.direction, { signal: options.signal, timeoutMs: params.timeoutMs }));
}
