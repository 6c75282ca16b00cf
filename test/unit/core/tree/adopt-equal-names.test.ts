import { describe, expect, it } from 'vitest';
import { adoptEqualNames } from '../../../../src/core/tree/adopt-equal-names.js';
import type { FakeFolder } from '../../../support/fake-folder.js';
import type { PlannerClient } from '../../../support/planner-client.js';
import { PlannerWorld } from '../../../support/planner-world.js';

/** Device A has put `theirs` on the server; device B has `ours` in its folder and has just heard of it. */
function meet(
  theirs: (client: PlannerClient) => void,
  ours: (client: PlannerClient) => void,
): { a: PlannerClient; b: PlannerClient; adopted: number } {
  const world = new PlannerWorld(['A', 'B']);
  const [a, b] = [world.client('A'), world.client('B')];
  theirs(a);
  a.cycle();
  ours(b);
  b.observe();
  b.pull();
  const { base, local, remote } = b.trees;
  return { a, b, adopted: adoptEqualNames(base, local, remote).adopted.size };
}

const node = (client: PlannerClient, path: string): string | undefined => client.trees.local.nodeAt(path);

describe('adoptEqualNames', () => {
  it('takes a new file for the server’s file of that name, whatever it holds', () => {
    const { a, b, adopted } = meet(
      ({ folder }) => folder.write('x', '1'),
      ({ folder }) => folder.write('x', '2'),
    );
    expect(adopted).toBe(1);
    expect(node(b, 'x')).toBe(node(a, 'x'));
  });

  it('goes down into directories that it adopted', () => {
    const { a, b, adopted } = meet(
      ({ folder }) => folder.write('d/s/x', '1'),
      ({ folder }) => {
        folder.write('d/s/x', '1');
        folder.write('d/s/own', '2');
      },
    );
    expect(adopted).toBe(3);
    expect(node(b, 'd/s/x')).toBe(node(a, 'd/s/x'));
    expect(b.trees.local.pathOf(b.trees.local.nodeAt('d/s/own') ?? b.trees.local.nodeAt('') ?? ('' as never))).toBe('d/s/own');
  });

  it('hazard 27: compares names in NFC and keeps the spelling on disk', () => {
    const { a, b } = meet(
      ({ folder }) => folder.write('\u00f1', '1'),
      ({ folder }) => folder.write('n\u0303', '1'),
    );
    expect(node(b, 'n\u0303')).toBe(node(a, '\u00f1'));
  });

  it('does not take a file for a directory or a link', () => {
    const { adopted } = meet(
      ({ folder }) => {
        folder.mkdir('x');
        folder.symlink('y', 'x');
      },
      ({ folder }) => {
        folder.write('x', '1');
        folder.write('y', '1');
      },
    );
    expect(adopted).toBe(0);
  });

  it('does not give a node that the server knows to another one', () => {
    const world = new PlannerWorld(['A', 'B']);
    const [a, b] = [world.client('A'), world.client('B')];
    a.folder.write('x', '1');
    world.sync();
    a.folder.write('n', 'new');
    a.cycle();
    b.folder.mv('x', 'n');
    b.observe();
    b.pull();
    expect(adoptEqualNames(b.trees.base, b.trees.local, b.trees.remote).adopted.size).toBe(0);
  });

  /** B dies between putting the server's new file in the place of one that was deleted there, and noting it. */
  function afterAStopBetweenPlacingAndRecording(content: string): { world: PlannerWorld; adopted: number } {
    const world = new PlannerWorld(['A', 'B']);
    const [a, b] = [world.client('A'), world.client('B')];
    a.folder.write('x', 'old');
    world.sync();
    a.folder.rm('x');
    a.cycle();
    a.folder.write('x', 'new');
    a.cycle();
    b.folder.rm('x');
    b.folder.write('x', content);
    b.observe();
    b.pull();
    const { base, local, remote } = b.trees;
    return { world, adopted: adoptEqualNames(base, local, remote).adopted.size };
  }

  it('takes what stands for a node that the server deleted for the one that has its name there now, when it holds the same', () => {
    const { world, adopted } = afterAStopBetweenPlacingAndRecording('new');
    expect(adopted).toBe(1);
    expect(node(world.client('B'), 'x')).toBe(node(world.client('A'), 'x'));
    world.sync();
    expect(world.converged().map(({ path }) => path)).toEqual(['x']);
  });

  it('leaves what a user wrote there to the merge', () => {
    const { world, adopted } = afterAStopBetweenPlacingAndRecording('mine');
    expect(adopted).toBe(0);
    world.sync();
    expect(world.converged()).toHaveLength(2);
  });

  type Work = (folder: FakeFolder) => void;

  /** What becomes of d/x, which was in sync: A has sent its works one by one before B, which has seen its own one by one, hears of them. */
  function afterwards(works: { readonly a: readonly Work[]; readonly b: readonly Work[] }): readonly string[] {
    const world = new PlannerWorld(['A', 'B']);
    const [a, b] = [world.client('A'), world.client('B')];
    a.folder.write('d/x', '1');
    world.sync();
    a.stale = b.stale = true;
    for (const work of works.a) {
      work(a.folder);
      a.cycle();
    }
    for (const work of works.b) {
      work(b.folder);
      b.observe();
    }
    world.sync();
    return world.converged().map(({ path }) => path);
  }

  const removed: Work = (folder) => folder.rmdir('d');
  const madeAgain: Work = (folder) => folder.mkdir('d');

  it('takes a new directory for the one that was moved to its name: what went with that one comes back', () => {
    expect(afterwards({ a: [(folder) => folder.mv('d', 'e')], b: [removed, (folder) => folder.mkdir('e')] })).toEqual(['e', 'e/x']);
  });

  it('takes a new directory for the one that still has its name: what went with that one is deleted', () => {
    expect(afterwards({ a: [(folder) => folder.chmod('d', 0o700)], b: [removed, madeAgain] })).toEqual(['d']);
  });

  it('takes a directory that was moved and deleted for the new one of its name: what is in it stays', () => {
    expect(afterwards({ a: [removed, (folder) => folder.mkdir('e')], b: [(folder) => folder.mv('d', 'e')] })).toEqual(['e', 'e/x']);
  });

  it('does not take a directory that was only deleted for the new one of its name: what is in it goes', () => {
    expect(afterwards({ a: [removed, madeAgain], b: [] })).toEqual(['d']);
  });

  /** In sync on both devices. */
  function inSync(files: readonly string[]): { world: PlannerWorld; a: PlannerClient; b: PlannerClient } {
    const world = new PlannerWorld(['A', 'B']);
    const [a, b] = [world.client('A'), world.client('B')];
    for (const path of files) a.folder.write(path, path);
    world.sync();
    return { world, a, b };
  }

  const files = (world: PlannerWorld): readonly string[] => world.converged().flatMap(({ path, kind }) => (kind === 'file' ? [path] : []));

  it('takes a directory for the one that was made at its place after it was deleted; what is in it has not moved', () => {
    const { world, a, b } = inSync(['d/edited', 'd/gone']);
    a.folder.rmdir('d');
    a.cycle();
    a.folder.write('d/new', '1');
    a.cycle();
    b.folder.write('d/edited', '2');
    b.observe();
    b.pull();
    b.plan();
    expect(node(b, 'd')).toBe(node(a, 'd'));
    b.restart();
    world.sync();
    expect(files(world)).toEqual(['d/edited', 'd/new']);
  });

  it('takes a directory that is made anew here for the one that the server still has there', () => {
    const { world, a, b } = inSync(['d/edited', 'd/gone']);
    a.folder.write('d/edited', '2');
    a.cycle();
    b.folder.rmdir('d');
    b.observe();
    b.folder.write('d/new', '1');
    b.observe();
    b.pull();
    b.plan();
    expect(node(b, 'd')).toBe(node(a, 'd'));
    world.sync();
    expect(files(world)).toEqual(['d/edited', 'd/new']);
  });

  it('does not take a directory for one that was moved to its name', () => {
    const { a, b } = inSync(['d/1', 'e/2']);
    a.folder.rmdir('d');
    a.cycle();
    a.folder.mv('e', 'd');
    a.cycle();
    b.folder.write('d/1', 'edited');
    b.folder.rmdir('e');
    b.observe();
    b.pull();
    expect(adoptEqualNames(b.trees.base, b.trees.local, b.trees.remote).adopted.size).toBe(0);
  });

  it('adopts nothing twice', () => {
    const { b } = meet(
      ({ folder }) => folder.write('x', '1'),
      ({ folder }) => folder.write('x', '2'),
    );
    expect(adoptEqualNames(b.trees.base, b.trees.local, b.trees.remote).adopted.size).toBe(0);
  });
});
