/** One client of a scenario: an installation, a folder, and what the steps do to them. */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readFolderTree } from '../../scripts/harness/folder-tree.mjs';
import type { Installation } from '../../scripts/harness/installation.mjs';
import { until } from '../../scripts/harness/processes.mjs';
import type { TcpProxy } from '../../scripts/harness/tcp-proxy.mjs';
import type { DeviceReport, ScenarioDevice } from './scenario-world.js';

/**
 * How the devices live. cut: offline is a paused vault, whose daemon goes on noticing changes.
 * stopped: offline is a stopped daemon. live: offline is a line that is down, and nobody types a
 * command: the watcher and the hints of the server have to be enough.
 */
export type ScenarioMode = 'cut' | 'stopped' | 'live';

/** A machine of the account, with a proxy of its own in front of the server. */
export interface Machine {
  readonly installation: Installation;
  readonly proxy: TcpProxy;
}

export interface CliDevice extends ScenarioDevice {
  /** Detaches the folder, so that the daemon does not go on working for a finished scenario. */
  leave(): Promise<void>;
}

interface CliDeviceOptions {
  readonly machine: Machine;
  readonly root: string;
  readonly vault: string;
  readonly mode: ScenarioMode;
}

const statusSchema = z.object({
  state: z.string(),
  head: z.object({ commit: z.number() }),
  unsyncable: z.array(z.object({ path: z.string() })),
});

const AT_REST = new Set(['synced', 'conflicts']);

const SYNC_SECONDS = 30;

/** Long enough for a file event to arrive, short enough to be waited for many times. */
const QUIET_MS = 300;

export function createCliDevice({ machine, root, vault, mode }: CliDeviceOptions): CliDevice {
  const { installation, proxy } = machine;
  const saved = path.join(root, '..', 'saved');
  let offline = false;
  let linked = false;

  const report = (document: unknown): DeviceReport => {
    const { head, unsyncable } = statusSchema.parse(document);
    return { head: head.commit, unsyncable: unsyncable.map((entry) => entry.path) };
  };
  const goOnline = async (): Promise<void> => {
    if (!offline) return;
    offline = false;
    if (mode === 'cut') await installation.must(['resume', root]);
    else if (mode === 'live') proxy.setMode('pass');
    // A stopped daemon is started by the next command that needs it.
  };
  /** By itself: says nothing to the daemon but "how is it?". */
  const comesToRest = async (): Promise<DeviceReport> => {
    let before = '';
    return until(
      `${installation.name} is in sync by itself`,
      async () => {
        const document: unknown = await installation.json(['status', root]);
        const state = statusSchema.parse(document);
        const now = JSON.stringify([state.head, [...readFolderTree(root)]]);
        const rests = AT_REST.has(state.state) && now === before;
        before = now;
        return rests && report(document);
      },
      { timeoutMs: SYNC_SECONDS * 1000, everyMs: QUIET_MS },
    );
  };
  /** Runs with the daemon stopped; it runs again afterwards unless the client is offline that way. */
  const stopped = async (work: () => void): Promise<void> => {
    const restart = !(offline && mode === 'stopped');
    if (restart) await installation.stopDaemon();
    work();
    if (restart) await installation.startDaemon();
  };

  return {
    name: installation.name,
    root,
    async init() {
      await installation.must(['init', root, '--name', vault]);
      linked = true;
    },
    async link() {
      await installation.must(['clone', vault, root], { ok: [0, 3] });
      linked = true;
    },
    async unlink() {
      await installation.must(['detach', root]);
      linked = false;
    },
    async goOffline() {
      if (offline) return;
      offline = true;
      if (mode === 'cut') await installation.must(['pause', root]);
      else if (mode === 'live') proxy.setMode('refuse');
      else await installation.stopDaemon();
    },
    goOnline,
    sync: mode === 'live' ? comesToRest : async () => report(await installation.sync(root, SYNC_SECONDS)),
    async kill() {
      if (!(offline && mode === 'stopped')) await installation.killDaemon();
    },
    async restart() {
      if (!(offline && mode === 'stopped')) await installation.startDaemon();
    },
    loseState: () =>
      stopped(() => {
        for (const file of stateFiles(root)) rmSync(file);
      }),
    saveState: (withFolder) =>
      stopped(() => {
        rmSync(saved, { recursive: true, force: true });
        const files = withFolder ? [root] : stateFiles(root);
        mkdirSync(saved);
        for (const file of files) cpSync(file, path.join(saved, path.basename(file)), { recursive: true, preserveTimestamps: true });
      }),
    restoreState: (withFolder) =>
      stopped(() => {
        const old = withFolder ? readdirSync(root).map((name) => path.join(root, name)) : stateFiles(root);
        for (const file of old) rmSync(file, { recursive: true });
        const [from, to] = withFolder ? [path.join(saved, path.basename(root)), root] : [saved, path.join(root, '.fsync')];
        cpSync(from, to, { recursive: true, preserveTimestamps: true });
      }),
    replaceRoot: () => {
      renameSync(root, path.join(root, '..', 'moved-away'));
      mkdirSync(root);
      return Promise.resolve();
    },
    async isGuarded() {
      const { code, stdout } = await installation.fsync(['status', root, '--json']);
      return code === 10 || (code === 0 && statusSchema.parse(JSON.parse(stdout)).state === 'guarded');
    },
    async confirmDeletes() {
      await installation.must(['guard', 'approve', root]);
    },
    dropResponses: () => Promise.resolve(proxy.setMode('drop-responses')),
    restoreResponses: () => Promise.resolve(proxy.setMode('pass')),
    async leave() {
      proxy.setMode('pass');
      if (!linked || !existsSync(root)) return;
      await goOnline();
      const { code } = await installation.fsync(['detach', root]);
      if (code === 0) return;
      await installation.killDaemon();
      await installation.must(['detach', root]);
    },
  };
}

function stateFiles(root: string): readonly string[] {
  const folder = path.join(root, '.fsync');
  return readdirSync(folder)
    .filter((name) => name.startsWith('state.db'))
    .map((name) => path.join(folder, name));
}
