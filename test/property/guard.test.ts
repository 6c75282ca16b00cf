/** P14: once too much would be deleted or rewritten, a plan takes nothing away on either side, and still adds what it can. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Destruction, GuardInput } from '../../src/core/plan/guard.js';
import { destructions, guardPlan } from '../../src/core/plan/guard.js';
import type { ApplyOp, CommitOp, Plan } from '../../src/core/plan/operation.js';
import type { PlannerClient } from '../support/planner-client.js';
import type { Scene, Trees } from '../support/planner-scene.js';
import { scene, trees } from '../support/planner-scene.js';
import { propertyOptions, propertyTimeoutMs } from '../support/property-options.js';

vi.setConfig({ testTimeout: propertyTimeoutMs() });

const limits = fc.record({ files: fc.nat(3), percent: fc.constantFrom(0, 30, 50, 100) });
const NONE = { server: 0, folder: 0 } as const;
const MOVES = ['move', 'move-directory', 'swap', 'create', 'mkdir'] as const;

function input({ trees: { base, local, remote } }: PlannerClient, change: Partial<GuardInput> = {}): GuardInput {
  return { base, local, remote, limits: { files: 0, percent: 0 }, approved: new Set(), recent: NONE, emptied: new Set(), ...change };
}

function counted(changes: readonly Destruction[], side: Destruction['side']): number {
  return changes.filter((change) => change.side === side && change.counts).length;
}

/** The text of every live file, on the server and in the folder of the device that plans. */
function texts({ world, here }: Scene): { readonly server: readonly string[]; readonly folder: readonly string[] } {
  const live = [...world.vault.nodes.values()].filter(({ deleted, kind }) => !deleted && kind !== 'directory');
  return {
    server: live.map(({ content, target }) => content?.id ?? target ?? '').sort(),
    folder: here.folder
      .entries()
      .filter(({ kind }) => kind !== 'directory')
      .map(({ text }) => text)
      .sort(),
  };
}

/** What is in `before` and, as often, not in `after`. */
function missing(before: readonly string[], after: readonly string[]): readonly string[] {
  const left = [...after];
  return before.filter((text) => {
    const at = left.indexOf(text);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function onlyAdds({ commit, apply }: Plan): readonly (ApplyOp | CommitOp)[] {
  return [...apply.filter(({ op }) => op === 'create'), ...commit.filter(({ facets, after }) => !facets.deleted && after.length === 0)];
}

describe('guard', () => {
  const check = (name: string, made: fc.Arbitrary<Trees>, holds: (of: Scene, limit: GuardInput['limits']) => void): void => {
    it(name, () => {
      fc.assert(
        fc.property(made, limits, (one, limit) => {
          holds(scene(one), limit);
        }),
        propertyOptions(400),
      );
    });
  };

  check('P14: what is over the limits is held back, and then nothing is taken away anywhere', trees(), (of, limit) => {
    const { here } = of;
    const made = here.plan();
    const all = destructions(made, here.trees);
    const files = [...here.trees.base.values()].filter(({ state }) => state.kind !== 'directory').length;
    const isOver = (side: Destruction['side']): boolean =>
      counted(all, side) > limit.files && counted(all, side) > (limit.percent / 100) * files;
    const isEmptied =
      here.folder.entries().length === 0 &&
      here.trees.base.size > 1 &&
      all.some(({ side, change }) => side === 'server' && change === 'deleted');
    const { plan, held } = guardPlan(made, input(here, { limits: limit }));
    if (!isEmptied) expect(held !== null).toBe(isOver('server') || isOver('folder'));
    if (held === null) {
      expect(plan).toBe(made);
      return;
    }
    expect(held.changes).toEqual(all);
    const before = texts(of);
    here.commit(plan);
    here.apply(plan);
    const after = texts(of);
    expect(missing(before.server, after.server)).toEqual([]);
    expect(missing(before.folder, after.folder)).toEqual([]);
  });

  check('P14: additions go on meanwhile', trees(), ({ here }) => {
    const made = here.plan();
    const { plan, held } = guardPlan(made, input(here));
    const heldNodes = new Set(held?.changes.map(({ node }) => node));
    const adds = onlyAdds(made).filter(({ node }) => !heldNodes.has(node));
    expect(onlyAdds(plan)).toEqual(expect.arrayContaining([...adds]));
  });

  check('P14: what was approved goes through, and nothing else', trees(), ({ here }) => {
    const made = here.plan();
    const all = destructions(made, here.trees);
    const approved = new Set(all.map(({ id }) => id));
    expect(guardPlan(made, input(here, { approved }))).toEqual({ plan: made, held: null });
    const [first] = all.filter(({ counts }) => counts);
    if (first === undefined) return;
    approved.delete(first.id);
    expect(guardPlan(made, input(here, { approved })).held?.changes).toEqual([first]);
  });

  check('P14: moves and additions never count', trees(MOVES), ({ here }) => {
    expect(guardPlan(here.plan(), input(here)).held).toBeNull();
  });
});
