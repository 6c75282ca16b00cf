/**
 * Properties of a single planning run, on random trees: one tree in sync, changed by the users of two
 * devices that are offline, and what the second device plans once it has heard of the first.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { NodeId } from '../../src/core/base/ids.js';
import type { ApplyOp, Plan } from '../../src/core/plan/operation.js';
import { orderApply } from '../../src/core/plan/order-apply.js';
import { plan } from '../../src/core/plan/plan.js';
import type { FileContent } from '../../src/core/tree/node.js';
import { isConflictCopy } from '../scenario/conflict-names.js';
import type { PlannerClient } from '../support/planner-client.js';
import { showStep } from '../support/fake-steps.js';
import { PlannerWorld } from '../support/planner-world.js';
import { propertyOptions, propertyTimeoutMs } from '../support/property-options.js';
import type { Scene, Trees } from '../support/planner-scene.js';
import { reordered, scene, trees } from '../support/planner-scene.js';
import { act, Ledger } from '../support/random-user.js';

vi.setConfig({ testTimeout: propertyTimeoutMs() });

function check(name: string, arbitrary: fc.Arbitrary<Trees>, holds: (scene: Scene, made: Trees) => void): void {
  it(name, () => {
    fc.assert(
      fc.property(arbitrary, (made) => {
        holds(scene(made), made);
      }),
      propertyOptions(150),
    );
  });
}

const MOVES = ['move', 'move-directory', 'swap'] as const;
const applyOps = (made: Plan, op: ApplyOp['op']): readonly ApplyOp[] => made.apply.filter((candidate) => candidate.op === op);

describe('planner', () => {
  check('P1: gives the same plan for the same trees, in whatever order they are stored', trees(), ({ here }) => {
    here.plan();
    const context = here.context();
    const { base, local, remote } = here.trees;
    const first = plan({ base, local, remote, context });
    expect(plan({ base, local, remote, context })).toEqual(first);
    expect(plan({ ...reordered(here), context })).toEqual(first);
  });

  check('P2, P3: comes to an end quickly, and then has nothing left', trees(), ({ world, there, here }) => {
    const bound = 4 * (world.vault.nodes.size + here.trees.local.size) + 10;
    let rounds = 0;
    for (; rounds <= bound; rounds += 1) {
      const made = here.plan();
      if (here.commit(made) === 0 && here.apply(made) === 0) break;
    }
    expect(rounds).toBeLessThanOrEqual(bound);
    there.cycle();
    world.converged();
    const made = here.plan();
    expect([made.commit, made.apply, made.settle, made.agreed, made.equal, made.overruled, [...made.blocked]]).toEqual([
      [],
      [],
      [],
      [],
      [],
      [],
      [],
    ]);
  });

  check(
    'P5, P8: after every single operation the tree is whole, and what cannot be read stays as it is',
    trees(),
    ({ world, there, here }) => {
      for (const { path } of here.folder.entries().slice(0, 2)) here.folder.deny(path);
      here.observe();
      // The vault throws for a tree that is not whole, the client for an operation on what cannot be read.
      const singly = { pick: () => 1 };
      here.commit(here.plan(), singly);
      here.apply(here.plan(), singly);
      here.folder.allowAll();
      here.stale = true;
      here.cycle(singly);
      there.cycle(singly);
      world.sync();
      world.converged();
    },
  );

  check('P4: the order in which operations are handed over does not matter', trees(), ({ here }) => {
    const { apply } = here.plan();
    const steps = (ops: readonly ApplyOp[]): readonly string[] => orderApply(ops, here.trees.local).steps.map(showStep);
    expect(steps([...apply].reverse())).toEqual(steps(apply));
  });

  check(
    'P9: what only the other side changed is never committed',
    trees().map((made) => ({ ...made, here: [] })),
    ({ here }) => {
      expect(here.plan().commit).toEqual([]);
    },
  );

  check(
    'P9: what only this side changed is never done to the folder',
    trees().map((made) => ({ ...made, there: [] })),
    ({ here }) => {
      const made = here.plan();
      expect(made.apply).toEqual([]);
      expect(made.commit.filter(({ facets }) => facets.conflict !== null)).toEqual([]);
    },
  );

  check('P11: moves are moves: no content travels, no node is made or removed', trees(MOVES), ({ world, here, there }) => {
    const nodes = world.vault.nodes.size;
    const made = here.plan();
    expect(made.commit.filter((op) => op.needsUpload || op.facets.deleted)).toEqual([]);
    expect(made.apply.filter(({ op }) => op !== 'move')).toEqual([]);
    here.cycle();
    there.cycle();
    expect(world.converged()).toHaveLength(nodes);
  });

  check(
    'P12: one copy for each file that both edited, and none besides',
    trees(['edit', 'save', 'chmod', 'touch']),
    ({ world, there, here }) => {
      const { base, local, remote } = here.trees;
      const wasEdited = (node: NodeId, content: FileContent | null | undefined): boolean =>
        base.get(node)?.state.content?.id !== content?.id;
      const both = [...local.values()].filter(
        ({ node, content }) => wasEdited(node, content) && wasEdited(node, (remote.get(node) ?? base.get(node)?.state)?.content),
      );
      world.sync([here, there]);
      expect(world.converged().filter(({ path }) => isConflictCopy(path))).toHaveLength(both.length);
    },
  );

  check('P13: without a base nothing is deleted', trees(), ({ here }) => {
    here.loseState();
    here.observe();
    here.pull();
    const made = here.plan();
    expect(applyOps(made, 'remove')).toEqual([]);
    expect(made.commit.filter(({ facets }) => facets.deleted)).toEqual([]);
  });

  it('never sees a conflict in work in different directories', () => {
    fc.assert(fc.property(trees(), workApart), propertyOptions(150));
  });
});

function workApart({ setUp: first, there, here }: Trees): void {
  const world = new PlannerWorld(['A', 'B']);
  const [a, b] = [world.client('A'), world.client('B')];
  const ledger = new Ledger();
  for (const within of ['left', 'right']) for (const action of first) act(a, { ...action, within }, ledger);
  world.sync();
  for (const action of there) act(a, { ...action, within: 'left' }, ledger);
  for (const action of here) act(b, { ...action, within: 'right' }, ledger);
  const wanted = [...inside(a, 'left'), ...inside(b, 'right')];
  world.sync();
  world.converged();
  expect([...inside(a, 'left'), ...inside(a, 'right')]).toEqual(wanted);
}

function inside({ folder }: PlannerClient, directory: string): readonly string[] {
  return folder.entries().flatMap(({ path, text }) => (path.startsWith(`${directory}/`) ? [`${path.normalize('NFC')} ${text}`] : []));
}
