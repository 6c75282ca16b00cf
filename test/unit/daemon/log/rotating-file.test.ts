import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRotatingFile } from '../../../../src/daemon/log/rotating-file.js';
import { tempFolder } from '../../../support/temp-folder.js';

describe('openRotatingFile', () => {
  it('keeps so many full files, all for their owner only', () => {
    const folder = join(tempFolder(), 'logs');
    const file = openRotatingFile(join(folder, 'log'), { maxBytes: 8, keep: 2 });
    for (const line of ['a', 'b', 'c', 'd', 'e']) file.write(`${line.repeat(6)}\n`);
    file.close();
    expect(readdirSync(folder).toSorted()).toEqual(['log', 'log.1', 'log.2']);
    expect(['log.2', 'log.1', 'log'].map((name) => readFileSync(join(folder, name), 'utf8')[0])).toEqual(['c', 'd', 'e']);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('takes a new size with the next line', () => {
    const folder = tempFolder();
    const file = openRotatingFile(join(folder, 'log'), { maxBytes: 1_000, keep: 2 });
    file.write('first\n');
    file.setMaxBytes(4);
    file.write('second\n');
    file.close();
    expect(readFileSync(join(folder, 'log.1'), 'utf8')).toBe('first\n');
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('second\n');
  });

  it('loses lines and nothing else while it cannot be rotated: no other file gets them, and it goes on afterwards', () => {
    const folder = join(tempFolder(), 'logs');
    const path = join(folder, 'log');
    const file = openRotatingFile(path, { maxBytes: 8, keep: 2 });
    file.write('first\n');
    // In the way of the rotation: a directory that is not empty.
    mkdirSync(join(folder, 'log.2', 'x'), { recursive: true });
    file.write('second\n');
    const other = join(folder, 'other');
    writeFileSync(other, '');
    const descriptor = openSync(other, 'a');
    file.write('third\n');
    expect(readFileSync(other, 'utf8')).toBe('');
    closeSync(descriptor);
    rmSync(join(folder, 'log.2'), { recursive: true });
    for (const line of ['fourth', 'fifth']) file.write(`${line}\n`);
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('fifth\n');
    file.write('after the end\n');
    expect(readFileSync(path, 'utf8')).toBe('fifth\n');
  });
});
