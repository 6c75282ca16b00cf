#!/usr/bin/env node
/**
 * Makes a repository of the given folders of sources, one commit each, in a folder that two devices sync,
 * and switches between them: both sides must come to be the same, without a conflict copy.
 *
 *   npm run trees -- FOLDER FOLDER...
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { projectRoot } from './harness/processes.mjs';

const folders = process.argv.slice(2).map((folder) => path.resolve(folder));
if (folders.length < 2) {
  console.error('usage: npm run trees -- FOLDER FOLDER...');
  process.exit(2);
}
const args = ['run', '--project', 'e2e', 'test/e2e/real-trees.test.ts', '-t', 'of the given folders', '--reporter=verbose', '--retry=0'];
const { status } = spawnSync(process.execPath, [path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
  cwd: projectRoot,
  stdio: 'inherit',
  env: { ...process.env, FSYNC_TEST_TREES: folders.join(path.delimiter) },
});
process.exit(status ?? 1);
