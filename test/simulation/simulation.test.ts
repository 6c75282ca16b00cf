/**
 * Whole worlds, one for each seed: real engines on virtual disks, the real server services, faults,
 * crashes and power losses. FSYNC_SIM_SEEDS and FSYNC_SIM_START choose the seeds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { showCommand } from './commands.js';
import { runTwice, scenarioOf, shrink, type Scenario } from './seeds.js';

vi.mock('node:fs', () => import('./node-fs.js'));
vi.mock('node:fs/promises', () => import('./node-fs-promises.js'));

const seeds = Number(process.env['FSYNC_SIM_SEEDS'] ?? 500);
const start = Number(process.env['FSYNC_SIM_START'] ?? 1);
const GROUP = 50;

async function check(name: string, scenario: Scenario): Promise<void> {
  const { failure } = await runTwice(scenario);
  if (failure === null) return;
  const small = await shrink(scenario, failure);
  expect.fail(
    `${name}: ${failure}\ndevices ${small.devices.join(' ')}\n${small.commands.map(showCommand).join('\n')}\n${JSON.stringify(small)}`,
  );
}

describe('hazards 4, 24, 57: simulated worlds', () => {
  for (let first = start; first < start + seeds; first += GROUP) {
    const last = Math.min(first + GROUP, start + seeds) - 1;
    it(`seeds ${String(first)} to ${String(last)}`, async () => {
      for (let seed = first; seed <= last; seed += 1) await check(`seed ${String(seed)}`, scenarioOf(seed));
    });
  }
});

describe('simulated worlds whose devices tell their positions', () => {
  it(`seeds ${String(start)} to ${String(start + GROUP - 1)}`, async () => {
    for (let seed = start; seed < start + GROUP; seed += 1) {
      await check(`seed ${String(seed)} with positions`, { ...scenarioOf(seed), positions: true });
    }
  });
});

/** What once failed, by file name. */
function regressions(): readonly (readonly [name: string, scenario: Scenario])[] {
  const place = new URL('./regressions/', import.meta.url);
  const names = readdirSync(place.pathname).filter((name) => name.endsWith('.json'));
  return names.map((name) => [name, JSON.parse(readFileSync(new URL(name, place).pathname, 'utf8')) as Scenario]);
}

describe('regressions', () => {
  it.each(regressions())('%s', check);
});
