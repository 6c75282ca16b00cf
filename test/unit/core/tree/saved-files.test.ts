import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../../../src/core/base/ids.js';
import { checkLocalTree } from '../../../support/planner-checks.js';
import type { PlannerClient } from '../../../support/planner-client.js';
import { PlannerWorld } from '../../../support/planner-world.js';

describe('a file that is saved by renaming', () => {
  let world: PlannerWorld;
  let a: PlannerClient;
  let b: PlannerClient;
  let file: NodeId | undefined;

  beforeEach(() => {
    world = new PlannerWorld(['A', 'B']);
    [a, b] = [world.client('A'), world.client('B')];
    a.folder.write('d/f', 'old');
    a.folder.write('d/other', 'other');
    world.sync();
    file = a.trees.local.nodeAt('d/f');
  });

  /** One look of the daemon, with all that follows from it. */
  function look(client: PlannerClient): void {
    client.stale = true;
    client.cycle();
    checkLocalTree(client);
  }

  const node = (path: string): NodeId | undefined => a.trees.local.nodeAt(path);

  for (const backup of ['f~', 'f.bak', '~WRL0002.tmp', 'f.osl-tmp'])
    it(`is the one with the name while the old one is kept as ${backup}, and afterwards`, () => {
      a.folder.mv('d/f', `d/${backup}`);
      a.folder.write('d/f', 'new');
      look(a);
      expect(node('d/f')).toBe(file);
      expect(node(`d/${backup}`)).not.toBe(file);
      a.folder.rm(`d/${backup}`);
      look(a);
      expect(node('d/f')).toBe(file);
      world.sync();
      expect(world.converged().map(({ path, text }) => `${path} ${text}`)).toEqual(['d ', 'd/f new', 'd/other other']);
    });

  for (const temporary of ['.goutputstream-A1', 'lu1.tmp', 'sedAbC12z'])
    it(`stays the same when ${temporary}, which was seen and synced before, is put over it`, () => {
      a.folder.write(`d/${temporary}`, 'new');
      look(a);
      a.folder.mv(`d/${temporary}`, 'd/f');
      look(a);
      expect(node('d/f')).toBe(file);
      world.sync();
      expect(world.converged().map(({ path, text }) => `${path} ${text}`)).toEqual(['d ', 'd/f new', 'd/other other']);
    });

  it('stays the same when a file of any name that was never synced is put over it', () => {
    b.online = false;
    a.folder.write('d/whatever', 'new');
    a.observe();
    a.folder.mv('d/whatever', 'd/f');
    look(a);
    expect(node('d/f')).toBe(file);
  });

  it('goes where another device moves it, with what was saved', () => {
    a.folder.mv('d/f', 'd/f~');
    a.folder.write('d/f', 'new');
    b.folder.mv('d/f', 'g');
    a.stale = b.stale = true;
    world.sync([b, a]);
    expect(world.converged().map(({ path, text }) => `${path} ${text}`)).toEqual(['d ', 'd/f~ old', 'd/other other', 'g new']);
  });

  it('is another one when a synced file is put over it, or when it was moved for good', () => {
    const other = node('d/other');
    a.folder.mv('d/other', 'd/f');
    look(a);
    expect(node('d/f')).toBe(other);
    a.folder.mv('d/f', 'd/g');
    a.folder.write('d/f', 'another');
    look(a);
    expect(node('d/g')).toBe(other);
    expect(node('d/f')).not.toBe(other);
  });
});
