import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../../src/core/base/ids.js';
import { ROOT_NODE } from '../../../../src/core/base/ids.js';
import type { ApplyOp, MergedFacets } from '../../../../src/core/plan/operation.js';
import { orderApply } from '../../../../src/core/plan/order-apply.js';
import { LocalTree } from '../../../../src/core/tree/local-tree.js';
import type { NodeKind } from '../../../../src/core/tree/node.js';
import { fakeContent, fakeNodeId } from '../../../support/fake-vault.js';
import { showStep } from '../../../support/fake-steps.js';

/** A folder by paths; a trailing slash makes a directory. Nodes are named by their path at the start. */
function folder(...paths: string[]): LocalTree {
  return fill(new LocalTree(), paths);
}

function fill(local: LocalTree, paths: readonly string[]): LocalTree {
  paths.forEach((path, index) => {
    const kind: NodeKind = path.endsWith('/') ? 'directory' : 'file';
    const plain = path.replace(/\/$/, '');
    const number = String(index + 1);
    const fingerprint = { size: 0, mtimeNs: '0', ctimeNs: '0', birthtimeNs: number, dev: '1', ino: number, nlink: 1, mode: 0o644 };
    local.set({
      ...slot(plain),
      node: id(plain),
      kind,
      status: 'present',
      mode: 0o644,
      mtimeMs: 0,
      content: null,
      target: null,
      fingerprint,
      verifiedAtMs: 0,
    });
  });
  return local;
}

function slot(path: string): { parent: NodeId; diskName: string } {
  const cut = path.lastIndexOf('/');
  return { parent: cut < 0 ? ROOT_NODE : id(path.slice(0, cut)), diskName: path.slice(cut + 1) };
}

function id(path: string): NodeId {
  return path === '' ? ROOT_NODE : fakeNodeId(path);
}

function facets(parent: string, name: string, kind: NodeKind = 'file'): MergedFacets {
  const content = kind === 'file' ? fakeContent(name) : null;
  return { parent: id(parent), name, kind, deleted: false, mode: 0o644, mtimeMs: 0, content, target: null, conflict: null };
}

const move = (node: string, parent: string, name: string): ApplyOp => ({ op: 'move', node: id(node), facets: facets(parent, name) });
const create = (node: string, parent: string, name: string, kind: NodeKind = 'file'): ApplyOp => ({
  op: 'create',
  node: id(node),
  facets: facets(parent, name, kind),
});
const remove = (node: string): ApplyOp => ({ op: 'remove', node: id(node) });

function order(local: LocalTree, ...ops: ApplyOp[]): readonly string[] {
  const { steps, waiting } = orderApply(ops, local);
  const shuffled = orderApply([...ops].reverse(), local);
  expect(shuffled.steps.map(showStep)).toEqual(steps.map(showStep));
  return [...steps.map(showStep), ...waiting.map(({ op, reason }) => `waiting: ${op.op} ${reason}`)];
}

describe('orderApply', () => {
  it('hazard 39: makes directories before what goes into them', () => {
    expect(order(folder(), create('d/s/x', 'd/s', 'x'), create('d/s', 'd', 's', 'directory'), create('d', '', 'd', 'directory'))).toEqual([
      'create d',
      'create d/s',
      'create d/s/x',
    ]);
  });

  it('hazard 39: moves out of a directory before it removes it, bottom up', () => {
    const local = folder('d/', 'd/s/', 'd/s/x', 'd/y');
    expect(order(local, remove('d'), remove('d/s'), remove('d/y'), move('d/s/x', '', 'x'))).toEqual([
      'move d/s/x -> x',
      'remove d/y',
      'remove d/s',
      'remove d',
    ]);
  });

  it('gives later steps the paths that earlier ones made', () => {
    const local = folder('d/', 'd/x');
    const replace: ApplyOp = { op: 'replace', node: id('d/x'), facets: facets('d', 'x') };
    expect(order(local, replace, move('d', '', 'e'))).toEqual(['move d -> e', 'replace e/x']);
  });

  it('frees a name before it is taken', () => {
    expect(order(folder('a', 'b'), move('a', '', 'b'), move('b', '', 'c'))).toEqual(['move b -> c', 'move a -> b']);
    expect(order(folder('a', 'b'), move('a', '', 'b'), remove('b'))).toEqual(['remove b', 'move a -> b']);
    expect(order(folder('a'), create('new', '', 'a', 'directory'), remove('a'))).toEqual(['remove a', 'create a']);
  });

  it('hazard 40: swaps two names with one node aside', () => {
    const steps = order(folder('a', 'b'), move('a', '', 'b'), move('b', '', 'a'));
    expect(steps).toHaveLength(3);
    expect(steps[0]).toMatch(/^park/);
    expect(steps[2]).toMatch(/^unpark/);
  });

  it('hazard 40: rotates many names with one node aside', () => {
    const names = Array.from({ length: 50 }, (_, index) => `f${String(index)}`);
    const ops = names.map((name, index) => move(name, '', names[(index + 1) % names.length] ?? ''));
    const steps = order(folder(...names), ...ops);
    expect(steps.filter((step) => step.startsWith('park'))).toHaveLength(1);
    expect(steps).toHaveLength(names.length + 1);
  });

  it('turns a hierarchy inside out', () => {
    expect(order(folder('a/', 'a/b/', 'a/b/c/'), move('a', 'a/b', 'a'), move('a/b', 'a/b/c', 'b'), move('a/b/c', '', 'c'))).toEqual([
      'move a/b/c -> c',
      'move a/b -> c/b',
      'move a -> c/b/a',
    ]);
  });

  it('turns a hierarchy inside out in which the names are the same', () => {
    const steps = order(folder('x/', 'x/x/', 'x/x/f'), move('x', 'x/x', 'x'), move('x/x', '', 'x'));
    expect(steps.filter((step) => step.startsWith('waiting'))).toEqual([]);
    expect(steps.at(-1)).toMatch(/x\/x$/);
  });

  it('turns a hierarchy inside out around a directory that stays where it is', () => {
    const steps = order(folder('a/', 'a/stays/', 'a/stays/b/'), move('a', 'a/stays/b', 'x'), move('a/stays/b', '', 'a'));
    expect(steps.filter((step) => step.startsWith('waiting'))).toEqual([]);
    expect(steps.at(-1)).toBe('unpark a/x');
  });

  it('lets a child take the name of its removed directory', () => {
    const steps = order(folder('d/', 'd/x'), move('d/x', '', 'd'), remove('d'));
    expect(steps).toEqual(['park d/x', 'remove d', 'unpark d']);
  });

  it('moves a child into a new directory that takes the old one’s name', () => {
    const steps = order(folder('d/', 'd/x'), create('new', '', 'd', 'directory'), move('d/x', 'new', 'x'), remove('d'));
    expect(steps).toEqual(['park d/x', 'remove d', 'create d', 'unpark d/x']);
  });

  it('swaps directories whose children move between them', () => {
    const local = folder('a/', 'a/x', 'b/', 'b/y');
    const steps = order(local, move('a', '', 'b'), move('b', '', 'a'), move('a/x', 'b', 'y'), move('b/y', 'a', 'x'));
    expect(steps.filter((step) => step.startsWith('waiting'))).toEqual([]);
    expect(steps.filter((step) => step.startsWith('park')).length).toBe(steps.filter((step) => step.startsWith('unpark')).length);
  });

  it('frees a name that is spelled in another Unicode form first', () => {
    expect(order(folder('n\u0303', 'a'), move('a', '', '\u00f1'), move('n\u0303', '', 'b'))).toEqual([
      'move n\u0303 -> b',
      'move a -> \u00f1',
    ]);
    expect(order(folder('n\u0303', 'a'), move('a', '', '\u00f1'))).toEqual(['waiting: move name-taken']);
  });
});

describe('orderApply, what has to wait', () => {
  it('waits for a hidden file in the way and for a parent that is not there', () => {
    const local = folder('d/');
    local.setUntracked(ROOT_NODE, new Map([['x', 'ignored']]));
    expect(order(local, create('x', '', 'x'), create('y', 'nowhere', 'y'))).toEqual([
      'waiting: create untracked-in-the-way',
      'waiting: create parent-missing',
    ]);
  });

  it('hazard 18: does not remove a directory with hidden or unplanned things in it', () => {
    const local = folder('d/', 'e/', 'e/x');
    local.setUntracked(id('d'), new Map([['x', 'ignored']]));
    expect(order(local, remove('d'), remove('e')).toSorted()).toEqual([
      'waiting: remove holds-untracked-files',
      'waiting: remove not-empty',
    ]);
  });

  it('leaves nothing aside when a ring cannot be closed', () => {
    const local = folder('a', 'b', 'c/');
    local.setUntracked(id('c'), new Map([['x', 'ignored']]));
    const steps = order(local, move('a', '', 'b'), move('b', '', 'c'), remove('c'));
    expect(steps.filter((step) => !step.startsWith('waiting'))).toEqual([]);
  });

  it('does everything else when a ring is given up', () => {
    const local = folder('a', '\u00f1');
    local.setUntracked(ROOT_NODE, new Map([['n\u0303', 'same-name-in-other-unicode-form']]));
    expect(order(local, move('a', '', '\u00f1'), move('\u00f1', '', 'a'), create('n', '', 'n'))).toEqual([
      'create n',
      'waiting: move untracked-in-the-way',
      'waiting: move name-taken',
    ]);
  });

  it('hazards 25, 26: on a disk that ignores case, one name takes the place of another, but not of itself', () => {
    const ignoring = (): LocalTree => fill(new LocalTree({ ignoresCase: true, keepsModes: true }), ['README', 'd/']);
    expect(order(ignoring(), create('readme', '', 'readme'), create('x', 'd', 'README'))).toEqual([
      'create d/README',
      'waiting: create same-name-but-for-case',
    ]);
    expect(order(ignoring(), create('readme', '', 'readme'), move('README', 'd', 'README'))).toEqual([
      'move README -> d/README',
      'create readme',
    ]);
    expect(order(ignoring(), move('README', '', 'Readme'))).toEqual(['move README -> Readme']);
    expect(order(folder('README'), create('readme', '', 'readme'))).toEqual(['create readme']);
  });

  it('never moves a directory into itself', () => {
    expect(order(folder('a/', 'a/b/'), move('a', 'a/b', 'a'))).toEqual(['waiting: move inside-itself']);
  });
});
