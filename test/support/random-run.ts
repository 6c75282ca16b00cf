/** A random history of several devices: users act, devices work in pieces, and at the end all come together. */
import fc from 'fast-check';
import { isInConflictCopy } from '../scenario/conflict-names.js';
import type { FakeEntry } from './fake-inode.js';
import type { PlannerClient, Tape } from './planner-client.js';
import { PlannerWorld } from './planner-world.js';
import type { Action } from './random-user.js';
import { act, ACTIONS, HINDRANCES, Ledger } from './random-user.js';

/** Parts of a device's work, in any order. */
const WORK = ['cycle', 'observe', 'look', 'pull-one', 'commit', 'apply', 'restart'] as const;

export type Event =
  | { readonly event: 'user'; readonly action: Action }
  | { readonly event: (typeof WORK)[number] | 'lose-state'; readonly client: number; readonly at: number }
  | { readonly event: 'sync' };

export interface RandomRun {
  readonly clients: number;
  readonly events: readonly Event[];
  /** Seed of everything that depends on timing. 0: all is ready at once. */
  readonly tape: number;
}

const action = (clients: number, whats: readonly Action['what'][] = ACTIONS): fc.Arbitrary<Action> =>
  fc.record({
    client: fc.nat(clients - 1),
    what: fc.constantFrom(...whats),
    a: fc.nat(11),
    b: fc.nat(11),
    c: fc.nat(11),
  });

export interface RunShape {
  readonly clients: number;
  readonly maxEvents: number;
  /** Unreadable and hidden things, hard links. */
  readonly hindrances?: boolean;
  /** Lost databases. */
  readonly losses?: boolean;
}

/** Workload and schedule are separate, so that the workload shrinks without changing the schedule. */
export function randomRun({ clients, maxEvents, hindrances = false, losses = false }: RunShape): fc.Arbitrary<RandomRun> {
  const user = action(clients, hindrances ? [...ACTIONS, ...HINDRANCES] : ACTIONS).map((made): Event => ({ event: 'user', action: made }));
  const work = fc.record({
    event: fc.constantFrom<(typeof WORK)[number] | 'lose-state'>(...WORK, ...(losses ? ['lose-state' as const] : [])),
    client: fc.nat(clients - 1),
    at: fc.nat(11),
  });
  const setUp = fc.array(action(1, ['create', 'create', 'mkdir', 'mkdir', 'symlink']), { minLength: 2, maxLength: 12 });
  const sync = fc.constant<Event>({ event: 'sync' });
  const mixed = fc.array(fc.oneof({ weight: 12, arbitrary: user }, { weight: 5, arbitrary: work }, { weight: 1, arbitrary: sync }), {
    maxLength: maxEvents,
  });
  const offline = fc.array(fc.oneof({ weight: 14, arbitrary: user }, { weight: 1, arbitrary: sync }), { maxLength: maxEvents });
  const events = fc.oneof(mixed, offline);
  return fc.record({ setUp, events, tape: fc.nat(999) }).map((made) => ({
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

export interface PlayOptions {
  /** Values come from a pool of this size; 0: every value is new. */
  readonly pool?: number;
  /** Deletions may be undone, as after a lost database. */
  readonly mayComeBack?: boolean;
}

/** Plays a run and checks what always holds: valid trees at every step, convergence, nothing lost, nothing back from the dead. */
export function play(run: RandomRun, { pool = 0, mayComeBack = false }: PlayOptions = {}): Ended {
  const names = ['A', 'B', 'C', 'D'].slice(0, run.clients);
  const world = new PlannerWorld(names);
  const ledger = new Ledger(pool);
  const tape = tapeOf(run.tape);
  try {
    for (const event of run.events) runEvent({ world, ledger, tape }, event);
    for (const { folder } of world.clients) {
      folder.allowAll();
      folder.hidden.clear();
    }
    syncInPieces(world, tape);
    const tree = world.converged();
    const held = new Set(tree.map(({ text }) => text));
    const lost = ledger.owed().filter((text) => !held.has(text));
    if (lost.length > 0) throw new Error(`lost: ${lost.join(', ')}`);
    const alive = new Set(tree.filter(({ path }) => !isInConflictCopy(path)).map(({ text }) => text));
    const back = pool > 0 || mayComeBack ? [] : ledger.gone().filter((text) => alive.has(text));
    if (back.length > 0) throw new Error(`came back: ${back.join(', ')}`);
    return { world, ledger, tree };
  } catch (error) {
    throw new Error(`${String(error)}\n${ledger.log.join('\n')}\n${world.show()}`, { cause: error });
  }
}

function runEvent({ world, ledger, tape }: { world: PlannerWorld; ledger: Ledger; tape: Tape }, event: Event): void {
  if (event.event === 'sync') {
    ledger.log.push('sync');
    syncInPieces(world, tape);
    return;
  }
  if (event.event === 'user') {
    const client = world.clients[event.action.client % world.clients.length];
    if (client !== undefined) act(client, event.action, ledger);
    return;
  }
  const client = world.clients[event.client];
  if (client === undefined) return;
  ledger.log.push(`${client.name}: ${event.event}${event.event === 'look' ? ` ${directory(client, event.at)}` : ''}`);
  if (event.event === 'cycle') client.cycle(tape);
  else if (event.event === 'observe') client.observe();
  else if (event.event === 'look') client.observe({ directories: [directory(client, event.at)], recursive: [] });
  else if (event.event === 'lose-state') client.loseState();
  else if (event.event === 'pull-one') client.pull(1);
  else if (event.event === 'commit') client.commit(client.plan(), tape);
  else if (event.event === 'apply') client.apply(client.plan(), tape);
  else client.restart();
}

/** First as the tape has it, a few cycles each, then until all is quiet. */
function syncInPieces(world: PlannerWorld, tape: Tape): void {
  for (let round = 0; round < 3; round += 1) for (const client of world.clients) if (tape.pick(3) !== 2) client.cycle(tape);
  world.sync();
}

function directory({ folder }: PlannerClient, at: number): string {
  const paths = ['', ...folder.entries().flatMap(({ kind, path }) => (kind === 'directory' ? [path] : []))];
  return paths[at % paths.length] ?? '';
}

function tapeOf(seed: number): Tape {
  let state = seed;
  return {
    pick: (choices) => {
      if (seed === 0) return 0;
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 16) % choices;
    },
  };
}

/**
 * What offline work of several devices ends in when they come back one after the other: what is not a
 * conflict copy by path, and the contents of the copies.
 */
export function outcomeOf(run: RandomRun, tapeSeed: number): { readonly tree: readonly string[]; readonly log: readonly string[] } {
  const world = new PlannerWorld(['A', 'B', 'C', 'D'].slice(0, run.clients));
  const ledger = new Ledger();
  const tape = tapeOf(tapeSeed);
  const [first] = run.events.flatMap((event, index) => (event.event === 'sync' ? [index] : []));
  run.events.forEach((event, index) => {
    if (event.event === 'user') runEvent({ world, ledger, tape }, event);
    else if (index === first) world.sync();
  });
  for (const client of world.clients) {
    for (let round = 0; round < 4; round += 1) client.cycle(tape);
    client.cycle();
  }
  world.sync();
  const tree = world
    .converged()
    .map(({ path, kind, text }) => (isInConflictCopy(path) ? `(copy) ${kind} ${text}` : `${path} ${kind} ${text}`));
  return { tree: tree.sort((a, b) => (a < b ? -1 : 1)), log: ledger.log };
}
