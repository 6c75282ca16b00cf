import { beforeEach, describe, expect, it } from 'vitest';
import type { CommitOp } from '../../../../src/core/plan/operation.js';
import { plan } from '../../../../src/core/plan/plan.js';
import { isConflictCopy } from '../../../scenario/conflict-names.js';
import type { PlannerClient } from '../../../support/planner-client.js';
import { PlannerWorld } from '../../../support/planner-world.js';

let world: PlannerWorld;
let a: PlannerClient;
let b: PlannerClient;

/** In sync on both devices; from here on both are offline. */
function start(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) a.folder.write(path, text);
  world.sync();
  a.stale = b.stale = true;
}

function paths(): readonly string[] {
  return world.converged().map(({ path, text }) => (text === '' ? path : `${path} = ${text}`));
}

/** B has looked at its folder and heard of the server's news. */
function planOfB(): ReturnType<typeof plan> {
  b.observe();
  b.pull();
  return b.plan();
}

const byName = (commit: readonly CommitOp[], name: string): CommitOp | undefined => commit.find(({ facets }) => facets.name === name);

beforeEach(() => {
  world = new PlannerWorld(['A', 'B']);
  [a, b] = [world.client('A'), world.client('B')];
});

describe('plan, directories', () => {
  it('hazard 62: revives the directory that a move taken back leads into', () => {
    start({ 'p/x/f': '1', 'y/g': '2' });
    a.folder.mv('y', 'p/x/y');
    b.folder.mv('p/x', 'y/x');
    b.folder.rmdir('p');
    world.sync();
    expect(paths()).toEqual(['p', 'p/x', 'p/x/f = 1', 'p/x/y', 'p/x/y/g = 2']);
  });

  it('moves a directory with one operation on either side', () => {
    start({ 'd/x': '1', 'd/s/y': '2' });
    a.folder.mv('d', 'e');
    a.observe();
    expect(a.plan().commit.map(({ facets }) => facets.name)).toEqual(['e']);
    a.cycle();
    expect(planOfB().apply.map(({ op }) => op)).toEqual(['move']);
  });

  it('keeps the children of a moved directory although the move is in sync before they are there', () => {
    start({ 'd/x': '1', 'd/y': '2' });
    b.folder.rmdir('d');
    a.folder.mv('d', 'e');
    a.cycle();
    const made = planOfB();
    expect(made.overruled).toHaveLength(2);
    b.apply({ ...made, apply: made.apply.filter((op) => op.op === 'create' && op.facets.kind === 'directory') });
    b.restart();
    world.sync();
    expect(paths()).toEqual(['e', 'e/x = 1', 'e/y = 2']);
  });

  it('orders a commit after the directories, the names and the children it needs', () => {
    start({ 'd/x': '1', n: '2' });
    b.folder.mv('d/x', 'x');
    b.folder.rmdir('d');
    b.folder.mv('n', 'm');
    b.folder.write('n/new', '3');
    const { commit } = planOfB();
    const [d, x, m, n, fresh] = ['d', 'x', 'm', 'n', 'new'].map((name) => byName(commit, name));
    expect(d?.after).toEqual([x?.node]);
    expect(n?.after).toEqual([m?.node]);
    expect(fresh?.after).toEqual([n?.node]);
  });
});

describe('plan, conflict copies', () => {
  it('hazards 76, 89: commits the copy together with what replaces its version', () => {
    start({ x: 'old' });
    a.folder.write('x', 'from a');
    a.cycle();
    b.folder.write('x', 'from b');
    const { commit, apply } = planOfB();
    const [winner, copy] = [byName(commit, 'x'), commit.find(({ facets }) => isConflictCopy(facets.name))];
    expect(apply).toEqual([]);
    expect([winner?.after, copy?.after]).toEqual([[copy?.node], [winner?.node]]);
    expect([winner?.needsUpload, copy?.needsUpload]).toEqual([true, false]);
    expect(copy?.facets.conflict).toMatchObject({ of: winner?.node, winner: 'B', loser: 'A', loserDevice: a.device });
  });

  it('hazard 51: holds a losing local version until its copy is committed', () => {
    start({ x: 'old' });
    b.folder.write('x', 'from b');
    a.folder.write('x', 'from a, later');
    a.cycle();
    const made = planOfB();
    expect(made.apply).toEqual([]);
    expect(made.commit).toHaveLength(1);
    expect(made.commit[0]).toMatchObject({ needsUpload: true, rebase: [a.trees.local.nodeAt('x')] });
  });

  it('hazard 73: makes the same copy again when it is planned again, and none when it is there', () => {
    start({ x: 'old' });
    a.folder.write('x', 'from a');
    a.cycle();
    b.folder.write('x', 'from b');
    const [first, second] = [planOfB(), planOfB()];
    expect(second.commit.map(({ node }) => node)).toEqual(first.commit.map(({ node }) => node));
    const copy = first.commit.filter(({ facets }) => isConflictCopy(facets.name));
    b.commit({ ...first, commit: copy });
    expect(b.plan().commit.map(({ facets }) => facets.name)).toEqual(['x']);
  });

  it('makes another copy of a version whose first copy was deleted or edited since', () => {
    start({ x: 'old' });
    a.folder.write('x', 'a1');
    b.folder.write('x', 'lost');
    a.folder.write('x', 'a1 later');
    world.sync();
    const copy = world.converged().find(({ path }) => isConflictCopy(path));
    expect(copy?.text).toBe('lost');
    a.folder.rm(copy?.path ?? '');
    b.folder.write('x', 'lost');
    a.folder.write('x', 'a2');
    world.sync();
    expect(
      world
        .converged()
        .map(({ text }) => text)
        .toSorted(),
    ).toEqual(['a2', 'lost']);
  });

  it('makes another copy of a version that loses again, although somebody may throw away the first one meanwhile', () => {
    start({ x: 'old' });
    a.folder.write('x', 'lost');
    b.folder.write('x', 'b1');
    world.sync();
    const first = world.converged().find(({ path }) => isConflictCopy(path))?.path ?? '';
    a.folder.write('x', 'lost');
    a.cycle();
    b.folder.write('x', 'b2');
    const copies = (): readonly CommitOp[] => planOfB().commit.filter(({ facets }) => isConflictCopy(facets.name));
    expect(copies()).toHaveLength(1);
    b.commit({ ...b.plan(), commit: copies() });
    expect(copies()).toEqual([]);
    a.folder.rm(first);
    world.sync();
    expect(
      world
        .converged()
        .map(({ text }) => text)
        .toSorted(),
    ).toEqual(['b2', 'lost']);
  });

  it('keeps the mark of a copy that is edited and takes it off one that is renamed', () => {
    start({ x: 'old' });
    a.folder.write('x', 'from a');
    b.folder.write('x', 'from b');
    world.sync();
    const copy = world.converged().find(({ path }) => isConflictCopy(path))?.path ?? '';
    const mark = (path: string): boolean => (world.vault.paths().get(path)?.conflict ?? null) !== null;
    b.folder.write(copy, 'edited');
    world.sync();
    expect(mark(copy)).toBe(true);
    b.folder.mv(copy, 'settled');
    world.sync();
    expect(mark('settled')).toBe(false);
  });
});

describe('plan, a node that was deleted here and moved elsewhere', () => {
  it('lives beside the file that is new at its new name', () => {
    start({ x: 'moved' });
    a.folder.mv('x', 'y');
    b.folder.rm('x');
    b.folder.write('y', 'new');
    world.sync();
    const texts = world.converged().map(({ text }) => text);
    expect(texts.toSorted()).toEqual(['moved', 'new']);
  });
});

describe('plan, a node that was moved elsewhere and then deleted there', () => {
  /** A sends the move before it deletes. */
  function moveThenDelete(from: string, to: string): void {
    a.folder.mv(from, to);
    a.cycle();
    if (a.folder.read(to) === undefined) a.folder.rmdir(to);
    else a.folder.rm(to);
    a.cycle();
  }

  it('lives where it was moved to when it was edited here, and takes no name at its old place', () => {
    start({ 's/x': 'old', 't/k': 'k' });
    moveThenDelete('s/x', 't/x');
    a.folder.write('s/x', 'another');
    b.folder.write('s/x', 'edited');
    world.sync();
    expect(paths()).toEqual(['s', 's/x = another', 't', 't/k = k', 't/x = edited']);
  });

  it('lives where it was moved to when something new is in it here', () => {
    start({ 's/d/x': 'old', 't/k': 'k' });
    moveThenDelete('s/d', 't/e');
    b.folder.write('s/d/new', 'new');
    world.sync();
    expect(paths()).toEqual(['s', 't', 't/e', 't/e/new = new', 't/k = k']);
  });

  it.each([false, true])('lives where it is here when what it was moved into is deleted as well (seen meanwhile: %s)', (isSeen) => {
    start({ x: 'old' });
    a.folder.mkdir('t');
    moveThenDelete('x', 't/x');
    a.folder.rmdir('t');
    a.cycle();
    if (isSeen) planOfB();
    b.folder.write('x', 'edited');
    world.sync();
    expect(paths()).toEqual(['x = edited']);
  });

  it.each(['x', 's/y'])('lives where it was moved to here: %s', (to) => {
    start({ 's/x': 'old', 't/k': 'k' });
    moveThenDelete('s/x', 't/x');
    b.folder.mv('s/x', to);
    world.sync();
    expect(paths()).toEqual(['s', 't', 't/k = k', `${to} = old`].toSorted());
  });

  it('stays here when it was moved into what was moved into it here', () => {
    start({ 'd/x': 'old', 'e/y': '2' });
    moveThenDelete('d', 'e/d');
    b.folder.mv('e', 'd/e');
    world.sync();
    expect(paths()).toEqual(['d', 'd/e', 'd/e/y = 2']);
  });

  it('stays here when it was moved into what was moved into it here and deleted as well', () => {
    start({ 'd/x': 'old', 'e/y': '2' });
    moveThenDelete('d', 'e/d');
    a.folder.rmdir('e');
    a.cycle();
    b.folder.mv('e', 'd/e');
    world.sync();
    expect(paths()).toEqual(['d', 'd/e', 'd/e/y = 2']);
  });
});

describe('plan, the last writer', () => {
  it('hazards 10, 72: is not told by modification times, however far in the past or the future', () => {
    start({ x: 'old', y: 'old' });
    a.folder.write('x', 'first', Date.UTC(2100, 0));
    b.folder.write('y', 'first', Date.UTC(2100, 0));
    a.folder.write('y', 'later', -1);
    b.folder.write('x', 'later', 0);
    world.sync();
    const plain = world.converged().filter(({ path }) => !isConflictCopy(path));
    expect(plain.map(({ path, text }) => [path, text])).toEqual([
      ['x', 'later'],
      ['y', 'later'],
    ]);
  });
});

describe('plan, what is no change', () => {
  function inSync(): void {
    start({ 'd/x': '1', y: '2' });
    b.folder.symlink('l', 'y');
    world.sync();
    b.stale = true;
  }

  function expectNothing(): void {
    const { commit, apply } = planOfB();
    expect([commit, apply]).toEqual([[], []]);
  }

  it('hazard 11: a clock or a time zone that moved every modification time sends nothing', () => {
    inSync();
    for (const { path, kind } of b.folder.entries()) if (kind !== 'symlink') b.folder.touch(path, 3_600_000);
    expectNothing();
  });

  it('hazard 12: a touch sends nothing, and does not keep what another device deletes', () => {
    inSync();
    b.folder.touch('y');
    expectNothing();
    a.folder.rm('y');
    a.cycle();
    expect(planOfB().apply.map(({ op }) => op)).toEqual(['remove']);
  });

  it('hazard 14: the same tree on other inodes, as on a disk that was restored, sends nothing', () => {
    inSync();
    b.folder.rmdir('d');
    for (const path of ['y', 'l']) b.folder.rm(path);
    b.folder.symlink('l', 'y');
    b.folder.write('y', '2');
    b.folder.write('d/x', '1');
    expectNothing();
  });

  it('hazard 25: another case of a name is a rename of the same node', () => {
    inSync();
    const node = b.trees.local.nodeAt('y');
    b.folder.mv('y', 'Y');
    expect(planOfB().commit.map((op) => [op.node, op.facets.name, op.facets.deleted, op.needsUpload])).toEqual([[node, 'Y', false, false]]);
  });

  it('hazard 78: what is on the disk although BASE does not say so yet is in sync', () => {
    inSync();
    a.folder.write('d/x', 'edited');
    a.folder.write('new', '3');
    a.cycle();
    const { head } = world.vault;
    b.apply(planOfB());
    b.restart();
    expectNothing();
    world.sync();
    expect([world.vault.head, paths()]).toEqual([head, ['d', 'd/x = edited', 'l = y', 'new = 3', 'y = 2']]);
  });

  it('hazard 79: what was deleted here although BASE does not say so yet stays deleted', () => {
    inSync();
    a.folder.rmdir('d');
    a.cycle();
    const { head } = world.vault;
    b.apply(planOfB());
    b.restart();
    expectNothing();
    world.sync();
    expect([world.vault.head, paths()]).toEqual([head, ['l = y', 'y = 2']]);
  });
});

describe('plan, what cannot be read', () => {
  it('puts nothing into an unreadable directory', () => {
    start({ 'd/x': '1' });
    b.folder.deny('d');
    a.folder.write('d/s/new', '2');
    a.folder.write('d/x', 'edited');
    a.cycle();
    const made = planOfB();
    expect([made.commit, made.apply]).toEqual([[], []]);
    expect(new Set(made.blocked.values())).toEqual(new Set(['local-file-not-readable']));
    b.folder.allowAll();
    world.sync();
    expect(paths()).toEqual(['d', 'd/s', 'd/s/new = 2', 'd/x = edited']);
  });

  it('commits that a file was moved although it cannot be read, and then what took its name', () => {
    start({ x: '1' });
    b.folder.mv('x', 'y');
    b.folder.write('y', '2');
    b.folder.deny('y');
    b.folder.write('x', '3');
    b.stale = true;
    world.sync();
    expect(a.folder.entries().map(({ path, text }) => `${path} = ${text}`)).toEqual(['x = 3', 'y = 1']);
    expect([...b.plan().blocked]).toEqual([]);
    b.restart();
    b.folder.allowAll();
    world.sync();
    expect(paths()).toEqual(['x = 3', 'y = 2']);
  });

  it('commits that a directory was moved although it cannot be read, and then what took its name', () => {
    start({ 'd/x': '1' });
    b.folder.mv('d', 'e');
    b.folder.write('e/x', '2');
    b.folder.deny('e');
    b.folder.write('d', '3');
    world.sync();
    expect(a.folder.entries().map(({ path, text }) => `${path} = ${text}`)).toEqual(['d = 3', 'e = ', 'e/x = 1']);
    expect([...b.plan().blocked]).toEqual([]);
    b.folder.allowAll();
    world.sync();
    expect(paths()).toEqual(['d = 3', 'e', 'e/x = 2']);
  });

  it('waits with the move of a directory that cannot be read to the name of what cannot leave it because it is in there', () => {
    start({ x: '1', 'd/y': '2' });
    b.folder.mv('d/y', 'y');
    b.folder.mv('x', 'd/x');
    b.folder.mv('d', 'x');
    b.observe();
    b.folder.deny('x');
    b.stale = true;
    world.sync();
    expect(a.folder.entries().map(({ path, text }) => `${path} = ${text}`)).toEqual(['d = ', 'x = 1', 'y = 2']);
    b.folder.allowAll();
    world.sync();
    expect(paths()).toEqual(['x', 'x/x = 1', 'y = 2']);
  });

  it('waits with the move of a directory that cannot be read to the name of one that may have left a file in it', () => {
    start({ 'd/x': '1', 'e/y': '2' });
    b.folder.mv('d/x', 'e/x');
    b.folder.rmdir('d');
    b.folder.mv('e', 'd');
    b.observe();
    b.folder.deny('d');
    b.stale = true;
    world.sync();
    expect(a.folder.entries().map(({ path, text }) => `${path} = ${text}`)).toEqual(['d = ', 'd/x = 1', 'e = ', 'e/y = 2']);
    b.folder.allowAll();
    world.sync();
    expect(paths()).toEqual(['d', 'd/x = 1', 'd/y = 2']);
  });

  it('waits with a directory that was moved here and there so that each would be in the other, and cannot be read', () => {
    start({ 'd/x': '1', 'e/y': '2' });
    a.folder.mv('d', 'e/d');
    a.cycle();
    b.folder.mv('e', 'd/e');
    b.folder.deny('d/e');
    const made = planOfB();
    expect([made.commit, made.apply]).toEqual([[], []]);
    expect(made.blocked.size).toBeGreaterThan(0);
    b.folder.allowAll();
    world.sync();
    expect(paths()).toEqual(['e', 'e/d', 'e/d/x = 1', 'e/y = 2']);
  });

  it('commits the deletion of a directory once the server knows where an unreadable file went that was in it', () => {
    start({ 'd/x': '1' });
    b.folder.mv('d/x', 'x');
    b.folder.rmdir('d');
    b.folder.deny('x');
    b.stale = true;
    world.sync();
    expect(a.folder.entries().map(({ path, text }) => `${path} = ${text}`)).toEqual(['x = 1']);
  });

  it('does not commit the deletion of a directory that holds a file which was moved in it there and out of it here, and cannot be read', () => {
    start({ 'd/x': '1' });
    b.folder.mv('d/x', 'x');
    b.folder.rmdir('d');
    b.folder.deny('x');
    a.folder.mv('d/x', 'd/z');
    a.cycle();
    const made = planOfB();
    expect([made.commit, made.apply]).toEqual([[], []]);
    expect(new Set(made.blocked.values())).toEqual(new Set(['holds-unreadable-files', 'local-file-not-readable']));
    b.folder.allowAll();
    world.sync();
    expect(paths()).toEqual(['z = 1']);
  });

  it('hazard 90: says nothing about what a rule hides, and changes nothing there', () => {
    start({ 'd/x': '1', 'e/y': '2' });
    b.folder.hidden.add('d');
    a.folder.write('d/x', 'edited');
    a.folder.write('d/new', '3');
    a.folder.rmdir('e');
    a.cycle();
    const made = planOfB();
    expect(made.apply.map(({ op }) => op)).toEqual(['remove', 'remove']);
    expect([made.commit, [...made.blocked]]).toEqual([[], []]);
  });

  it('hazard 90: what another device moves out of sight goes there, and what it makes there does not come', () => {
    start({ 'd/x': '1', y: '2' });
    b.folder.hidden.add('d');
    a.folder.mv('y', 'd/y');
    a.folder.write('d/new', '3');
    a.cycle();
    expect(planOfB().apply.map(({ op, node }) => [op, node])).toEqual([['move', b.trees.local.nodeAt('y')]]);
    b.cycle();
    expect(b.folder.entries().map(({ path }) => path)).toEqual(['d', 'd/x', 'd/y']);
    expect(planOfB()).toMatchObject({ commit: [], apply: [] });
    b.restart();
    b.cycle();
    b.folder.hidden.clear();
    world.sync();
    expect(paths()).toEqual(['d', 'd/new = 3', 'd/x = 1', 'd/y = 2']);
  });
});

describe('plan, a server that went back', () => {
  it('sends again what the server lost', () => {
    start({ x: 'old' });
    const node = a.trees.local.nodeAt('x');
    const old = node === undefined ? undefined : world.vault.nodes.get(node);
    a.folder.write('x', 'new');
    a.cycle();
    const { base, local } = a.trees;
    const remote = new Map(old === undefined ? [] : [[old.node, old] as const]);
    const made = plan({ base, local, remote, context: a.context() });
    expect(made.apply).toEqual([]);
    expect(made.commit.map(({ facets }) => facets.content?.id)).toEqual([local.get(old?.node ?? ('' as never))?.content?.id]);
  });
});
