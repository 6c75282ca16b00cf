#!/usr/bin/env node
/**
 * Single runs of the black-box scenarios, with all details.
 *
 *   npm run scenarios -- [--mode cut|stopped] [--only conf-003,move-012] [--file other.json]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from './harness/processes.mjs';

const { values } = parseArgs({ options: { mode: { type: 'string' }, only: { type: 'string' }, file: { type: 'string' } } });
const modes = values.mode?.split(',') ?? ['cut', 'stopped'];
const only = values.only?.split(',').map((id) => `${id}( |$)`);

const args = ['run', '--project', 'scenario', ...modes.map((mode) => `test/scenario/${mode}.test.ts`)];
if (only !== undefined) args.push('--testNamePattern', `(${only.join('|')})`);
const { status } = spawnSync(process.execPath, [path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
  cwd: projectRoot,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(only === undefined ? {} : { FSYNC_SCENARIO_DETAILS: '1' }),
    ...(values.file === undefined ? {} : { FSYNC_SCENARIO_FILE: path.resolve(values.file) }),
  },
});
process.exit(status ?? 1);
