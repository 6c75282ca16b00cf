/** Random trees for the planner: one in sync, changed by the users of two devices that are offline. */
import fc from 'fast-check';
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
