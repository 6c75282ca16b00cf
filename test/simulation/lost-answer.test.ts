/**
 * One device writes, and the answer to one request after the other is lost, or the process dies in it,
 * while its user goes on editing: the commit is known again as its own, so nothing ever conflicts.
 */
import { describe, expect, it, vi } from 'vitest';
import { showCommand, type Command } from './commands.js';
import { runWorld } from './world.js';

vi.mock('node:fs', () => import('./node-fs.js'));
vi.mock('node:fs/promises', () => import('./node-fs-promises.js'));

/** Milliseconds after the save until the line is cut: the lost answer is asked for only after the next edit. */
const CUTS = [100, 400, 1_500];

function workload({ kind, nth, size, cut }: { kind: 'answer-lost' | 'kill'; nth: number; size: number; cut: number }): readonly Command[] {
  const edit: Command = { on: 'A', op: 'append', path: 'x' };
  return [
    { on: 'A', op: 'write', path: 'x', size },
    { on: 'A', op: 'settle' },
    { on: 'A', op: 'network-fault', nth, kind },
    edit,
    { on: 'A', op: 'wait', ms: cut },
    { on: 'A', op: 'offline' },
    edit,
    { on: 'A', op: 'wait', ms: 3_000 },
    { on: 'A', op: 'start' },
    { on: 'A', op: 'online' },
  ];
}

describe.each(['answer-lost', 'kill'] as const)('hazard 55: a commit whose answer is not heard (%s)', (kind) => {
  it.each([24, 3000])('is known again, for a file of %i bytes that is edited meanwhile', async (size) => {
    let nth = 0;
    for (let struck = true; struck;) {
      nth += 1;
      struck = false;
      for (const cut of CUTS) {
        const commands = workload({ kind, nth, size, cut });
        const { failure, lines } = await runWorld(commands, { devices: ['A', 'B'], scheduleSeed: nth });
        if (failure !== null) expect.fail(`${failure}\n${commands.map(showCommand).join('\n')}`);
        struck ||= lines.some((line) => line.endsWith(`A fault ${kind}`));
      }
    }
    expect(nth, 'requests reached').toBeGreaterThan(1);
  });
});
