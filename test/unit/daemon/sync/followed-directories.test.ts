import { beforeEach, describe, expect, it } from 'vitest';
import type { FolderWatcher } from '../../../../src/daemon/ports.js';
import { FollowedDirectories } from '../../../../src/daemon/sync/followed-directories.js';
import type { PlannerClient } from '../../../support/planner-client.js';
import { PlannerWorld } from '../../../support/planner-world.js';

describe('followed directories', () => {
  let b: PlannerClient;
  let followed: FollowedDirectories;
  const watched: string[] = [];
  const watcher: FolderWatcher = {
    onHint: () => undefined,
    follow: (directories) => watched.push(...directories),
    unfollow: () => undefined,
    degraded: () => null,
    unwatchedSubtrees: () => [],
    close: () => Promise.resolve(),
  };

  beforeEach(() => {
    watched.length = 0;
    const world = new PlannerWorld(['A', 'B']);
    const a = world.client('A');
    b = world.client('B');
    a.folder.write('d/s/f', 'f');
    a.folder.write('k', 'k');
    world.sync();
    followed = new FollowedDirectories(watcher, () => undefined);
  });

  const nodeAt = (path: string) => b.trees.local.nodeAt(path) ?? expect.fail(`nothing at ${path}`);

  it('are those of the last session at first', () => {
    followed.start(b.trees.local);
    expect(watched.sort()).toEqual(['', 'd', 'd/s']);
  });

  it('are also those that this device makes itself, with what is below', () => {
    followed.start(b.trees.local);
    watched.length = 0;
    b.folder.mv('d', 'e');
    b.observe();
    followed.place([nodeAt('e'), nodeAt('k')]);
    expect(watched.sort()).toEqual(['e', 'e/s']);
    watched.length = 0;
    followed.place([nodeAt('e')]);
    expect(watched).toEqual([]);
  });
});
