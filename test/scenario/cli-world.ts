/**
 * The real thing: one server, one account, a long-lived installation for each client name, and
 * for each scenario a vault of its own. Everything goes through the command line; what a folder
 * holds is read from the disk.
 */
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInstallation } from '../../scripts/harness/installation.mjs';
import { startServer, type ServerProcess } from '../../scripts/harness/server-process.mjs';
import { createTcpProxy } from '../../scripts/harness/tcp-proxy.mjs';
import { createCliDevice, type Machine, type ScenarioMode } from './cli-device.js';
import { claimSharedServices, type ServerServices } from '../support/shared-services.js';
import type { Owner } from './file-operations.js';
import type { Scenario } from './scenario-file.js';
import type { ScenarioWorld } from './scenario-world.js';

export interface CliSite {
  open(scenario: Scenario): Promise<ScenarioWorld>;
  close(): Promise<void>;
}

/** What is behind the server: its embedded default, or what it scales out with. */
export type Backend = 'sqlite' | 'postgres';

interface SiteOptions {
  readonly mode: ScenarioMode;
  readonly backend: Backend;
  /** Whose daemons and files these are; null for the present user. */
  readonly owner: Owner | null;
}

const USER = 'scenario';
const PASSWORD = 'scenario correct horse battery staple';

export async function openCliSite({ mode, backend, owner }: SiteOptions): Promise<CliSite> {
  const base = mkdtempSync(path.join(tmpdir(), 'fsync-scenario-'));
  chmodSync(base, 0o755);
  /** Each world has a vault of its own, also when a scenario is played again. */
  let worlds = 0;
  let server: ServerProcess | undefined;
  let services: ServerServices | undefined;
  const machines = new Map<string, Promise<Machine>>();

  const close = async (): Promise<void> => {
    for (const machine of await Promise.allSettled(machines.values())) {
      if (machine.status === 'rejected') continue;
      await machine.value.installation.dispose();
      await machine.value.proxy.close();
    }
    await server?.stop();
    await services?.drop();
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    services = backend === 'postgres' ? await claimSharedServices() : undefined;
    const files = { dataDir: path.join(base, 'server'), logFile: path.join(base, 'server.log') };
    const started = (server = await startServer({ ...files, env: services?.env ?? {} }));
    const machine = (name: string): Promise<Machine> => {
      const known = machines.get(name);
      if (known !== undefined) return known;
      const enrolled = enrol({ name, base, owner, server: started, first: machines.size === 0 });
      machines.set(name, enrolled);
      return enrolled;
    };
    return {
      open: (scenario) =>
        openWorld({ scenario, vault: `${scenario.id}-${String((worlds += 1))}`, base, mode, owner, server: started, services, machine }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Enrolment {
  readonly name: string;
  readonly base: string;
  readonly owner: Owner | null;
  readonly server: ServerProcess;
  /** The first registers the account, the others sign in to it. */
  readonly first: boolean;
}

async function enrol({ name, base, owner, server, first }: Enrolment): Promise<Machine> {
  const proxy = await createTcpProxy(server.port);
  const home = path.join(base, `home-${name}`);
  const installation = createInstallation({ name, home, password: PASSWORD, ...owner });
  if (owner !== null) chownSync(home, owner.uid, owner.gid);
  await installation.must([first ? 'register' : 'login', '--server', proxy.url, '--user', USER, '--device', name]);
  return { installation, proxy };
}

interface WorldOptions {
  readonly scenario: Scenario;
  readonly vault: string;
  readonly base: string;
  readonly mode: ScenarioMode;
  readonly owner: Owner | null;
  readonly server: ServerProcess;
  /** What is behind the server besides its folder. */
  readonly services: ServerServices | undefined;
  readonly machine: (name: string) => Promise<Machine>;
}

async function openWorld({ scenario, vault, base, mode, owner, server, services, machine }: WorldOptions): Promise<ScenarioWorld> {
  const folder = path.join(base, vault);
  const devices = new Map<string, ReturnType<typeof createCliDevice>>();
  for (const name of scenario.clients) {
    const root = path.join(folder, name, 'vault');
    mkdirSync(root, { recursive: true });
    if (owner !== null) for (const made of [path.dirname(root), root]) chownSync(made, owner.uid, owner.gid);
    devices.set(name, createCliDevice({ machine: await machine(name), root, vault, mode }));
  }
  const saved = path.join(base, 'server-saved');
  return {
    devices,
    owner,
    isLive: mode === 'live',
    async saveServer() {
      await server.stop();
      rmSync(saved, { recursive: true, force: true });
      cpSync(server.dataDir, saved, { recursive: true, preserveTimestamps: true });
      await services?.save();
      await server.start();
    },
    async restoreServer() {
      await server.stop();
      for (const name of readdirSync(server.dataDir)) rmSync(path.join(server.dataDir, name), { recursive: true });
      for (const name of readdirSync(saved)) renameSync(path.join(saved, name), path.join(server.dataDir, name));
      await services?.restore();
      await server.start();
    },
    async close() {
      for (const device of devices.values()) await device.leave();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
