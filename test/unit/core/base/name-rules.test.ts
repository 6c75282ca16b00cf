import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareKey,
  conflictCopyName,
  fileDeviceName,
  foldKey,
  illegalElsewhere,
  isReservedName,
  nameProblem,
  parseConflictCopyName,
} from '../../../../src/core/base/name-rules.js';

const bytes = (text: string): number => Buffer.byteLength(text);

describe('nameProblem', () => {
  it.each(['a', 'ä', 'a\\b', 'CON', 'a:b', 'a ', 'a.', '...', ' ', '-', '\u202eexe.txt', '😀', '.fsyncignore', '.fsync2', 'fsync'])(
    'has nothing against %j',
    (name) => {
      expect(nameProblem(name)).toBeNull();
    },
  );

  it.each([
    ['', 'empty'],
    ['.', 'dots'],
    ['..', 'dots'],
    ['a/b', 'slash'],
    ['a\0', 'control-character'],
    ['a\n', 'control-character'],
    ['\u001b[2J', 'control-character'],
    ['a\u007f', 'control-character'],
    ['a\u009b', 'control-character'],
    ['\ud800', 'not-unicode'],
    ['a\udc00b', 'not-unicode'],
    ['..\\evil', 'climbs'],
    ['C:\\evil', 'climbs'],
    ['.fsync', 'reserved'],
    ['.FSYNC', 'reserved'],
    ['.fs\u200bync', 'reserved'],
    ['.\uff46sync', 'reserved'],
  ])('refuses %j: %s', (name, problem) => expect(nameProblem(name)).toBe(problem));

  it('counts bytes, not characters', () => {
    expect(nameProblem('a'.repeat(255))).toBeNull();
    expect(nameProblem('a'.repeat(256))).toBe('too-long');
    expect(nameProblem('ä'.repeat(127))).toBeNull();
    expect(nameProblem('ä'.repeat(128))).toBe('too-long');
    expect(nameProblem('😀'.repeat(64))).toBe('too-long');
  });
});

describe('illegalElsewhere', () => {
  it.each(['a:b', 'a?', 'a\\b', 'a ', 'a.', 'CON', 'con.txt', 'lpt1', 'COM9.log'])('warns about %j', (name) =>
    expect(illegalElsewhere(name)).not.toBeNull(),
  );
  it.each(['console', 'a.b', 'com', 'ä', '.a'])('says nothing about %j', (name) => expect(illegalElsewhere(name)).toBeNull());
});

describe('keys', () => {
  it('make one name of two Unicode spellings, and of two cases only when folding', () => {
    expect(compareKey('e\u0301')).toBe(compareKey('\u00e9'));
    expect(compareKey('A')).not.toBe(compareKey('a'));
    expect(foldKey('E\u0301')).toBe(foldKey('\u00e9'));
  });

  it('know the private folder in disguise only', () => {
    expect(isReservedName('.fsync')).toBe(true);
    expect(isReservedName('.fsyncd')).toBe(false);
  });
});

const AT = Date.UTC(2026, 10, 22, 14, 3, 11, 999);
const copyOf = (name: string) => ({ name, deviceName: 'laptop', at: AT, hash4: 'k3f9' });

describe('conflictCopyName', () => {
  it('hazard 32: puts device, time and content before the extension', () => {
    expect(conflictCopyName(copyOf('report.md'))).toBe('report (conflict laptop 2026-11-22 140311 k3f9).md');
    expect(conflictCopyName(copyOf('a.tar.gz'))).toBe('a.tar (conflict laptop 2026-11-22 140311 k3f9).gz');
  });

  it('finds no extension in dot files, sentences and trailing dots', () => {
    expect(conflictCopyName(copyOf('.bashrc'))).toBe('.bashrc (conflict laptop 2026-11-22 140311 k3f9)');
    expect(conflictCopyName(copyOf('v1. Last version'))).toBe('v1. Last version (conflict laptop 2026-11-22 140311 k3f9)');
    expect(conflictCopyName(copyOf('end.'))).toBe('end. (conflict laptop 2026-11-22 140311 k3f9)');
  });

  it('hazard 75: lets a conflict copy conflict again', () => {
    const once = conflictCopyName(copyOf('a.md'));
    const twice = conflictCopyName({ ...copyOf(once), deviceName: 'desk', hash4: 'zz00' });
    expect(twice).toBe('a (conflict laptop 2026-11-22 140311 k3f9) (conflict desk 2026-11-22 140311 zz00).md');
    expect(parseConflictCopyName(twice)).toEqual({ name: once, deviceName: 'desk', at: AT - 999, hash4: 'zz00' });
  });

  it('hazard 32: numbers names that are taken', () => {
    const taken = new Set([conflictCopyName(copyOf('a.md'))]);
    const second = conflictCopyName(copyOf('a.md'), (name) => taken.has(name));
    expect(second).toBe('a (conflict laptop 2026-11-22 140311 k3f9 2).md');
    taken.add(second);
    expect(conflictCopyName(copyOf('a.md'), (name) => taken.has(name))).toContain('k3f9 3');
    expect(parseConflictCopyName(second)?.name).toBe('a.md');
  });

  it('hazard 30: is a legal name that keeps the extension, for any name and device', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        (stem, deviceName) => {
          const name = `${stem
            .replaceAll('/', '-')
            .replace(/\p{Cc}/gu, '')
            .replaceAll('\\', '-')}x.txt`;
          const copy = conflictCopyName({ name, deviceName, at: AT, hash4: 'abcd' });
          expect(nameProblem(copy)).toBeNull();
          expect(bytes(copy)).toBeLessThanOrEqual(255);
          expect(copy.endsWith(' 2026-11-22 140311 abcd).txt')).toBe(true);
          if (bytes(name) < 150)
            expect(parseConflictCopyName(copy)).toEqual({ name, deviceName: fileDeviceName(deviceName), at: AT - 999, hash4: 'abcd' });
        },
      ),
    );
  });

  it('writes a time that no calendar has as one that it has', () => {
    expect(conflictCopyName({ ...copyOf('a'), at: Number.NaN })).toContain('1970-01-01 000000');
    expect(conflictCopyName({ ...copyOf('a'), at: 1e300 })).toContain('9999-12-31 235959');
  });
});

describe('parseConflictCopyName', () => {
  it.each([
    'a.md',
    'a (conflict).md',
    'a (conflict laptop 2026-11-22 140311).md',
    '(conflict laptop 2026-11-22 140311 k3f9).md',
    'a (conflict laptop 2026-11-22 140311 k3f9)b.md',
  ])('knows that %j is none', (name) => expect(parseConflictCopyName(name)).toBeNull());
});

describe('fileDeviceName', () => {
  it('keeps what can stand in a file name', () => {
    expect(fileDeviceName("Ann's MacBook Pro")).toBe("Ann's MacBook Pro");
    expect(fileDeviceName('a/b\\c:d\n(x)')).toBe('a-b-c-d-x-');
    expect(fileDeviceName('\ud800\u202e ')).toBe('device');
    expect(bytes(fileDeviceName('ä'.repeat(60)))).toBeLessThanOrEqual(40);
  });
});
