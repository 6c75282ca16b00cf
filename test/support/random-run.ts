/** A random history of several devices: users act, devices work in pieces, and at the end all come together. */
import fc from 'fast-check';
import { isInConflictCopy } from '../scenario/conflict-names.js';
import type { FakeEntry } from './fake-folder.js';
import type { Tape } from './planner-client.js';
import { PlannerWorld } from './planner-world.js';
import type { Action } from './random-user.js';
import { act, ACTIONS, Ledger } from './random-user.js';

export type Event =
  | { readonly event: 'user'; readonly action: Action }
  | { readonly event: 'cycle' | 'observe' | 'pull-one' | 'commit' | 'apply' | 'restart'; readonly client: number }
  | { readonly event: 'sync' };

export interface RandomRun {
  readonly clients: number;
  readonly events: readonly Event[];
  /** Drives everything that depends on timing. Empty: all is ready at once. */
  readonly tape: readonly number[];
}

const action = (clients: number): fc.Arbitrary<Action> =>
  fc.record({
    client: fc.nat(clients - 1),
    what: fc.constantFrom(...ACTIONS),
    a: fc.nat(11),
    b: fc.nat(11),
    c: fc.nat(11),
  });

/** Workload and schedule are separate, so that the workload shrinks without changing the schedule. */
export function randomRun(clients: number, maxEvents: number): fc.Arbitrary<RandomRun> {
  const user = action(clients).map((made): Event => ({ event: 'user', action: made }));
  const work = fc.record({
    event: fc.constantFrom(
      'cycle' as const,
      'observe' as const,
      'pull-one' as const,
      'commit' as const,
      'apply' as const,
      'restart' as const,
    ),
    client: fc.nat(clients - 1),
  });
  const setUp = fc.array(
    action(1).filter(({ what }) => what === 'create' || what === 'mkdir' || what === 'symlink'),
    { maxLength: 8 },
  );
  const sync = fc.constant<Event>({ event: 'sync' });
  const mixed = fc.array(fc.oneof({ weight: 12, arbitrary: user }, { weight: 5, arbitrary: work }, { weight: 1, arbitrary: sync }), {
    maxLength: maxEvents,
  });
  const offline = fc.array(fc.oneof({ weight: 14, arbitrary: user }, { weight: 1, arbitrary: sync }), { maxLength: maxEvents });
  const events = fc.oneof(mixed, offline);
  return fc.record({ setUp, events, tape: fc.array(fc.nat(11), { maxLength: 12 }) }).map((made) => ({
    clients,
    tape: made.tape,
    events: [...made.setUp.map((set): Event => ({ event: 'user', action: set })), { event: 'sync' }, ...made.events],
  }));
}

export interface Ended {
  readonly world: PlannerWorld;
  readonly ledger: Ledger;
  readonly tree: readonly FakeEntry[];
}

/** Plays a run and checks what always holds: valid trees at every step, convergence, nothing lost, nothing back from the dead. */
export function play(run: RandomRun, pool = 0): Ended {
  const names = ['A', 'B', 'C', 'D'].slice(0, run.clients);
  const world = new PlannerWorld(names);
  const ledger = new Ledger(pool);
  const tape = tapeOf(run.tape);
  try {
    for (const event of run.events) runEvent({ world, ledger, tape }, event);
    world.sync();
    const tree = world.converged();
    const held = new Set(tree.map(({ text }) => text));
    const lost = ledger.owed().filter((text) => !held.has(text));
    if (lost.length > 0) throw new Error(`lost: ${lost.join(', ')}`);
    const alive = new Set(tree.filter(({ path }) => !isInConflictCopy(path)).map(({ text }) => text));
    const back = pool > 0 ? [] : ledger.gone().filter((text) => alive.has(text));
    if (back.length > 0) throw new Error(`came back: ${back.join(', ')}`);
    return { world, ledger, tree };
  } catch (error) {
    throw new Error(`${String(error)}\n${ledger.log.join('\n')}\n${world.show()}`, { cause: error });
  }
}

function runEvent({ world, ledger, tape }: { world: PlannerWorld; ledger: Ledger; tape: Tape }, event: Event): void {
  if (event.event === 'sync') {
    ledger.log.push('sync');
    world.sync();
    return;
  }
  if (event.event === 'user') {
    const client = world.clients[event.action.client % world.clients.length];
    if (client !== undefined) act(client, event.action, ledger);
    return;
  }
  const client = world.clients[event.client];
  if (client === undefined) return;
  ledger.log.push(`${client.name}: ${event.event}`);
  if (event.event === 'cycle') client.cycle(tape);
  else if (event.event === 'observe') client.observe();
  else if (event.event === 'pull-one') client.pull(1);
  else if (event.event === 'commit') client.commit(client.plan(), tape);
  else if (event.event === 'apply') client.apply(client.plan(), tape);
  else client.restart();
}

function tapeOf(numbers: readonly number[]): Tape {
  let at = 0;
  return {
    pick: (choices) => {
      if (numbers.length === 0) return 0;
      at = (at + 1) % numbers.length;
      return (numbers[at] ?? 0) % choices;
    },
  };
}
