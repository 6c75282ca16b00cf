/** A file that a rule hides is moved out of hiding, and the rule taken back, before the other device hears of either. */
import { expect, it, vi } from 'vitest';
import { showCommand, type Command } from './commands.js';
import { runWorld } from './world.js';

vi.mock('node:fs', () => import('./node-fs.js'));
vi.mock('node:fs/promises', () => import('./node-fs-promises.js'));

const SCHEDULES = 80;

const commands: readonly Command[] = [
  { on: 'A', op: 'write', path: 'd/x', size: 24 },
  { on: 'A', op: 'settle' },
  { on: 'A', op: 'ignore', path: '.fsyncignore', pattern: 'd' },
  { on: 'A', op: 'settle' },
  { on: 'B', op: 'stop' },
  { on: 'B', op: 'mv', path: 'd/x', to: 'x' },
  { on: 'B', op: 'ignore', path: '.fsyncignore', pattern: 'none' },
  { on: 'B', op: 'start' },
];

it('hazards 23, 90: what newer rules bring into sight is moved on the other device, not made a second time', async () => {
  for (let scheduleSeed = 1; scheduleSeed <= SCHEDULES; scheduleSeed += 1) {
    const { failure, lines } = await runWorld(commands, { devices: ['A', 'B'], scheduleSeed });
    if (failure !== null) expect.fail(`${failure}\n${commands.map(showCommand).join('\n')}`);
    const placed = lines.flatMap((line) => /(?:A move|[AB] place-file) .*\bx\b.*/.exec(line)?.[0] ?? []);
    expect(placed, `schedule ${String(scheduleSeed)}`).toEqual(['B place-file d/x: done', 'A move d/x -> x: done']);
  }
});
