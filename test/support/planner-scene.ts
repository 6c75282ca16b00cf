/** Random trees for the planner: one in sync, changed by the users of two devices that are offline. */
import fc from 'fast-check';
import { BaseTree } from '../../src/core/tree/base-tree.js';
import { LocalTree } from '../../src/core/tree/local-tree.js';
import type { PlannerClient } from './planner-client.js';
import { PlannerWorld } from './planner-world.js';
import type { Action } from './random-user.js';
import { act, ACTIONS, Ledger } from './random-user.js';

export interface Trees {
  readonly setUp: readonly Action[];
  readonly here: readonly Action[];
  readonly there: readonly Action[];
}

function actions(whats: readonly Action['what'][], maxLength: number): fc.Arbitrary<Action[]> {
  return fc.array(fc.record({ client: fc.constant(0), what: fc.constantFrom(...whats), a: fc.nat(11), b: fc.nat(11), c: fc.nat(11) }), {
    maxLength,
  });
}

const setUp = actions(['create', 'create', 'mkdir', 'mkdir', 'symlink'], 12);
export const trees = (whats: readonly Action['what'][] = ACTIONS): fc.Arbitrary<Trees> =>
  fc.record({ setUp, here: actions(whats, 8), there: actions(whats, 8) });

export interface Scene {
  readonly world: PlannerWorld;
  /** Came first, is done. */
  readonly there: PlannerClient;
  /** Has looked at its folder and heard of the news. */
  readonly here: PlannerClient;
}

export function scene(made: Trees): Scene {
  const world = new PlannerWorld(['A', 'B']);
  const [there, here] = [world.client('A'), world.client('B')];
  const ledger = new Ledger();
  for (const action of made.setUp) act(there, action, ledger);
  world.sync();
  for (const action of made.there) act(there, action, ledger);
  for (const action of made.here) act(here, action, ledger);
  there.cycle();
  here.observe();
  here.pull();
  return { world, there, here };
}

/** The trees again, put together in another order. */
export function reordered({ trees: { base, local, remote } }: PlannerClient): { base: BaseTree; local: LocalTree; remote: typeof remote } {
  const again = { base: new BaseTree(), local: new LocalTree(), remote: new Map([...remote].reverse()) };
  for (const entry of [...base.values()].reverse()) again.base.set(entry);
  for (const entry of [...local.values()].reverse()) again.local.set(entry);
  again.local.touched.clear();
  for (const node of [...local.touched].reverse()) again.local.touched.add(node);
  return again;
}
