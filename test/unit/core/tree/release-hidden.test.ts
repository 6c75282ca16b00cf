import { describe, expect, it } from 'vitest';
import { forgetHidden } from '../../../../src/core/tree/release-hidden.js';
import type { NodeId } from '../../../../src/core/base/ids.js';
import type { PlannerClient } from '../../../support/planner-client.js';
import { PlannerWorld } from '../../../support/planner-world.js';

/** Two devices with the same files; what B hides, A moves about. */
function start(files: Readonly<Record<string, string>>): { world: PlannerWorld; a: PlannerClient; b: PlannerClient } {
  const world = new PlannerWorld(['A', 'B']);
  const [a, b] = [world.client('A'), world.client('B')];
  for (const [path, text] of Object.entries(files)) a.folder.write(path, text);
  world.sync();
  return { world, a, b };
}

function paths({ folder }: PlannerClient): readonly string[] {
  return folder.entries().map(({ path, text }) => (text === '' ? path : `${path} = ${text}`));
}

describe('releaseHidden', () => {
  it('hazards 23, 90: what another device moves into sight comes, and what is hidden here stays as it is', () => {
    const { world, a, b } = start({ 'd/x': '1', 'd/y': '2' });
    b.folder.hidden.add('d');
    b.folder.write('d/x', 'mine');
    b.cycle();
    a.folder.mv('d/x', 'x');
    a.cycle();
    b.cycle();
    expect(paths(b)).toEqual(['d', 'd/x = mine', 'd/y = 2', 'x = 1']);
    b.folder.hidden.clear();
    world.sync();
    expect(paths(a)).toEqual(['d', 'd/x = mine', 'd/y = 2', 'x = 1']);
  });

  it('brings a renamed directory with all that is in it', () => {
    const { a, b } = start({ 'd/s/x': '1', 'd/y': '2' });
    b.folder.hidden.add('d');
    b.cycle();
    a.folder.mv('d', 'e');
    a.folder.write('e/new', '3');
    a.cycle();
    b.cycle();
    expect(paths(b)).toEqual(['d', 'd/s', 'd/s/x = 1', 'd/y = 2', 'e', 'e/new = 3', 'e/s', 'e/s/x = 1', 'e/y = 2']);
  });

  it('also after a restart in between', () => {
    const { a, b } = start({ 'd/x': '1' });
    b.folder.hidden.add('d');
    b.cycle();
    a.folder.mv('d/x', 'x');
    a.cycle();
    b.observe();
    b.pull();
    b.plan();
    b.restart();
    b.cycle();
    expect(paths(b)).toEqual(['d', 'd/x = 1', 'x = 1']);
  });

  it('hazard 20: brings what moves away from a name that a mount point has here', () => {
    const { a, b } = start({ 'd/x': '1', k: 'k' });
    b.folder.problems.set('d', 'other-filesystem');
    b.cycle();
    a.folder.mv('d', 'e');
    a.cycle();
    b.cycle();
    expect(paths(b)).toEqual(['d', 'd/x = 1', 'e', 'e/x = 1', 'k = k']);
  });

  it('leaves alone what moves about among what is hidden', () => {
    const { world, a, b } = start({ 'd/x': '1', 'e/y': '2' });
    b.folder.hidden.add('d').add('e');
    b.cycle();
    a.folder.mv('d/x', 'e/x');
    a.folder.write('e/y', 'edited');
    a.cycle();
    b.cycle();
    expect(paths(b)).toEqual(['d', 'd/x = 1', 'e', 'e/y = 2']);
    b.folder.hidden.clear();
    world.sync();
    expect(paths(b)).toEqual(['d', 'e', 'e/x = 1', 'e/y = edited']);
  });
});

describe('forgetHidden', () => {
  /** B hides `d`, in which all these files are in sync. */
  function hiding(files: Readonly<Record<string, string>>): PlannerClient {
    const { b } = start(files);
    b.folder.hidden.add('d');
    b.cycle();
    return b;
  }

  function nodeAt({ trees: { local } }: PlannerClient, path: string): NodeId {
    const found = [...local.values()].find(({ node }) => local.pathOf(node) === path);
    if (found === undefined) throw new Error(`nothing at ${path}`);
    return found.node;
  }

  it('takes out what is there only as hidden, a directory after what is in it', () => {
    const b = hiding({ 'd/s/x': '1', k: 'k' });
    forgetHidden(
      b.trees.local,
      ['d', 'd/s', 'd/s/x'].map((path) => nodeAt(b, path)),
    );
    expect([...b.trees.local.values()].map(({ node }) => b.trees.local.pathOf(node))).toEqual(['k']);
  });

  it('leaves what is in sight, and a directory that holds another hidden node', () => {
    const b = hiding({ 'd/x': '1', 'd/y': '2', k: 'k' });
    forgetHidden(
      b.trees.local,
      ['d', 'd/x', 'k'].map((path) => nodeAt(b, path)),
    );
    const left = [...b.trees.local.values()].map(({ node }) => b.trees.local.pathOf(node));
    expect(new Set(left)).toEqual(new Set(['d', 'd/y', 'k']));
  });
});
