/** The sync engine of one daemon: opens, lists and closes sessions, and passes questions on to the right one. */
import { FsyncError } from '../../core/base/errors.js';
import type { StatusDocument } from '../../core/protocol/ipc.js';
import { parseRelPath } from '../../core/base/rel-path.js';
import type { Engine, EngineCallOptions } from '../engine.js';
import type { EngineDeps, VaultInfo } from '../engine-deps.js';
import type { AttachedVault } from '../home/attached-vaults.js';
import { logDocument } from './log-document.js';
import { resolveConflicts } from './resolve-step.js';
import { Session } from './session.js';
import { SessionSlots } from './session-slots.js';
import { chooseVault } from './choose-vault.js';

/** `init` and `clone` wait for the first sync; a folder of any size may be on its way. */
const FIRST_SYNC_MS = 7 * 24 * 3_600_000;
const PROGRESS_MS = 200;

export function createEngine(deps: EngineDeps): Engine {
  const slots = new SessionSlots(deps);

  const attach = async (info: VaultInfo, root: string, options: EngineCallOptions): Promise<StatusDocument> => {
    const account = deps.account.require();
    deps.folders.create(root, {
      vault: info.vault,
      name: info.name,
      server: account.server,
      account: account.account,
      device: account.device.id,
      createdAt: deps.clock.now(),
    });
    try {
      deps.attached.add({ vault: info.vault, name: info.name, root, paused: false });
    } catch (error) {
      deps.folders.remove(root);
      throw error;
    }
    const session = await slots.open(entryOf(root));
    return syncWithProgress(session, { direction: 'both', timeoutMs: FIRST_SYNC_MS }, options);
  };
  const entryOf = (root: string): AttachedVault => {
    const entry = deps.attached.find(root);
    if (entry === null)
      throw new FsyncError('not_a_vault', `${root} is not attached to this device`, {
        hints: ['Attach it: fsync clone VAULT DIR, or make a new vault of it: fsync init DIR'],
      });
    return entry;
  };
  const chosen = (root: string | null): readonly AttachedVault[] => (root === null ? deps.attached.list() : [entryOf(root)]);

  return {
    start: async () => {
      await slots.openAll(deps.attached.list());
    },
    stop: () => slots.closeAll(),
    attached: () => deps.attached.list().map(({ vault: id, name, root }) => ({ id, name, root, state: slots.status(entryOf(root)).state })),
    async listVaults(options) {
      const vaults = await deps.vaultApi.list(options);
      const here = new Map(deps.attached.list().map((entry) => [entry.vault, entry]));
      return {
        schema: 'fsync/vaults/1',
        vaults: vaults.map(({ vault, name, role, usedBytes: sizeBytes, members }) => {
          const entry = here.get(vault);
          return {
            id: vault,
            name,
            role,
            sizeBytes,
            members,
            root: entry?.root ?? null,
            state: entry === undefined ? null : slots.status(entry).state,
          };
        }),
      };
    },
    async init({ root, name }, options) {
      refuseAttached(deps, root);
      options.onEvent?.({ kind: 'phase', text: `making the vault ${name}` });
      return attach(await deps.vaultApi.create(name, options), root, options);
    },
    async clone({ vault, root }, options) {
      refuseAttached(deps, root);
      return attach(chooseVault(await deps.vaultApi.list(options), vault), root, options);
    },
    async detach(root) {
      const { name, vault } = entryOf(root);
      await slots.close(root);
      deps.attached.remove(root);
      deps.folders.remove(root);
      await deps.watermarks.reset(vault);
      return { name };
    },
    status: (root) => slots.status(entryOf(root)),
    pause: (root) =>
      chosen(root).map((entry) => {
        deps.attached.update(entry.root, { paused: true });
        slots.session(entry.root)?.pause();
        return entry.root;
      }),
    resume: (root) =>
      chosen(root).map((entry) => {
        deps.attached.update(entry.root, { paused: false });
        slots.session(entry.root)?.resume();
        return entry.root;
      }),
    async sync({ root, direction, timeoutMs }, options) {
      const session = await slots.open(entryOf(root));
      return syncWithProgress(session, { direction, timeoutMs }, options);
    },
    log: ({ root, path, limit, since }) => {
      const { context } = slots.require(entryOf(root));
      return logDocument(context, { path: path === null || path === '' ? null : parseRelPath(path), limit, since });
    },
    async resolve({ root, paths, choice }, options) {
      const session = await slots.open(entryOf(root));
      return resolveConflicts(session, { paths, choice }, options);
    },
    async accountChanged() {
      await slots.closeAll();
      await slots.openAll(deps.attached.list());
    },
  };
}

function refuseAttached(deps: EngineDeps, root: string): void {
  const entry = deps.attached.find(root);
  if (entry !== null)
    throw new FsyncError('already_exists', `${root} is attached to the vault ${entry.name} already`, {
      hints: ['Stop syncing it first: fsync detach'],
    });
}

async function syncWithProgress(
  session: Session,
  params: { direction: 'push' | 'pull' | 'both'; timeoutMs: number },
  { signal, onEvent }: EngineCallOptions,
): Promise<StatusDocument> {
  const timer = setInterval(() => {
    const { transfer } = session.status();
    if (transfer !== null) onEvent?.({ kind: 'transfer', transfer });
  }, PROGRESS_MS);
  try {
    return await session.sync(params.direction, { signal, timeoutMs: params.timeoutMs });
  } finally {
    clearInterval(timer);
  }
}
