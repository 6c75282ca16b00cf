import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockFolder, tryLockFile } from '../../../../src/daemon/folder/folder-lock.js';
import { NO_SYSTEM_CALLS, systemCalls } from '../../../../src/daemon/folder/system-calls.js';
import { tempFolder } from '../../../support/temp-folder.js';

const holder = fileURLToPath(new URL('../../../support/hold-folder-lock.ts', import.meta.url));

/** Another process that was asked to take the lock. */
async function another(
  path: string,
  kind: string,
): Promise<{ readonly answer: string; readonly pid: number; readonly kill: () => Promise<void> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', holder, path, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  onTestFinished(kill);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { answer: line.toString().trim(), pid: child.pid ?? 0, kill };
}

describe.each([
  ['kernel', systemCalls()],
  ['plain', NO_SYSTEM_CALLS],
] as const)('folder lock (%s)', (kind, calls) => {
  it('hazard 50: is held by one process at a time and taken over from a dead one', async () => {
    const path = join(tempFolder(), 'lock');
    const first = await another(path, kind);
    expect(first.answer).toBe('held');
    expect(tryLockFile(path, calls)).toEqual({ held: false, pid: first.pid });
    expect(() => lockFolder(path, calls)).toThrow(expect.objectContaining({ code: 'already_exists' }));
    await first.kill();
    const mine = lockFolder(path, calls);
    expect((await another(path, kind)).answer).toBe('refused');
    mine.release();
    expect((await another(path, kind)).answer).toBe('held');
  });

  it('hazard 86: is refused to the same process while it holds it, and given after it let go', () => {
    const path = join(tempFolder(), 'lock');
    const lock = lockFolder(path, calls);
    expect(tryLockFile(path, calls)).toEqual({ held: false, pid: process.pid });
    lock.release();
    lock.release();
    lockFolder(path, calls).release();
  });

  it.each(['', 'garbage', '{"pid":99999999,"started":"1"}', `{"pid":${String(process.pid)},"started":"1"}`])(
    'is not kept by a file that reads %j',
    (text) => {
      const path = join(tempFolder(), 'lock');
      writeFileSync(path, text);
      const lock = lockFolder(path, calls);
      expect(readFileSync(path, 'utf8')).toContain(`"pid":${String(process.pid)}`);
      lock.release();
    },
  );

  it('is not opened through a link or on a directory', () => {
    const folder = tempFolder();
    symlinkSync('elsewhere', join(folder, 'link'));
    mkdirSync(join(folder, 'directory'));
    for (const name of ['link', 'directory'])
      expect(() => tryLockFile(join(folder, name), calls)).toThrow(expect.objectContaining({ code: 'io_error' }));
  });
});
