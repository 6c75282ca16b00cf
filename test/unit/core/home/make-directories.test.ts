import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDirectories } from '../../../../src/core/home/make-directories.js';
import { tempFolder } from '../../../support/temp-folder.js';

const calls = { mkdirSync, statSync };

describe('makeDirectories', () => {
  it('makes what is missing, with the mode, and says where that began', () => {
    const base = tempFolder();
    expect(makeDirectories(join(base, 'a', 'b', 'c'), 0o700, calls)).toBe(join(base, 'a'));
    expect(statSync(join(base, 'a', 'b')).mode & 0o777).toBe(0o700);
    expect(makeDirectories(join(base, 'a', 'b', 'd'), 0o700, calls)).toBe(join(base, 'a', 'b', 'd'));
    expect(makeDirectories(join(base, 'a', 'b'), 0o700, calls)).toBeUndefined();
  });

  it('goes through a link to a directory, and refuses a file, a link to nothing, and what is below a file', () => {
    const base = tempFolder();
    mkdirSync(join(base, 'real'));
    symlinkSync('real', join(base, 'link'));
    symlinkSync('nowhere', join(base, 'loose'));
    writeFileSync(join(base, 'file'), '');
    expect(makeDirectories(join(base, 'link'), 0o700, calls)).toBeUndefined();
    makeDirectories(join(base, 'link', 'x'), 0o700, calls);
    expect(existsSync(join(base, 'real', 'x'))).toBe(true);
    for (const [path, code] of [
      ['file', 'EEXIST'],
      ['file/x', 'ENOTDIR'],
      ['loose', 'EEXIST'],
    ] as const)
      expect(() => makeDirectories(join(base, path), 0o700, calls)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('ends where a directory that is there refuses new ones as if it were not', () => {
    const tried: string[] = [];
    const refusing = {
      statSync,
      mkdirSync: (path: string) => {
        tried.push(path);
        throw Object.assign(new Error('no'), { code: path === '/' || path === '/auto' ? 'EEXIST' : 'ENOENT' });
      },
    };
    const there = { ...refusing, statSync: () => ({ isDirectory: () => true }) };
    expect(() => makeDirectories('/auto/host/x', 0o700, there)).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
    expect(tried).toEqual(['/auto/host/x', '/auto/host', '/auto', '/auto/host']);
  });
});
