/** A real server and two real devices of one account with one vault: where process tests begin. */
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compareTrees, readFolderTree, type FolderTree } from '../../scripts/harness/folder-tree.mjs';
import { createInstallation, type Installation } from '../../scripts/harness/installation.mjs';
import { startServer, type ServerProcess } from '../../scripts/harness/server-process.mjs';
import { createTcpProxy, type TcpProxy } from '../../scripts/harness/tcp-proxy.mjs';
import { until } from '../../scripts/harness/processes.mjs';

export interface Device {
  readonly installation: Installation;
  /** The vault's folder. */
  readonly root: string;
  /** Between this device and the server. */
  readonly proxy: TcpProxy;
}

export interface TwoDevices {
  readonly base: string;
  readonly server: ServerProcess;
  readonly a: Device;
  readonly b: Device;
  readonly user: string;
  readonly password: string;
  readonly vault: string;
  close(): Promise<void>;
}

export interface TwoDevicesOptions {
  /** Keep every byte of the traffic. */
  readonly record?: boolean;
  readonly names?: { readonly vault: string; readonly a: string; readonly b: string };
  readonly password?: string;
  readonly serverEnv?: NodeJS.ProcessEnv;
  /** Where the vault's folder of device b is to be, in place of one beside that of a. */
  readonly folderOfB?: string;
  /** Directories that are to hold everything of device a (home and folder) or of the server: disks of their own. */
  readonly places?: { readonly a: string; readonly server: string };
  /** The user that both devices run as; only root may choose another one. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Both devices are enrolled, the vault is empty and attached on both. */
export async function openTwoDevices(options: TwoDevicesOptions = {}): Promise<TwoDevices> {
  const {
    record = false,
    names = { vault: 'notes', a: 'laptop', b: 'desktop' },
    password = 'correct horse battery staple',
    serverEnv = {},
    owner,
    folderOfB,
    places,
  } = options;
  const base = mkdtempSync(path.join(tmpdir(), 'fsync-e2e-'));
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.reverse()) await closer();
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const server = await startServer({
      dataDir: path.join(places?.server ?? base, 'server'),
      logFile: path.join(base, 'server.log'),
      env: serverEnv,
    });
    closers.push(() => server.stop());
    const open = async (name: string, side: 'a' | 'b'): Promise<Device> => {
      const proxy = await createTcpProxy(server.port, { record });
      const place = (side === 'a' ? places?.a : undefined) ?? base;
      const installation = createInstallation({ name, home: path.join(place, `home-${side}`), password, ...owner });
      closers.push(async () => {
        await installation.dispose();
        await proxy.close();
      });
      const root = (side === 'b' ? folderOfB : undefined) ?? path.join(place, side, 'vault');
      mkdirSync(root, { recursive: true });
      if (owner !== undefined)
        for (const made of [base, installation.home, path.dirname(root), root]) chownSync(made, owner.uid, owner.gid);
      return { installation, root, proxy };
    };
    const [a, b] = [await open(names.a, 'a'), await open(names.b, 'b')];
    const user = 'ada';
    await a.installation.must(['register', '--server', a.proxy.url, '--user', user, '--device', names.a]);
    await a.installation.must(['init', a.root, '--name', names.vault]);
    await b.installation.must(['login', '--server', b.proxy.url, '--user', user, '--device', names.b]);
    await b.installation.must(['clone', names.vault, b.root]);
    return { base, server, a, b, user, password, vault: names.vault, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Until nothing moves any more on either side; conflicts count as at rest. */
export async function settle({ a, b }: TwoDevices, timeoutS = 60): Promise<void> {
  let before = '';
  for (let round = 0; round < 20; round++) {
    const heads: unknown[] = [];
    for (const { installation, root } of [a, b]) heads.push(parseHead(await installation.sync(root, timeoutS)));
    const now = heads.join(' ');
    if (heads[0] === heads[1] && now === before) return;
    before = now;
  }
  throw new Error(`the two devices did not come to rest: heads ${before}`);
}

function parseHead(document: unknown): number {
  if (typeof document === 'object' && document !== null && 'head' in document) {
    const { head } = document;
    if (typeof head === 'object' && head !== null && 'commit' in head && typeof head.commit === 'number') return head.commit;
  }
  throw new Error('a status document without its head');
}

/** Differences between the two folders; empty when they are equal. */
export function differences({ a, b }: TwoDevices): readonly string[] {
  return compareTrees({ name: 'A', tree: readFolderTree(a.root) }, { name: 'B', tree: readFolderTree(b.root) });
}

export function treeOf(device: Device): FolderTree {
  return readFolderTree(device.root);
}

/** Waits until the file is there with this content, without asking the daemon anything. */
export async function arrives(device: Device, file: string, text: string | null, timeoutMs = 60_000): Promise<void> {
  await until(
    `${file} ${text === null ? 'is gone from' : 'is on'} ${device.installation.name}`,
    () => {
      const entry = treeOf(device).get(file);
      return text === null ? entry === undefined : entry?.text === text;
    },
    { timeoutMs },
  );
}
