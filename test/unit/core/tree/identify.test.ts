import { beforeEach, describe, expect, it } from 'vitest';
import { ROOT_NODE, type NodeId } from '../../../../src/core/base/ids.js';
import { identify } from '../../../../src/core/tree/identify.js';
import { fakeNodeId } from '../../../support/fake-vault.js';
import type { PlannerClient } from '../../../support/planner-client.js';
import { checkLocalTree } from '../../../support/planner-checks.js';
import { PlannerWorld } from '../../../support/planner-world.js';

let world: PlannerWorld;
let client: PlannerClient;

/** A folder in sync, then changed by its user. */
function start(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) client.folder.write(path, text);
  world.sync();
}

function node(path: string): NodeId | undefined {
  return client.trees.local.nodeAt(path);
}

function nodes(...paths: string[]): readonly (NodeId | undefined)[] {
  return paths.map(node);
}

function observe(): void {
  client.observe();
  checkLocalTree(client);
}

function status(path: string): string | undefined {
  const at = node(path);
  return at === undefined ? undefined : client.trees.local.get(at)?.status;
}

beforeEach(() => {
  world = new PlannerWorld(['A']);
  client = world.client('A');
});

describe('identify', () => {
  it('hazard 5: keeps the node of a renamed file, a renamed directory and all that is in it', () => {
    start({ x: '1', 'd/s/y': '2' });
    const before = nodes('x', 'd', 'd/s', 'd/s/y');
    client.folder.mv('x', 'd/x');
    client.folder.mv('d', 'e');
    observe();
    expect(nodes('e/x', 'e', 'e/s', 'e/s/y')).toEqual(before);
    expect(nodes('x', 'd')).toEqual([undefined, undefined]);
  });

  it('does not touch what is in a renamed directory', () => {
    start({ 'd/x': '1', 'd/s/y': '2' });
    client.folder.mv('d', 'e');
    observe();
    expect([...client.trees.local.touched]).toEqual([node('e')]);
  });

  it('puts nothing into a file when a directory that took its name is listed before the one that both are in', () => {
    start({ c: '1', 'a/x': '2' });
    const [c, a, x] = nodes('c', 'a', 'a/x');
    client.folder.mv('c', 't');
    client.folder.mv('a', 'c');
    client.folder.mv('t', 'a');
    client.observe({ directories: ['c'], recursive: [] });
    checkLocalTree(client);
    expect(nodes('a', 'c', 'c/x')).toEqual([c, a, x]);
  });

  it('follows a swap, a rotation and an inverted hierarchy', () => {
    start({ a: '1', b: '2', c: '3', 'p/q/f': '4' });
    const [a, b, c, p, q] = nodes('a', 'b', 'c', 'p', 'p/q');
    client.folder.mv('a', 't');
    client.folder.mv('c', 'a');
    client.folder.mv('b', 'c');
    client.folder.mv('t', 'b');
    client.folder.mv('p/q', 'q');
    client.folder.mv('p', 'q/p');
    observe();
    expect(nodes('a', 'b', 'c', 'q', 'q/p')).toEqual([c, a, b, q, p]);
  });

  it('sees what is gone from a directory that took the place of an empty one or of a file', () => {
    start({ 'd/x': '1', f: '2', 'e/y': '3' });
    const [d, e] = nodes('d', 'e');
    client.folder.rm('d/x');
    client.folder.rm('f');
    client.folder.mv('d', 'f');
    client.folder.rm('e/y');
    client.folder.mv('e', 'd');
    observe();
    expect(nodes('f', 'd', 'f/x', 'd/y')).toEqual([d, e, undefined, undefined]);
  });

  it('takes an atomic save for an edit of the same node', () => {
    start({ x: 'old' });
    const before = node('x');
    client.folder.saveAtomically('x', 'new');
    observe();
    expect(node('x')).toBe(before);
    expect(status('x')).toBe('present');
  });

  it('takes a file that was moved away and written anew for a move and a new node', () => {
    start({ x: 'old' });
    const before = node('x');
    client.folder.mv('x', 'y');
    client.folder.write('x', 'new');
    observe();
    expect(node('y')).toBe(before);
    expect(node('x')).not.toBe(before);
  });

  it('takes a file moved over another for a move and a deletion', () => {
    start({ a: '1', b: '2' });
    const [a, b] = nodes('a', 'b');
    client.folder.mv('a', 'b');
    observe();
    expect(node('b')).toBe(a);
    expect(b !== undefined && client.trees.local.get(b)).toBeUndefined();
  });

  it('hazard 22: makes another node where the kind changed', () => {
    start({ x: 'file' });
    const before = node('x');
    client.folder.rm('x');
    client.folder.write('x/in', 'in');
    observe();
    expect(node('x')).not.toBe(before);
    expect(node('x/in')).toBeDefined();
  });

  it('hazard 13: does not take a re-used inode for a rename', () => {
    start({ x: '1' });
    const before = node('x');
    client.folder.rm('x');
    client.folder.write('y', '2');
    expect(client.folder.fingerprint('y').ino).toBe(before === undefined ? '' : client.trees.base.get(before)?.fingerprint.ino);
    observe();
    expect(node('y')).not.toBe(before);
  });

  it('hazard 13: knows what a directory is now that was removed and made anew on the same inode', () => {
    start({ 'e/x': '1' });
    const { ino, birthtimeNs } = client.folder.fingerprint('e');
    client.folder.rmdir('e');
    client.folder.mkdir('e');
    client.folder.write('e/y', '2');
    expect(client.folder.fingerprint('e')).toMatchObject({ ino });
    observe();
    const there = client.trees.local.get(node('e') ?? ROOT_NODE)?.fingerprint;
    expect(there?.birthtimeNs).not.toBe(birthtimeNs);
    expect(there?.birthtimeNs).toBe(client.folder.fingerprint('e').birthtimeNs);
  });

  it('hazard 15: tells hard links apart by their paths', () => {
    start({ x: '1' });
    const before = node('x');
    client.folder.link('x', 'a');
    observe();
    expect(node('x')).toBe(before);
    expect(node('a')).not.toBe(before);
    const linked = nodes('a', 'x');
    client.folder.mv('a', 'b');
    observe();
    expect(node('x')).toBe(linked[1]);
    expect(node('b')).not.toBe(linked[0]);
  });

  it('knows a node again that was absent in one scan', () => {
    start({ 'd/x': '1', 'e/k': 'k' });
    const before = nodes('d/x');
    client.folder.mv('d/x', 'e/x');
    client.observe({ directories: ['d'], recursive: [] });
    expect(node('d/x')).toBeUndefined();
    client.observe({ directories: ['e'], recursive: [] });
    expect(nodes('e/x')).toEqual(before);
  });

  it('hazard 5: knows a moved node when only its new directory was listed', () => {
    start({ 'd/x': '1', 'e/k': 'k' });
    const before = nodes('d/x');
    client.folder.mv('d/x', 'e/x');
    client.observe({ directories: ['e'], recursive: [] });
    expect(nodes('e/x', 'd/x')).toEqual([...before, undefined]);
  });

  it('asks for the parent of a directory that it does not know, and looks into new ones', () => {
    start({ k: 'k' });
    client.folder.write('new/deep/x', '1');
    client.observe({ directories: ['new/deep'], recursive: [] });
    expect(node('new/deep/x')).toBeDefined();
  });

  it('asks for the parent of a directory that is missing', () => {
    start({ 'd/x': '1' });
    client.folder.rmdir('d');
    client.observe({ directories: ['d'], recursive: [] });
    expect(nodes('d', 'd/x')).toEqual([undefined, undefined]);
    expect(client.trees.local.size).toBe(0);
  });

  it('ends when the root itself is missing', () => {
    const { local, base } = client.trees;
    const context = { newNode: () => fakeNodeId('never'), isIgnored: () => false, nowMs: 0 };
    expect(identify(local, base, [{ path: '', status: 'missing', entries: [] }], context)).toEqual({
      unread: [],
      changed: [],
      lookAlso: [],
      lookInto: [],
    });
  });

  it('lets go of what is in a directory that was on its way and never arrived', () => {
    start({ 'd/x': '1' });
    const { local, base } = client.trees;
    const [root] = client.folder.scan({ directories: [''], recursive: [] });
    const moved = root?.entries.find(({ name }) => name === 'd');
    const listings = [
      { path: '', status: 'listed' as const, entries: [] },
      { path: 'unknown', status: 'listed' as const, entries: moved === undefined ? [] : [moved] },
    ];
    const found = identify(local, base, listings, { newNode: () => fakeNodeId('n'), isIgnored: () => false, nowMs: 0 });
    expect(found.lookAlso).toEqual(['']);
    expect(local.size).toBe(0);
  });

  it('finds directories moved in from outside with all that is in them', () => {
    start({ k: 'k' });
    client.folder.write('in/a/b/c', '1');
    const found = identify(client.trees.local, client.trees.base, client.folder.scan({ directories: [''], recursive: [] }), {
      newNode: () => fakeNodeId('in'),
      isIgnored: () => false,
      nowMs: 0,
    });
    expect(found.lookInto).toEqual(['in']);
  });
});

describe('identify, what cannot be read or is hidden', () => {
  it('hazard 16: takes nothing below an unreadable directory for absent', () => {
    start({ 'd/s/x': '1' });
    const before = nodes('d', 'd/s', 'd/s/x');
    client.folder.deny('d');
    client.observe();
    expect(nodes('d', 'd/s', 'd/s/x')).toEqual(before);
    expect(status('d')).toBe('unknown');
    client.folder.allowAll();
    observe();
    expect(status('d')).toBe('present');
    expect(nodes('d/s/x')).toEqual(before.slice(2));
  });

  it('hazard 17: calls a file unknown as long as it cannot be read', () => {
    start({ x: '1' });
    client.folder.deny('x');
    client.folder.write('x', '2');
    client.observe();
    expect(status('x')).toBe('unknown');
  });

  it('hazards 23, 90: calls a synced node that is ignored from now on excluded, also when it is gone', () => {
    start({ x: '1', 'd/y': '2' });
    client.folder.hidden.add('x').add('d');
    client.observe();
    expect([status('x'), status('d')]).toEqual(['excluded', 'excluded']);
    client.folder.rm('x');
    client.observe();
    expect(status('x')).toBe('excluded');
    client.folder.hidden.clear();
    client.folder.write('x', '1 again');
    observe();
    expect([status('x'), status('d'), status('d/y')]).toEqual(['present', 'present', 'present']);
  });

  it('hazard 23: does not read files again that are included again unchanged', () => {
    start({ 'd/y': '2' });
    world.wait(10_000);
    observe();
    client.folder.hidden.add('d');
    client.observe();
    client.folder.hidden.clear();
    const listings = client.folder.scan({ directories: [], recursive: [''] });
    const context = { newNode: () => fakeNodeId('never'), isIgnored: () => false, nowMs: Date.UTC(2027, 0) };
    expect(identify(client.trees.local, client.trees.base, listings, context).unread).toEqual([]);
    expect(status('d/y')).toBe('present');
  });

  it('hazard 23: a file is gone when a directory has its name and only directories of that name are ignored', () => {
    start({ d: '1', k: 'k' });
    const file = node('d');
    client.folder.rm('d');
    client.folder.mkdir('d');
    client.folder.hidden.add('d');
    const listings = client.folder.scan({ directories: [], recursive: [''] });
    const isIgnored = (path: string, isDirectory: boolean): boolean => isDirectory && path === 'd';
    identify(client.trees.local, client.trees.base, listings, { newNode: () => fakeNodeId('never'), isIgnored, nowMs: Date.UTC(2027, 0) });
    expect([node('d'), file !== undefined && client.trees.local.get(file)]).toEqual([undefined, undefined]);
    expect(client.plan().commit.map((op) => [op.node, op.facets.deleted])).toEqual([[file, true]]);
  });

  it('hazard 23: a directory is gone when a file has its name and only directories of that name are ignored', () => {
    start({ 'd/x': '1', k: 'k' });
    const gone = nodes('d', 'd/x');
    client.folder.rmdir('d');
    client.folder.write('d', '2');
    const listings = client.folder.scan({ directories: [], recursive: [''] });
    const isIgnored = (path: string, isDirectory: boolean): boolean => (isDirectory ? path === 'd' : path.startsWith('d/'));
    identify(client.trees.local, client.trees.base, listings, { newNode: () => fakeNodeId('new'), isIgnored, nowMs: Date.UTC(2027, 0) });
    checkLocalTree(client);
    expect([node('d'), ...gone.map((one) => one !== undefined && client.trees.local.get(one))]).toEqual([
      fakeNodeId('new'),
      undefined,
      undefined,
    ]);
  });

  it('hazard 23: a file that was moved, and whose new name is ignored before that is committed, is gone from its old one', () => {
    start({ x: '1', k: 'k' });
    const file = node('x');
    client.folder.mv('x', 'y');
    observe();
    expect(node('y')).toBe(file);
    client.folder.hidden.add('y');
    client.observe();
    expect(file !== undefined && client.trees.local.get(file)).toBeUndefined();
    expect(client.plan().commit.map((op) => [op.node, op.facets.deleted])).toEqual([[file, true]]);
    client.folder.hidden.clear();
    observe();
    expect(node('y')).toBe(file);
  });

  it('hazard 23: so is what was moved into a directory that is ignored before that is committed', () => {
    start({ x: '1', k: 'k', 'd/s/y': '2' });
    const [file, ...rest] = nodes('x', 'd', 'd/s', 'd/s/y');
    client.folder.mv('x', 'd/s/x');
    observe();
    client.folder.hidden.add('d');
    client.observe();
    expect([status('d'), nodes('d', 'd/s', 'd/s/y', 'd/s/x')]).toEqual(['excluded', [...rest, undefined]]);
    expect(client.plan().commit.map((op) => [op.node, op.facets.deleted])).toEqual([[file, true]]);
  });

  it('makes no node of what was ignored from the start', () => {
    client.folder.hidden.add('x');
    start({ x: '1', k: 'k' });
    expect(node('x')).toBeUndefined();
    expect([...client.trees.local.untrackedIn('00000000000000000000000000000000' as NodeId)]).toEqual([['x', 'ignored']]);
  });

  it('hazard 20: takes a file that became a socket or a mount point for hidden, not for deleted', () => {
    start({ x: '1', 'd/y': '2' });
    client.folder.problems.set('x', 'special-file').set('d', 'other-filesystem');
    client.observe();
    expect([status('x'), status('d'), status('d/y')]).toEqual(['excluded', 'excluded', 'present']);
    expect(client.plan().commit).toEqual([]);
  });

  it('hazard 27: keeps to the known spelling when a second Unicode form of a name appears', () => {
    start({ 'n\u0303': 'known' });
    const before = node('n\u0303');
    client.folder.write('\u00f1', 'other form');
    client.observe();
    expect(node('n\u0303')).toBe(before);
    expect(node('\u00f1')).toBeUndefined();
    expect(client.plan().commit).toEqual([]);
  });
});

describe('identify, when to read', () => {
  const read = (): readonly string[] => {
    const listings = client.folder.scan({ directories: [], recursive: [''] });
    const context = { newNode: () => fakeNodeId('never'), isIgnored: () => false, nowMs: Date.UTC(2027, 0) };
    return identify(client.trees.local, client.trees.base, listings, context).unread.map(({ path }) => path);
  };

  it('hazard 8: reads again what was read right after it changed, once that can be told', () => {
    start({ x: '1' });
    expect(read()).toEqual(['x']);
  });

  it('hazard 9: does not read again what was quiet when it was read', () => {
    start({ x: '1' });
    world.wait(10_000);
    observe();
    expect(read()).toEqual([]);
  });

  it('hazard 8: reads what has the same size and modification time but another change time', () => {
    start({ x: '1' });
    world.wait(10_000);
    observe();
    client.folder.write('x', '2', Number(client.folder.fingerprint('x').mtimeNs) / 1e6);
    expect(read()).toEqual(['x']);
  });
});
