/** An engine that attaches nothing: it lists the account's vaults and refuses the rest. For running the other parts by themselves. */
import { FsyncError } from '../../src/core/base/errors.js';
import type { Engine } from '../../src/daemon/engine.js';
import type { EngineDeps } from '../../src/daemon/engine-deps.js';

export function createIdleEngine(deps: Pick<EngineDeps, 'vaultApi'>): Engine {
  const refuse = (): never => {
    throw new FsyncError('not_a_vault', 'no folder is attached');
  };
  const refuseLater = (): Promise<never> => Promise.reject(new FsyncError('not_a_vault', 'no folder is attached'));
  return {
    vault: {
      log: refuseLater,
      list: refuseLater,
      show: refuseLater,
      diff: refuseLater,
      restore: refuseLater,
      undo: refuseLater,
      why: refuseLater,
      waitForDevices: refuseLater,
      verify: refuseLater,
    },
    lookup: refuseLater,
    members: refuseLater,
    share: refuseLater,
    unshare: refuseLater,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    attached: () => [],
    async listVaults({ signal }) {
      const vaults = await deps.vaultApi.list({ signal });
      return {
        schema: 'fsync/vaults/1',
        vaults: vaults.map(({ vault, name, role, usedBytes, members, devices }) => ({
          id: vault,
          name,
          role,
          sizeBytes: usedBytes,
          members,
          devices,
          root: null,
          state: null,
        })),
      };
    },
    deleteVault: refuseLater,
    init: refuseLater,
    clone: refuseLater,
    detach: refuseLater,
    status: refuse,
    watchTroubles: () => [],
    pause: () => [],
    resume: () => [],
    sync: refuseLater,
    resolve: refuseLater,
    guard: refuse,
    decideGuard: refuseLater,
    accountChanged: () => Promise.resolve(),
  };
}
