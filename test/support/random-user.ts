/**
 * Users who change their folders at random, and the account of what they wrote: a value that nobody
 * overwrote or deleted while it was in front of them must still be somewhere when all is quiet.
 */
import { nameKey } from '../../src/core/tree/name-key.js';
import type { NodeKind } from '../../src/core/tree/node.js';
import type { FakeEntry } from './fake-inode.js';
import type { PlannerClient } from './planner-client.js';

export const ACTIONS = [
  'create',
  'edit',
  'edit',
  'save',
  'mkdir',
  'rm',
  'rmrf',
  'move',
  'move',
  'move-directory',
  'move-directory',
  'move-over',
  'swap',
  'symlink',
  'chmod',
  'touch',
  'change-kind',
] as const;

/** Things that keep the daemon from seeing or telling apart what is there. */
export const HINDRANCES = ['deny', 'allow', 'hide', 'show', 'link'] as const;

/** One thing that a user does; the numbers choose among what is there at that time. */
export interface Action {
  readonly client: number;
  readonly what: (typeof ACTIONS)[number] | (typeof HINDRANCES)[number];
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Keeps to one directory at the top, and makes it when it is not there. */
  readonly within?: string;
}

/** Few names, so that histories meet: with one case pair and one pair that differs only in Unicode form. */
const NAMES = ['a', 'b', 'a', 'c', 'b', 'a', 'c', 'b', 'd', 'B', 'n\u0303', '\u00f1'] as const;
const MAX_DEPTH = 4;

export class Ledger {
  readonly written = new Set<string>();
  /** Overwritten or deleted by a user who had it. */
  readonly released = new Set<string>();
  /** First value of each file whose node was moved, alone or with a directory: evidence of use, which beats a deletion elsewhere. */
  readonly moved = new Set<string>();
  readonly #first = new Map<string, string>();
  readonly log: string[] = [];
  /** 0: every value is new; else values come from a pool of this size. */
  readonly pool: number;
  #count = 0;

  constructor(pool = 0) {
    this.pool = pool;
  }

  write(hint: number, instead?: string): string {
    const text = `t${this.pool === 0 ? (this.#count += 1) : hint % this.pool}`;
    this.written.add(text);
    this.#first.set(text, instead === undefined ? text : this.#firstOf(instead));
    return text;
  }

  /** A user writes over what they have in front of them, or deletes it. */
  release(text: string): void {
    this.released.add(text);
  }

  move(text: string): void {
    this.moved.add(this.#firstOf(text));
  }

  #firstOf(text: string): string {
    return this.#first.get(text) ?? text;
  }

  /** Values that must be in the final tree. */
  owed(): readonly string[] {
    return [...this.written].filter((text) => !this.released.has(text));
  }

  /** Values that must not be in the final tree, except in a conflict copy. */
  gone(): readonly string[] {
    return [...this.released].filter((text) => !this.moved.has(this.#firstOf(text)));
  }
}

interface Scene {
  readonly client: PlannerClient;
  readonly ledger: Ledger;
  readonly entries: readonly FakeEntry[];
  readonly action: Action;
}

/** Does nothing where the action makes no sense. */
export function act(client: PlannerClient, action: Action, ledger: Ledger): void {
  if (action.within !== undefined) client.folder.mkdir(action.within);
  const inReach = action.within === undefined ? '' : `${action.within}/`;
  const entries = client.folder.entries().filter(({ path }) => path.startsWith(inReach));
  const scene: Scene = { client, ledger, action, entries };
  const done = perform(scene);
  if (done === null) return;
  client.stale = true;
  ledger.log.push(`${client.name}: ${action.what} ${done}`);
}

function perform(scene: Scene): string | null {
  const { action } = scene;
  switch (action.what) {
    case 'create':
    case 'symlink':
      return create(scene, action.what === 'create' ? 'file' : 'symlink', freePath(scene));
    case 'mkdir':
      return create(scene, 'directory', freePath(scene));
    case 'edit':
    case 'save':
      return edit(scene);
    case 'rm':
      return remove(scene, pick(leaves(scene), action.a));
    case 'rmrf':
      return remove(scene, pick(scene.entries, action.a));
    case 'move':
    case 'move-directory':
    case 'move-over':
      return move(scene);
    case 'swap':
      return swap(scene);
    case 'chmod':
    case 'touch':
      return attributes(scene);
    case 'change-kind':
      return changeKind(scene);
    default:
      return hinder(scene);
  }
}

function create({ client: { folder }, ledger, action }: Scene, kind: NodeKind, path: string | null): string | null {
  if (path === null) return null;
  if (kind === 'directory') folder.mkdir(path);
  else if (kind === 'file') folder.write(path, ledger.write(action.c));
  else folder.symlink(path, ledger.write(action.c));
  return `${kind} ${path}`;
}

function edit({ client: { folder }, ledger, action, entries }: Scene): string | null {
  const file = pick(
    entries.filter(({ kind }) => kind === 'file'),
    action.a,
  );
  if (file === undefined) return null;
  ledger.release(file.text);
  const text = ledger.write(action.c, file.text);
  if (action.what === 'edit') folder.write(file.path, text);
  else folder.saveAtomically(file.path, text);
  return `${file.path} ${file.text} -> ${text}`;
}

function remove({ client: { folder }, ledger, entries }: Scene, entry: FakeEntry | undefined): string | null {
  if (entry === undefined) return null;
  for (const { kind, text } of subtree(entries, entry.path)) if (kind !== 'directory') ledger.release(text);
  if (entry.kind === 'directory') folder.rmdir(entry.path);
  else folder.rm(entry.path);
  return entry.path;
}

function move(scene: Scene): string | null {
  const { client, ledger, action, entries } = scene;
  const movable = action.what === 'move-directory' ? entries.filter(({ kind }) => kind === 'directory') : entries;
  const from = pick(movable, action.a);
  if (from === undefined) return null;
  const to = action.what === 'move-over' ? (pick(entries, action.b)?.path ?? null) : freePath(scene);
  if (to === null || to === from.path || `${to}/`.startsWith(`${from.path}/`) || `${from.path}/`.startsWith(`${to}/`)) return null;
  const target = entries.find(({ path }) => path === to);
  if (target !== undefined) {
    if ((target.kind === 'directory') !== (from.kind === 'directory')) return null;
    if (subtree(entries, to).length > 1) return null;
    if (target.kind !== 'directory') ledger.release(target.text);
  }
  markMoved(scene, from.path);
  client.folder.mv(from.path, to);
  return `${from.path} -> ${to}`;
}

function swap(scene: Scene): string | null {
  const { client, action, entries } = scene;
  const one = pick(entries, action.a)?.path;
  const other = pick(entries, action.b)?.path;
  if (one === undefined || other === undefined || `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`)) return null;
  markMoved(scene, one);
  markMoved(scene, other);
  client.folder.mv(one, `${one} swapping`);
  client.folder.mv(other, one);
  client.folder.mv(`${one} swapping`, other);
  return `${one} <-> ${other}`;
}

function attributes({ client: { folder }, action, entries }: Scene): string | null {
  const file = pick(
    entries.filter(({ kind }) => kind === 'file'),
    action.a,
  );
  if (file === undefined) return null;
  if (action.what === 'chmod') folder.chmod(file.path, (file.mode & 0o100) === 0 ? 0o755 : 0o644);
  else folder.touch(file.path);
  return file.path;
}

function changeKind(scene: Scene): string | null {
  const entry = pick(scene.entries, scene.action.a);
  if (entry === undefined || remove(scene, entry) === null) return null;
  const kinds = (['file', 'directory', 'symlink'] as const).filter((kind) => kind !== entry.kind);
  return create(scene, kinds[scene.action.b % 2] ?? 'file', entry.path);
}

function hinder(scene: Scene): string | null {
  const { client, ledger, action, entries } = scene;
  const { folder } = client;
  const entry = pick(entries, action.a);
  const name = NAMES[action.c % NAMES.length] ?? 'a';
  const to = freePath(scene);
  if (action.what === 'allow') folder.allowAll();
  else if (action.what === 'hide') folder.hidden.add(name);
  else if (action.what === 'show') folder.hidden.clear();
  else if (entry !== undefined && action.what === 'deny' && entry.kind !== 'symlink') folder.deny(entry.path);
  else if (entry !== undefined && to !== null && entry.kind === 'file') {
    folder.link(entry.path, to);
    client.hasLinks = true;
    ledger.move(entry.text);
    return `${entry.path} = ${to}`;
  }
  return `${entry?.path ?? ''} ${name}`;
}

function markMoved({ ledger, entries }: Scene, path: string): void {
  for (const { text } of subtree(entries, path)) ledger.move(text);
}

function freePath({ entries, action }: Scene): string | null {
  const directories = [action.within ?? '', ...entries.filter(({ kind }) => kind === 'directory').map(({ path }) => path)];
  const parent = directories[action.b % directories.length] ?? '';
  const path = `${parent === '' ? '' : `${parent}/`}${NAMES[action.c % NAMES.length] ?? 'a'}`;
  // Two forms of one name side by side cannot both be synced: that is a case of its own.
  const taken = entries.some((entry) => nameKey(entry.path) === nameKey(path));
  return taken || path.split('/').length > MAX_DEPTH ? null : path;
}

function leaves({ entries }: Scene): readonly FakeEntry[] {
  return entries.filter(({ path }) => subtree(entries, path).length === 1);
}

function subtree(entries: readonly FakeEntry[], path: string): readonly FakeEntry[] {
  return entries.filter((entry) => entry.path === path || entry.path.startsWith(`${path}/`));
}

function pick<Item>(items: readonly Item[], choice: number): Item | undefined {
  return items[choice % Math.max(items.length, 1)];
}
