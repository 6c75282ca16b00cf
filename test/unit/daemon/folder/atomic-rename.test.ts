import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAtomicRename } from '../../../../src/daemon/folder/atomic-rename.js';
import { loadSystemCalls, NO_SYSTEM_CALLS, SystemCallError, type SystemCalls } from '../../../../src/daemon/folder/system-calls.js';
import { tempFolder } from '../../../support/temp-folder.js';

/** A kernel that knows the calls and a file system that does not: EINVAL. */
const unsupported = (): never => {
  throw new SystemCallError('renameat2', 22);
};

const variants: readonly (readonly [string, SystemCalls])[] = [
  ['of the system', loadSystemCalls(process.platform)],
  ['without system calls', NO_SYSTEM_CALLS],
  ['on a file system that cannot', { ...NO_SYSTEM_CALLS, renameNoReplace: unsupported, exchange: unsupported }],
];

describe.each(variants)('rename %s', (_name, calls) => {
  const rename = createAtomicRename(calls);

  it('moves files, links and directories to a free name', () => {
    const at = tempFolder();
    writeFileSync(join(at, 'f'), 'f');
    symlinkSync('nowhere', join(at, 'l'));
    mkdirSync(join(at, 'd/sub'), { recursive: true });
    for (const name of ['f', 'l', 'd']) rename.noReplace(join(at, name), join(at, `${name}2`));
    expect(readFileSync(join(at, 'f2'), 'utf8')).toBe('f');
    expect(lstatSync(join(at, 'l2')).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(at, 'd2/sub')).isDirectory()).toBe(true);
    for (const name of ['f', 'l', 'd']) expect(lstatSync(join(at, name), { throwIfNoEntry: false })).toBeUndefined();
  });

  it('hazard 26: never overwrites, not even a link to nowhere or an empty directory', () => {
    const at = tempFolder();
    writeFileSync(join(at, 'f'), 'f');
    mkdirSync(join(at, 'd'));
    writeFileSync(join(at, 'taken'), 'taken');
    symlinkSync('nowhere', join(at, 'link'));
    mkdirSync(join(at, 'empty'));
    for (const from of ['f', 'd']) {
      for (const to of ['taken', 'link', 'empty']) {
        expect(() => rename.noReplace(join(at, from), join(at, to))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
      }
    }
    expect(readFileSync(join(at, 'taken'), 'utf8')).toBe('taken');
    expect(readFileSync(join(at, 'f'), 'utf8')).toBe('f');
  });

  it('says what is missing', () => {
    const at = tempFolder();
    writeFileSync(join(at, 'f'), 'f');
    expect(() => rename.noReplace(join(at, 'gone'), join(at, 'x'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => rename.noReplace(join(at, 'f'), join(at, 'gone/x'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('exchanges two names in one step, or not at all', () => {
    const at = tempFolder();
    writeFileSync(join(at, 'a'), 'A');
    writeFileSync(join(at, 'b'), 'B');
    const exchanged = rename.exchange(join(at, 'a'), join(at, 'b'));
    expect(exchanged).toBe(calls.exchange !== null && calls.exchange !== unsupported);
    expect(readFileSync(join(at, 'a'), 'utf8')).toBe(exchanged ? 'B' : 'A');
  });
});

describe('system calls', () => {
  it('are there on Linux', () => {
    if (process.platform !== 'linux') return;
    const calls = loadSystemCalls('linux');
    expect(Object.values(calls).every((call) => call !== null)).toBe(true);
  });

  it('are left out on systems that nobody has tried', () => {
    expect(loadSystemCalls('aix')).toEqual(NO_SYSTEM_CALLS);
  });
});
