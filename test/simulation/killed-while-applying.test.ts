/**
 * One device writes, the other dies or fails while it applies that, and there may be something newer when it
 * goes on: what it had placed without writing it down is no edit of its own, so nothing conflicts.
 */
import { describe, expect, it, vi } from 'vitest';
import { showCommand, type Command, type UserCommand } from './commands.js';
import { runWorld } from './world.js';

vi.mock('node:fs', () => import('./node-fs.js'));
vi.mock('node:fs/promises', () => import('./node-fs-promises.js'));

/** This happens to B at its n-th call. */
type Fault = Extract<Command, { op: 'disk-fault' | 'state-fault' }>;
type FaultAt = (nth: number) => Fault;

/** `every`: one in so many calls, since file calls are many. */
const FAULTS: readonly (readonly [what: string, every: number, fault: FaultAt])[] = [
  ['dies at a file call', 7, (nth) => ({ on: 'B', op: 'disk-fault', nth, kind: 'kill' })],
  ['dies at a write to its database', 1, (nth) => ({ on: 'B', op: 'state-fault', nth, kind: 'kill' })],
  ['cannot do a file call', 7, (nth) => ({ on: 'B', op: 'disk-fault', nth, kind: 'EIO' })],
];

/** The fault comes at the first call, `every` calls later and so on, until a run comes to its end without reaching it. */
async function failAtCalls(faultAt: FaultAt, every: number, workload: (fault: Fault) => readonly Command[], seed = 0): Promise<void> {
  let nth = 1 - every;
  for (let struck = true; struck;) {
    nth += every;
    const fault = faultAt(nth);
    const commands = workload(fault);
    const { failure, lines } = await runWorld(commands, { devices: ['A', 'B'], scheduleSeed: seed + nth, honestWatchers: true });
    if (failure !== null) expect.fail(`${failure}\n${commands.map(showCommand).join('\n')}`);
    struck = lines.some((line) => line.endsWith(`B fault ${fault.kind}`));
  }
  expect(nth, 'calls reached').toBeGreaterThan(3);
}

const write = (path: string, size = 24): UserCommand => ({ op: 'write', path, size });
const link = (path: string, target: string): UserCommand => ({ op: 'symlink', path, target });
const rm = (path: string): UserCommand => ({ op: 'rm', path });
const rmrf = (path: string): UserCommand => ({ op: 'rmrf', path });
const mv = (path: string, to: string): UserCommand => ({ op: 'mv', path, to });

const FEW = [write('f'), write('g'), write('d/f'), write('d/g', 3000), write('d/e/f'), link('l', 'a'), link('d/l', 'a')];
/** So many that their deletion waits until no more of it comes: what takes their places is staged by then, and all is done in one batch. */
const MANY = Array.from({ length: 12 }, (_, index) => `m/${String(index)}`);
const AGAIN = MANY.slice(0, 3).map((path) => write(path));

/** What A does while B is away, by what it is called; `had`: what both had before. */
const CHANGES: readonly { readonly what: string; readonly had?: readonly UserCommand[]; readonly steps: readonly UserCommand[] }[] = [
  { what: 'a file removed and made again', steps: [rm('f'), write('f')] },
  { what: 'a large file removed and made again', steps: [rm('d/g'), write('d/g', 3000)] },
  { what: 'a file removed and another moved to its name', steps: [rm('f'), mv('g', 'f')] },
  { what: 'a file moved onto another', steps: [mv('g', 'f')] },
  { what: 'a file moved away and made again', steps: [mv('f', 'h'), write('f')] },
  { what: 'two files that swap names', steps: [mv('f', 'h'), mv('g', 'f'), mv('h', 'g')] },
  { what: 'a link removed and made again', steps: [rm('l'), link('l', 'b')] },
  { what: 'a link in place of a file', steps: [rm('f'), link('f', 'g')] },
  { what: 'a directory removed and made again', steps: [rmrf('d'), write('d/f'), write('d/e/f')] },
  { what: 'a directory with a link in it removed and made again', steps: [rmrf('d'), link('d/l', 'b')] },
  { what: 'a directory removed and another moved to its name', steps: [rmrf('d/e'), mv('d', 'e')] },
  { what: 'a directory moved away and made again', steps: [mv('d', 'h'), write('d/f')] },
  { what: 'a directory in place of a file', steps: [rm('f'), write('f/d')] },
  { what: 'a file in place of a directory', steps: [rmrf('d'), write('d')] },
  { what: 'many files removed and some made again', had: MANY.map((path) => write(path)), steps: [...MANY.map(rm), ...AGAIN] },
  {
    what: 'many files removed with their directory and some made again',
    had: MANY.map((path) => write(path)),
    steps: [rmrf('m'), ...AGAIN],
  },
];

/** What A does before B is back. */
const NEWER: readonly UserCommand[] = ['f', 'd/f', 'm/0'].map((path) => ({ op: 'append', path }));

const OLD: readonly Command[] = [
  { on: 'A', op: 'write', path: 'd/old', size: 24 },
  { on: 'A', op: 'settle' },
];

/** A makes directories, and puts something else in their places. */
const DIRECTORIES: readonly Command[] = [
  { on: 'A', op: 'mkdir', path: 'e/f/g' },
  { on: 'A', op: 'mkdir', path: 'h' },
  { on: 'A', op: 'wait', ms: 3_000 },
  { on: 'A', op: 'rmrf', path: 'e/f' },
  { on: 'A', op: 'rmrf', path: 'h' },
  { on: 'A', op: 'write', path: 'e/f', size: 24 },
  { on: 'A', op: 'symlink', path: 'h', target: 'd' },
  { on: 'A', op: 'wait', ms: 3_000 },
  { on: 'B', op: 'start' },
];

describe.each(FAULTS)('a device that %s while it applies', (_what, every, faultAt) => {
  it.each([24, 3000])('finds what it had placed, for files of %i bytes that go on changing', async (size) => {
    await failAtCalls(faultAt, 1, (fault) => [
      { on: 'A', op: 'write', path: 'd/old', size },
      { on: 'A', op: 'settle' },
      fault,
      { on: 'A', op: 'append', path: 'd/old' },
      { on: 'A', op: 'write', path: 'd/new', size },
      { on: 'A', op: 'wait', ms: 3_000 },
      { on: 'A', op: 'append', path: 'd/old' },
      { on: 'A', op: 'append', path: 'd/new' },
      { on: 'A', op: 'wait', ms: 3_000 },
      { on: 'B', op: 'start' },
    ]);
  });

  it('finds the directories it had made, where something else is by then', async () => {
    await failAtCalls(faultAt, 1, (fault) => [...OLD, fault, ...DIRECTORIES]);
  });

  it.each(CHANGES.map((change) => [change.what, change] as const))('finds what it had placed: %s', async (_what, { had = FEW, steps }) => {
    await failAtCalls(faultAt, every, (fault) => [
      ...had.map((command): Command => ({ on: 'B', ...command })),
      { on: 'B', op: 'settle' },
      { on: 'B', op: 'stop' },
      // Time for a commit after each step.
      ...steps.flatMap((step): Command[] => [
        { on: 'A', ...step },
        { on: 'A', op: 'wait', ms: 3_000 },
      ]),
      fault,
      { on: 'B', op: 'start' },
      { on: 'B', op: 'wait', ms: 3_000 },
      ...NEWER.map((command): Command => ({ on: 'A', ...command })),
      { on: 'A', op: 'wait', ms: 3_000 },
      { on: 'B', op: 'start' },
    ]);
  });
});

/** So many calls later a scan looks at what was made. */
it.each([20, 24])('leaves no directory behind that it cannot finish, nor look at %i calls later', async (later) => {
  const faultAt: FaultAt = (nth) => ({ on: 'B', op: 'disk-fault', nth, kind: 'EIO' });
  await failAtCalls(faultAt, 1, (fault) => [...OLD, fault, { ...fault, nth: fault.nth + later }, ...DIRECTORIES]);
});

/** Whether the removal outlasts the power loss is up to the schedule. */
it.each([0, 1_000, 2_000, 3_000])(
  'forgets no removal that it could not sync, of the last file in the folder (schedules from %i)',
  async (seed) => {
    const faultAt: FaultAt = (nth) => ({ on: 'B', op: 'disk-fault', nth, kind: 'EIO' });
    const removal: readonly Command[] = [
      { on: 'A', op: 'rm', path: 'f' },
      { on: 'B', op: 'wait', ms: 3_000 },
      { on: 'B', op: 'power-loss' },
      { on: 'B', op: 'start' },
    ];
    await failAtCalls(
      faultAt,
      1,
      (fault) => [{ on: 'A', op: 'write', path: 'f', size: 24 }, { on: 'A', op: 'settle' }, fault, ...removal],
      seed,
    );
  },
);
