/** Whoever installs a checkout that was not built yet is told so. */
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../scripts/harness/processes.mjs';
import { tempFolder } from '../support/temp-folder.js';

it.each(['fsync', 'fsyncd', 'fsync-server'])('%s says that it was not built, and how to', (program) => {
  const checkout = tempFolder();
  for (const part of ['bin', 'package.json']) cpSync(path.join(projectRoot, part), path.join(checkout, part), { recursive: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(checkout, 'bin', `${program}.js`), 'status'], {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(`^${program}: not built, or not whole: `),
    'Build it: npm ci && npm run build',
    '',
  ]);
});
