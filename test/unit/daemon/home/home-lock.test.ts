import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentHomePaths } from '../../../../src/daemon/home/home.js';
import { lockHome } from '../../../../src/daemon/home/home-lock.js';
import { tempFolder } from '../../../support/temp-folder.js';

const holder = fileURLToPath(new URL('../../../support/hold-home-lock.ts', import.meta.url));

describe('lockHome', () => {
  it('hazard 86: is held by one only, until it is released', () => {
    const paths = currentHomePaths({ FSYNC_HOME: tempFolder() });
    const lock = lockHome(paths);
    expect(readFileSync(paths.pidFile, 'utf8')).toBe(`${String(process.pid)}\n`);
    expect(() => lockHome(paths)).toThrow(expect.objectContaining({ code: 'already_exists' }));
    lock.release();
    expect(existsSync(paths.pidFile)).toBe(false);
    lockHome(paths).release();
  });

  it('passes to the next process when the one that held it is killed', async () => {
    const home = tempFolder();
    const child = spawn(process.execPath, ['--import', 'tsx', holder], {
      env: { ...process.env, FSYNC_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const paths = currentHomePaths({ FSYNC_HOME: home });
    expect(() => lockHome(paths)).toThrow(new RegExp(String(child.pid)));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = lockHome(paths);
    expect(readFileSync(paths.pidFile, 'utf8')).toBe(`${String(process.pid)}\n`);
    lock.release();
  });
});
