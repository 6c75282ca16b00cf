#!/usr/bin/env node
/**
 * Kills daemons and servers at random calls and moments, as often as wanted; with `--power` their machines lose power,
 * on disks with these file systems (ext4, ext4-lazy, xfs, btrfs; needs root and loop devices).
 *
 *   npm run crash -- [--rounds 300] [--seed S] [--first 0] [--power ext4,xfs]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from './harness/processes.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, seed: { type: 'string' }, first: { type: 'string' }, power: { type: 'string' } },
});
const file = values.power === undefined ? 'crash-rounds' : 'power-cuts';
const args = ['run', '--project', 'crash', `test/crash/${file}.test.ts`, '--reporter=verbose', '--retry=0'];
const { status } = spawnSync(process.execPath, [path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
  cwd: projectRoot,
  stdio: 'inherit',
  env: {
    ...process.env,
    FSYNC_CRASH_ROUNDS: values.rounds ?? '300',
    FSYNC_CRASH_FIRST: values.first ?? '0',
    ...(values.power === undefined ? {} : { FSYNC_POWER_DISKS: values.power }),
    FSYNC_TEST_SEED: values.seed ?? String(Date.now()),
  },
});
process.exit(status ?? 1);
