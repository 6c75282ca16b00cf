/** Real daemons of other releases: a copy of the built program that says another version. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { alive, projectRoot, until } from '../../scripts/harness/processes.mjs';
import { VERSION } from '../../src/core/base/version.js';
import { fsync, requireBuild } from '../support/cli-process.js';
import { tempFolder } from '../support/temp-folder.js';

beforeAll(requireBuild);

interface Status {
  readonly pid: number;
  readonly version: string;
}

/** A daemon of that release, listening for a home of its own. */
async function otherDaemon(version: string) {
  const base = tempFolder();
  const [program, home] = [join(base, 'program'), join(base, 'home')];
  mkdirSync(home, { mode: 0o700 });
  for (const name of ['bin', 'dist', 'package.json']) cpSync(join(projectRoot, name), join(program, name), { recursive: true });
  symlinkSync(join(projectRoot, 'node_modules'), join(program, 'node_modules'));
  const file = join(program, 'dist', 'core', 'base', 'version.js');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(`'${VERSION}'`);
  writeFileSync(file, text.replace(`'${VERSION}'`, `'${version}'`));
  const child = spawn(process.execPath, [join(program, 'bin', 'fsyncd.js')], {
    env: { ...process.env, FSYNC_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const cli = (...args: readonly string[]) => fsync(args, { home });
  onTestFinished(async () => {
    await cli('daemon', 'stop');
    child.kill('SIGKILL');
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString('utf8')));
  await until('the daemon listens', () => said.includes('ready'));
  return { pid: child.pid ?? 0, cli };
}

it('a daemon of an older release is replaced by the next command, which then runs', async () => {
  const { pid, cli } = await otherDaemon('0.0.9');
  const asked = await cli('daemon', 'status');
  expect({ code: asked.code, stderr: asked.stderr }).toEqual({
    code: 5,
    stderr: 'fsync: the daemon that runs is of an older version of fsync\nReplace it: fsync daemon restart\n',
  });
  expect(alive(pid)).toBe(true);
  const { findings } = JSON.parse((await cli('doctor', '--json')).stdout) as { findings: readonly { name: string; found: string }[] };
  expect(findings.find(({ name }) => name === 'daemon')?.found).toContain(`version ${VERSION}`);
  const status = JSON.parse((await cli('daemon', 'status', '--json')).stdout) as Status;
  expect(status.version).toBe(VERSION);
  expect(status.pid).not.toBe(pid);
  await until('the old one is gone', () => !alive(pid));
});

it('a daemon of a newer release serves an older command line, and doctor says that the versions are apart', async () => {
  const { pid, cli } = await otherDaemon('99.0.0');
  expect(JSON.parse((await cli('daemon', 'status', '--json')).stdout)).toMatchObject({ pid, version: '99.0.0' });
  const { findings } = JSON.parse((await cli('doctor', '--json')).stdout) as { findings: readonly object[] };
  expect(findings).toContainEqual({
    name: 'daemon',
    level: 'warning',
    found: `runs as process ${String(pid)}, version 99.0.0`,
    mend: `This command is of version ${VERSION}: install the newer one, or go back with fsync daemon restart.`,
  });
  expect(alive(pid)).toBe(true);
});
