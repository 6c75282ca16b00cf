/**
 * One device writes, the other dies while it applies that, and there is something newer when it comes
 * back: what it had placed without writing it down is no edit of its own, so nothing conflicts.
 */
import { describe, expect, it, vi } from 'vitest';
import { conflictCopies } from './conflict-copies.js';
import { showCommand, type Command } from './commands.js';
import { runWorld } from './world.js';

vi.mock('node:fs', () => import('./node-fs.js'));
vi.mock('node:fs/promises', () => import('./node-fs-promises.js'));

function workload(fault: Command, size: number): readonly Command[] {
  return [
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
  ];
}

describe.each(['disk-fault', 'state-fault'] as const)('a device that dies while it applies (%s)', (op) => {
  it.each([24, 3000])('finds what it had placed, for files of %i bytes that go on changing', async (size) => {
    let nth = 0;
    for (let struck = true; struck;) {
      nth += 1;
      const commands = workload({ on: 'B', op, nth, kind: 'kill' }, size);
      const { failure, lines } = await runWorld(commands, { devices: ['A', 'B'], scheduleSeed: nth, atRest: conflictCopies });
      if (failure !== null) expect.fail(`${failure}\n${commands.map(showCommand).join('\n')}`);
      struck = lines.some((line) => line.endsWith('B fault kill'));
    }
    expect(nth, 'calls reached').toBeGreaterThan(3);
  });
});
