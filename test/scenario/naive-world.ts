/**
 * A deliberately simple two-way sync on real folders: path by path, no identity of files, no
 * journal. It exists to test the scenario runner itself: the runner has to pass what such a tool
 * gets right and to catch what it gets wrong.
 */
import { lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readFolderTree, type TreeEntry } from '../../scripts/harness/folder-tree.mjs';
import type { Scenario } from './scenario-file.js';
import type { DeviceReport, ScenarioDevice, ScenarioWorld } from './scenario-world.js';

interface Item {
  readonly identity: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly bytes: Buffer;
}

interface Server {
  head: number;
  readonly items: Map<string, Item>;
}

export function createNaiveWorld(base: string, scenario: Scenario): ScenarioWorld {
  const server: Server = { head: 0, items: new Map() };
  const devices = new Map(scenario.clients.map((name) => [name, createNaiveDevice(name, path.join(base, name, 'vault'), server)]));
  const refuse = (): Promise<void> => Promise.reject(new Error('the naive world has no server state'));
  return { devices, owner: null, isLive: false, saveServer: refuse, restoreServer: refuse, close: () => Promise.resolve() };
}

function createNaiveDevice(name: string, root: string, server: Server): ScenarioDevice {
  mkdirSync(root, { recursive: true });
  let base = new Map<string, string>();
  const done = (): Promise<void> => Promise.resolve();
  const sync = (): Promise<DeviceReport> => {
    base = mergePaths({ name, root, server, base });
    return Promise.resolve({ head: server.head, unsyncable: [] });
  };
  const forget = (): Promise<void> => {
    base = new Map();
    return Promise.resolve();
  };
  return {
    name,
    root,
    init: done,
    link: done,
    unlink: forget,
    goOffline: done,
    goOnline: done,
    sync,
    kill: done,
    restart: done,
    loseState: forget,
    saveState: done,
    restoreState: done,
    replaceRoot: done,
    isGuarded: () => Promise.resolve(false),
    confirmDeletes: done,
    dropResponses: done,
    restoreResponses: done,
  };
}

interface Merge {
  readonly name: string;
  readonly root: string;
  readonly server: Server;
  readonly base: ReadonlyMap<string, string>;
}

function mergePaths(merge: Merge): Map<string, string> {
  const local = new Map(
    [...readFolderTree(merge.root)].map(([relative, entry]) => [relative, readItem(path.join(merge.root, relative), entry)]),
  );
  const paths = [...new Set([...local.keys(), ...merge.server.items.keys(), ...merge.base.keys()])].sort((a, b) => (a < b ? -1 : 1));
  for (const relative of paths) mergePath(merge, relative, local.get(relative));
  return new Map([...merge.server.items].map(([relative, item]) => [relative, item.identity]));
}

function mergePath(merge: Merge, relative: string, local: Item | undefined): void {
  const { server } = merge;
  const remote = server.items.get(relative);
  const known = merge.base.get(relative);
  if (local?.identity === remote?.identity) return;
  if (remote?.identity === known) upload(server, relative, local);
  else if (local?.identity === known) download(merge.root, relative, remote);
  else if (local === undefined) download(merge.root, relative, remote);
  else if (remote === undefined) upload(server, relative, local);
  else {
    const dot = relative.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [relative.slice(0, dot), relative.slice(dot)] : [relative, ''];
    const copy = `${stem} (conflict ${merge.name} 2026-01-01 000000 ${local.identity.slice(-4)})${extension}`;
    upload(server, copy, local);
    download(merge.root, copy, local);
    download(merge.root, relative, remote);
  }
}

function upload(server: Server, relative: string, item: Item | undefined): void {
  server.head += 1;
  if (item === undefined) server.items.delete(relative);
  else server.items.set(relative, item);
}

function download(root: string, relative: string, item: Item | undefined): void {
  const file = path.join(root, relative);
  const kind = lstatSync(file, { throwIfNoEntry: false });
  if (kind !== undefined && !(item?.kind === 'directory' && kind.isDirectory())) rmSync(file, { recursive: true });
  if (item === undefined) return;
  mkdirSync(path.dirname(file), { recursive: true });
  if (item.kind === 'directory') mkdirSync(file, { recursive: true });
  else if (item.kind === 'symlink') symlinkSync(item.bytes.toString(), file);
  else writeFileSync(file, item.bytes);
}

function readItem(file: string, entry: TreeEntry): Item {
  const kind = entry.kind === 'special' ? 'file' : entry.kind;
  const bytes = kind === 'file' ? readFileSync(file) : Buffer.from(kind === 'symlink' ? readlinkSync(file) : '');
  return { kind, bytes, identity: `${kind}:${entry.digest ?? entry.target ?? ''}` };
}
