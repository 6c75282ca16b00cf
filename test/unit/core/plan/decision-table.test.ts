/**
 * The decision table, row by row: what becomes of a node that two devices treated differently while
 * they were offline. Every row is played twice, with either device coming back first.
 */
import { describe, expect, it } from 'vitest';
import type { FakeFolder } from '../../../support/fake-folder.js';
import { PlannerWorld } from '../../../support/planner-world.js';
import { isConflictCopy, isInConflictCopy } from '../../../scenario/conflict-names.js';

/** Text of a file, null for a directory, `-> target` for a link. */
type Tree = Readonly<Record<string, string | null>>;
type Work = (folder: FakeFolder) => void;

interface Row {
  readonly base: Tree;
  /** Done first. */
  readonly a: Work;
  /** Done later: the last writer. */
  readonly b: Work;
  /** What is there at the end, apart from conflict copies. A function where it depends on who came back first. */
  readonly tree: Tree | ((first: 'A' | 'B') => Tree);
  /** Conflict copies by the text of what they hold; directories by what is in them. */
  readonly copies?: readonly string[];
}

const nothing: Work = () => undefined;

function makeTree(folder: FakeFolder, tree: Tree): void {
  for (const [path, text] of Object.entries(tree)) {
    if (text === null) folder.mkdir(path);
    else if (text.startsWith('-> ')) folder.symlink(path, text.slice(3));
    else folder.write(path, text);
  }
}

function playRow(row: Row, first: 'A' | 'B'): { tree: Tree; copies: readonly string[]; copied: number } {
  const world = new PlannerWorld(['A', 'B']);
  const [a, b] = [world.client('A'), world.client('B')];
  makeTree(a.folder, row.base);
  world.sync();
  row.a(a.folder);
  row.b(b.folder);
  a.stale = b.stale = true;
  world.sync(first === 'A' ? [a, b] : [b, a]);
  const shown = world
    .converged()
    .map(({ path, kind, text }) => ({ path, text: kind === 'directory' ? null : kind === 'symlink' ? `-> ${text}` : text }));
  const plain = shown.filter(({ path }) => !isInConflictCopy(path));
  return {
    tree: Object.fromEntries(plain.map(({ path, text }) => [path, text])),
    copies: shown.flatMap(({ path, text }) => (isInConflictCopy(path) && text !== null ? [text] : [])),
    copied: shown.filter(({ path }) => isConflictCopy(path)).length,
  };
}

const rows: Readonly<Record<string, Row>> = {
  '1 new on one side: created on the other': {
    base: {},
    a: (folder) => folder.write('d/x', 'new'),
    b: nothing,
    tree: { d: null, 'd/x': 'new' },
  },
  '2 new on both sides, same content: one node, no copy (hazard 74)': {
    base: {},
    a: (folder) => folder.write('x', 'same'),
    b: (folder) => folder.write('x', 'same'),
    tree: { x: 'same' },
  },
  '3 new on both sides, other content: the last writer has the name, the other is a copy': {
    base: {},
    a: (folder) => folder.write('x', 'from a'),
    b: (folder) => folder.write('x', 'from b'),
    tree: { x: 'from b' },
    copies: ['from a'],
  },
  '4 new directory on both sides: one directory with the children of both': {
    base: {},
    a: (folder) => folder.write('d/a', '1'),
    b: (folder) => folder.write('d/b', '2'),
    tree: { d: null, 'd/a': '1', 'd/b': '2' },
  },
  '5 new file against new directory: the directory has the name, the file is a copy': {
    base: {},
    a: (folder) => folder.write('x', 'file'),
    b: (folder) => folder.write('x/in', 'in'),
    tree: { x: null, 'x/in': 'in' },
    copies: ['file'],
  },
  '5 new link against new directory: the directory has the name': {
    base: {},
    a: (folder) => folder.mkdir('x'),
    b: (folder) => folder.symlink('x', 'somewhere'),
    tree: { x: null },
    copies: ['-> somewhere'],
  },
  '6 new links with other targets: as files, the copy is a link': {
    base: {},
    a: (folder) => folder.symlink('x', 'one'),
    b: (folder) => folder.symlink('x', 'two'),
    tree: { x: '-> two' },
    copies: ['-> one'],
  },
  '7 edited on one side: taken over': {
    base: { x: 'old' },
    a: (folder) => folder.write('x', 'new'),
    b: nothing,
    tree: { x: 'new' },
  },
  '8 edited on both sides: the last writer stays, exactly one copy (hazard 76)': {
    base: { x: 'old' },
    a: (folder) => folder.write('x', 'from a'),
    b: (folder) => folder.saveAtomically('x', 'from b'),
    tree: { x: 'from b' },
    copies: ['from a'],
  },
  '8 edited to the same on both sides: no copy (hazard 74)': {
    base: { x: 'old' },
    a: (folder) => folder.write('x', 'same'),
    b: (folder) => folder.write('x', 'same'),
    tree: { x: 'same' },
  },
  '9 touched or chmodded against edited: the edit, no copy': {
    base: { x: 'old' },
    a: (folder) => folder.write('x', 'new'),
    b: (folder) => folder.chmod('x', 0o755),
    tree: { x: 'new' },
  },
  '10 edited against deleted: the edit lives': {
    base: { 'd/x': 'old' },
    a: (folder) => folder.write('d/x', 'new'),
    b: (folder) => folder.rm('d/x'),
    tree: { d: null, 'd/x': 'new' },
  },
  '11 deleted against edited: the edit lives, with its directory (hazard 62)': {
    base: { 'd/x': 'old', 'd/y': 'y' },
    a: (folder) => folder.rmdir('d'),
    b: (folder) => folder.write('d/x', 'new'),
    tree: { d: null, 'd/x': 'new' },
  },
  '12 deleted on both sides: gone': {
    base: { x: 'old' },
    a: (folder) => folder.rm('x'),
    b: (folder) => folder.rm('x'),
    tree: {},
  },
  '13 deleted against touched or chmodded: gone (hazard 12)': {
    base: { x: 'old', y: 'old' },
    a: (folder) => {
      folder.rm('x');
      folder.rm('y');
    },
    b: (folder) => {
      folder.touch('x');
      folder.chmod('y', 0o755);
    },
    tree: {},
  },
  '14 moved on one side: moved': {
    base: { x: 'old', d: null },
    a: (folder) => folder.mv('x', 'd/y'),
    b: nothing,
    tree: { d: null, 'd/y': 'old' },
  },
  '15 moved against edited: new place, new content, no copy': {
    base: { x: 'old' },
    a: (folder) => folder.mv('x', 'y'),
    b: (folder) => folder.write('x', 'new'),
    tree: { y: 'new' },
  },
  '16 moved and edited against edited: the new place, the last writer, one copy': {
    base: { x: 'old' },
    a: (folder) => {
      folder.mv('x', 'y');
      folder.write('y', 'from a');
    },
    b: (folder) => folder.write('x', 'from b'),
    tree: { y: 'from b' },
    copies: ['from a'],
  },
  '17 moved to two places: the first move in the log stands, no duplicate': {
    base: { x: 'old' },
    a: (folder) => folder.mv('x', 'at a'),
    b: (folder) => folder.mv('x', 'at b'),
    tree: (first) => (first === 'A' ? { 'at a': 'old' } : { 'at b': 'old' }),
  },
  '18 renamed against moved to another directory: both': {
    base: { x: 'old', d: null },
    a: (folder) => folder.mv('x', 'y'),
    b: (folder) => folder.mv('x', 'd/x'),
    tree: { d: null, 'd/y': 'old' },
  },
  '19 moved against deleted: the move lives': {
    base: { x: 'old' },
    a: (folder) => folder.mv('x', 'y'),
    b: (folder) => folder.rm('x'),
    tree: { y: 'old' },
  },
  '20 directory moved against children added, edited, deleted and moved inside: all of it': {
    base: { 'd/edit': '1', 'd/gone': '2', 'd/move': '3' },
    a: (folder) => folder.mv('d', 'e'),
    b: (folder) => {
      folder.write('d/edit', 'edited');
      folder.rm('d/gone');
      folder.mv('d/move', 'd/moved');
      folder.write('d/sub/new', 'new');
    },
    tree: { e: null, 'e/edit': 'edited', 'e/moved': '3', 'e/sub': null, 'e/sub/new': 'new' },
  },
  '21 directory deleted against children edited and added: these and their ancestors live, the rest goes (hazard 63)': {
    base: { 'd/s/edit': '1', 'd/s/other': '2', 'd/gone': '3' },
    a: (folder) => folder.rmdir('d'),
    b: (folder) => {
      folder.write('d/s/edit', 'edited');
      folder.write('d/new', 'new');
    },
    tree: { d: null, 'd/new': 'new', 'd/s': null, 'd/s/edit': 'edited' },
  },
  '22 directory deleted against child moved out: the child lives outside': {
    base: { 'd/x': '1', 'd/y': '2' },
    a: (folder) => folder.rmdir('d'),
    b: (folder) => folder.mv('d/x', 'x'),
    tree: { x: '1' },
  },
  '23 directory deleted against node moved in: the directory lives with that node only': {
    base: { 'd/x': '1', y: '2' },
    a: (folder) => folder.rmdir('d'),
    b: (folder) => folder.mv('y', 'd/y'),
    tree: { d: null, 'd/y': '2' },
  },
  '24 directory deleted against directory moved: it lives with all that the mover had': {
    base: { 'd/x': '1', 'd/s/y': '2' },
    a: (folder) => folder.rmdir('d'),
    b: (folder) => folder.mv('d', 'e'),
    tree: { e: null, 'e/x': '1', 'e/s': null, 'e/s/y': '2' },
  },
  '24 directory moved against it deleted and another made at its new name: one directory, with all that the mover had': {
    base: { 'd/x': '1', 'd/s/y': '2', 'd/same': '3' },
    a: (folder) => folder.mv('d', 'e'),
    b: (folder) => {
      folder.rmdir('d');
      folder.write('e/in', 'new');
      folder.write('e/x', 'another');
      folder.write('e/same', '3');
    },
    tree: { e: null, 'e/in': 'new', 'e/same': '3', 'e/s': null, 'e/s/y': '2', 'e/x': 'another' },
    copies: ['1'],
  },
  '24 directory moved against its children moved into a new one of that name: one directory': {
    base: { 'd/x': '1', 'd/y': '2' },
    a: (folder) => folder.mv('d', 'e'),
    b: (folder) => {
      folder.mkdir('e');
      folder.mv('d/x', 'e/x');
      folder.mv('d/y', 'e/y');
      folder.rmdir('d');
    },
    tree: { e: null, 'e/x': '1', 'e/y': '2' },
  },
  '25 directory deleted against part of it deleted: gone': {
    base: { 'd/x': '1', 'd/y': '2' },
    a: (folder) => folder.rmdir('d'),
    b: (folder) => folder.rm('d/x'),
    tree: {},
  },
  '26 two directories moved into each other: the first move in the log stands (hazard 61)': {
    base: { 'a/x': '1', 'b/y': '2' },
    a: (folder) => folder.mv('a', 'b/a'),
    b: (folder) => folder.mv('b', 'a/b'),
    tree: (first) =>
      first === 'A' ? { b: null, 'b/a': null, 'b/a/x': '1', 'b/y': '2' } : { a: null, 'a/b': null, 'a/b/y': '2', 'a/x': '1' },
  },
  '27 one name taken by a move and by a new file: the later in the log gets a conflict name': {
    base: { x: 'moved' },
    a: (folder) => folder.mv('x', 'n'),
    b: (folder) => folder.write('n', 'new'),
    tree: (first) => ({ n: first === 'A' ? 'moved' : 'new' }),
    copies: ['?'],
  },
  '27 one name taken by two moves: the later in the log gets a conflict name (hazard 64)': {
    base: { x: 'one', y: 'two' },
    a: (folder) => folder.mv('x', 'n'),
    b: (folder) => folder.mv('y', 'n'),
    tree: (first) => ({ n: first === 'A' ? 'one' : 'two' }),
    copies: ['?'],
  },
  '28 moved over a file against that file edited: the moved one has the name, the edit is a copy': {
    base: { a: 'over', b: 'old' },
    a: (folder) => folder.mv('a', 'b'),
    b: (folder) => folder.write('b', 'edited'),
    tree: { b: 'over' },
    copies: ['edited'],
  },
  '29 moved over a file against that file moved away: both': {
    base: { a: 'one', b: 'two' },
    a: (folder) => folder.mv('a', 'b'),
    b: (folder) => folder.mv('b', 'c'),
    tree: { b: 'one', c: 'two' },
  },
  '30 moved over each other: swapped': {
    base: { a: 'one', b: 'two' },
    a: (folder) => folder.mv('a', 'b'),
    b: (folder) => folder.mv('b', 'a'),
    tree: { a: 'two', b: 'one' },
  },
  '31 file became a directory against file edited: the directory has the name, the edit is a copy': {
    base: { x: 'old' },
    a: (folder) => {
      folder.rm('x');
      folder.write('x/in', 'in');
    },
    b: (folder) => folder.write('x', 'edited'),
    tree: { x: null, 'x/in': 'in' },
    copies: ['edited'],
  },
  '32 kind changed against deleted: the new kind': {
    base: { x: 'old' },
    a: (folder) => {
      folder.rm('x');
      folder.mkdir('x');
    },
    b: (folder) => folder.rm('x'),
    tree: { x: null },
  },
  '33 kind changed against moved: the new kind at the old place, the moved one at the new': {
    base: { x: 'old' },
    a: (folder) => {
      folder.rm('x');
      folder.mkdir('x');
    },
    b: (folder) => folder.mv('x', 'y'),
    tree: { x: null, y: 'old' },
  },
  '34 directory became a file against children edited and added: the file has the name, the children live in a copy': {
    base: { 'x/edit': 'old', 'x/gone': 'gone' },
    a: (folder) => {
      folder.rmdir('x');
      folder.write('x', 'file');
    },
    b: (folder) => {
      folder.write('x/edit', 'edited');
      folder.write('x/new', 'new');
    },
    tree: { x: 'file' },
    copies: ['edited', 'new'],
  },
  '35 both became a directory: one directory with the children of both': {
    base: { x: 'old' },
    a: (folder) => {
      folder.rm('x');
      folder.write('x/a', '1');
    },
    b: (folder) => {
      folder.rm('x');
      folder.write('x/b', '2');
    },
    tree: { x: null, 'x/a': '1', 'x/b': '2' },
  },
  '35 both became a file: as two new files': {
    base: { 'x/in': 'old' },
    a: (folder) => {
      folder.rmdir('x');
      folder.write('x', 'from a');
    },
    b: (folder) => {
      folder.rmdir('x');
      folder.write('x', 'from b');
    },
    tree: { x: 'from b' },
    copies: ['from a'],
  },
};

describe.each(['A', 'B'] as const)('decision table, %s comes back first', (first) => {
  it.each(Object.entries(rows))('%s', (_, row) => {
    const { tree, copies, copied } = playRow(row, first);
    expect(tree).toEqual(typeof row.tree === 'function' ? row.tree(first) : row.tree);
    if (row.copies?.[0] === '?') expect(copied).toBe(1);
    else expect(copies).toEqual(row.copies ?? []);
    expect(copied).toBe((row.copies ?? []).length > 0 ? 1 : 0);
  });
});

describe('decision table, rows that are about one side', () => {
  it('36 without a base equal things are adopted, different ones are both kept, nothing is deleted (hazard 81)', () => {
    const world = new PlannerWorld(['A', 'B']);
    const [a, b] = [world.client('A'), world.client('B')];
    makeTree(a.folder, { same: '1', 'd/differs': '2', 'd/only there': '3' });
    world.sync();
    b.loseState();
    b.folder.write('d/differs', 'other');
    b.folder.rm('d/only there');
    b.folder.write('only here', '4');
    const before = world.vault.head;
    world.sync();
    const tree = world.converged();
    expect(tree.filter(({ path }) => !isConflictCopy(path)).map(({ path, text }) => [path, text])).toEqual([
      ['d', ''],
      ['d/differs', 'other'],
      ['d/only there', '3'],
      ['only here', '4'],
      ['same', '1'],
    ]);
    expect(tree.filter(({ path }) => isConflictCopy(path)).map(({ text }) => text)).toEqual(['2']);
    expect(world.vault.commits.slice(before).flat()).toHaveLength(3);
  });

  it('37 what cannot be read waits: nothing is done to it and no directory around it goes (hazard 16)', () => {
    const world = new PlannerWorld(['A', 'B']);
    const [a, b] = [world.client('A'), world.client('B')];
    makeTree(a.folder, { 'd/x': 'old', 'd/y': 'y' });
    world.sync();
    b.folder.deny('d/x');
    b.folder.write('d/x', 'edited unseen');
    b.stale = true;
    a.folder.rmdir('d');
    world.sync();
    expect(b.folder.entries().map(({ path }) => path)).toEqual(['d', 'd/x']);
    const made = b.plan();
    expect([made.commit, made.apply]).toEqual([[], []]);
    expect([...made.blocked.values()]).toEqual(['local-file-not-readable', 'local-file-not-readable']);
    b.folder.allowAll();
    world.sync();
    expect(world.converged().map(({ path, text }) => [path, text])).toEqual([
      ['d', ''],
      ['d/x', 'edited unseen'],
    ]);
  });

  it('38 executable on one side and readable for more on the other: both, no copy', () => {
    const world = new PlannerWorld(['A', 'B']);
    const [a, b] = [world.client('A'), world.client('B')];
    a.folder.write('x', 'text');
    a.folder.chmod('x', 0o600);
    world.sync();
    a.folder.chmod('x', 0o700);
    b.folder.chmod('x', 0o644);
    a.stale = b.stale = true;
    world.sync();
    expect(world.converged().map(({ path, mode }) => [path, mode])).toEqual([['x', 0o744]]);
    expect(b.folder.entries()[0]?.mode).toBe(0o744);
  });
});
