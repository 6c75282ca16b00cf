/** A real server and two people with a device each: ada has a vault, grace has an empty folder. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInstallation, type Installation } from '../../scripts/harness/installation.mjs';
import { startServer, type ServerProcess } from '../../scripts/harness/server-process.mjs';
import { createTcpProxy } from '../../scripts/harness/tcp-proxy.mjs';
import type { Device } from './two-devices.js';

export interface TwoAccounts {
  readonly base: string;
  readonly server: ServerProcess;
  readonly ada: Device;
  readonly grace: Device;
  /** Nobody is signed in there yet. */
  readonly later: Installation;
  close(): Promise<void>;
}

const PASSWORD = 'correct horse battery staple';

export async function openTwoAccounts(): Promise<TwoAccounts> {
  const base = mkdtempSync(path.join(tmpdir(), 'fsync-sharing-'));
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.reverse()) await closer();
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const server = await startServer({ dataDir: path.join(base, 'server'), logFile: path.join(base, 'server.log') });
    closers.push(() => server.stop());
    const install = (name: string): Installation => {
      const installation = createInstallation({ name, home: path.join(base, `home-${name}`), password: PASSWORD });
      closers.push(() => installation.dispose());
      return installation;
    };
    const open = async (user: string, name: string): Promise<Device> => {
      const proxy = await createTcpProxy(server.port);
      closers.push(() => proxy.close());
      const root = path.join(base, user, 'notes');
      mkdirSync(root, { recursive: true });
      const installation = install(name);
      await installation.must(['register', '--server', proxy.url, '--user', user, '--device', name]);
      return { installation, root, proxy };
    };
    const [ada, grace] = [await open('ada', 'laptop'), await open('grace', 'desktop')];
    await ada.installation.must(['init', ada.root]);
    return { base, server, ada, grace, later: install('tablet'), close };
  } catch (error) {
    await close();
    throw error;
  }
}
