#!/usr/bin/env node
/**
 * Single runs of the black-box scenarios, with all details.
 *
 *   npm run scenarios -- [--mode cut,stopped,live] [--database sqlite,postgres] [--only conf-003,move-012] [--file other.json]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from './harness/processes.mjs';

const { values } = parseArgs({
  options: { mode: { type: 'string' }, database: { type: 'string' }, only: { type: 'string' }, file: { type: 'string' } },
});
const modes = values.mode?.split(',') ?? ['cut', 'stopped', 'live'];
const databases = values.database?.split(',') ?? ['sqlite'];
const only = values.only?.split(',').map((id) => `${id}( |$)`);

const args = ['run', '--project', 'scenario', ...modes.map((mode) => `test/scenario/${mode}.test.ts`)];
if (only !== undefined) args.push('--testNamePattern', `(${only.join('|')})`);
const statuses = databases.map(play);
process.exit(statuses.every((status) => status === 0) ? 0 : 1);

/** @param {string} database */
function play(database) {
  return spawnSync(process.execPath, [path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
    cwd: projectRoot,
    stdio: 'inherit',
    env: {
      ...process.env,
      FSYNC_SCENARIO_DATABASE: database,
      ...(only === undefined ? {} : { FSYNC_SCENARIO_DETAILS: '1' }),
      ...(values.file === undefined ? {} : { FSYNC_SCENARIO_FILE: path.resolve(values.file) }),
    },
  }).status;
}
