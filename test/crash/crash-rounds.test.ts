/**
 * Hundreds of deaths: `npm run crash -- --rounds N --seed S`; a few of them in every run of the tests.
 * Whatever dies and wherever: equal trees, nothing lost, no conflict copy that nobody asked for.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTwoDevices, type TwoDevices } from '../support/two-devices.js';
import { playRound } from './crash-round.js';

const seed = process.env['FSYNC_TEST_SEED'] ?? String(Date.now());
const rounds = Number(process.env['FSYNC_CRASH_ROUNDS'] ?? '8');
const first = Number(process.env['FSYNC_CRASH_FIRST'] ?? '0');

describe(`deaths at random calls and moments (FSYNC_TEST_SEED=${seed})`, () => {
  let world: TwoDevices;
  const tally = new Map<string, number>();
  beforeAll(async () => {
    world = await openTwoDevices();
  });
  afterAll(async () => {
    await world.close();
    const lines = [...tally].map(([what, times]) => `${what} ${String(times)}`).sort((a, b) => (a < b ? -1 : 1));
    process.stdout.write(`${lines.join(', ')}
`);
  });

  for (let round = first; round < first + rounds; round++)
    it(`round ${String(round)}`, async () => {
      const { crash, isReached, problems, log } = await playRound(world, seed, round);
      const where = `${crash.victim} ${crash.point?.split(':').slice(0, 2).join(' ') ?? 'at a moment'}${isReached ? '' : ' (not reached)'}`;
      tally.set(where, (tally.get(where) ?? 0) + 1);
      if (problems.length > 0) expect.fail([JSON.stringify(crash), ...problems, ...log].join('\n  '));
    });
});
