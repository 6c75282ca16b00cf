import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseIgnoreRules } from '../../../../src/core/ignore/ignore-rules.js';
import { runScanJob, scanDirectories } from '../../../../src/daemon/folder/scan-directories.js';
import { unpackScan } from '../../../../src/daemon/folder/scan-packing.js';
import { tempFolder } from '../../../support/temp-folder.js';
import { asNobody, vaultRoot } from '../../../support/vault-root.js';

const noRules = parseIgnoreRules('');
const everything = { directories: [], recursive: [''] };

describe('scanning', () => {
  it('hazard 16: calls a directory it may not read or enter unreadable, not empty', () => {
    const root = tempFolder();
    chmodSync(root, 0o755);
    for (const [name, mode] of [
      ['closed', 0o000],
      ['no-enter', 0o444],
      ['no-read', 0o311],
    ] as const) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'f'), '');
      chmodSync(join(root, name), mode);
    }
    const listings = asNobody(() => unpackScan(scanDirectories(root, everything, noRules)));
    expect(listings.map(({ path, status }) => [path, status])).toEqual([
      ['', 'listed'],
      ['closed', 'unreadable'],
      ['no-enter', 'unreadable'],
      ['no-read', 'unreadable'],
    ]);
    const inside = asNobody(() => unpackScan(scanDirectories(root, { directories: ['closed/deeper'], recursive: [] }, noRules)));
    expect(inside).toMatchObject([{ path: 'closed/deeper', status: 'unreadable', entries: [] }]);
    for (const name of ['closed', 'no-enter', 'no-read']) chmodSync(join(root, name), 0o700);
  });

  it('fails when the ignore file may not be read', () => {
    const { root } = vaultRoot();
    writeFileSync(join(root, '.fsyncignore'), '*');
    chmodSync(join(root, '.fsyncignore'), 0o000);
    chmodSync(join(root, '..'), 0o755);
    expect(() => asNobody(() => runScanJob({ root, identity: null, ...everything }))).toThrow(
      expect.objectContaining({ code: 'io_error' }),
    );
  });

  it('hazard 21: never lists what a parent that became a link leads to', () => {
    const root = tempFolder();
    const outside = tempFolder();
    mkdirSync(join(outside, 'sub'));
    writeFileSync(join(outside, 'sub/secret'), '');
    mkdirSync(join(root, 'd/sub'), { recursive: true });
    let swapped = false;
    const swap = (): void => {
      if (swapped) return;
      swapped = true;
      rmSync(join(root, 'd'), { recursive: true });
      symlinkSync(outside, join(root, 'd'));
    };
    const listings = unpackScan(scanDirectories(root, { directories: ['d/sub'], recursive: [] }, noRules, swap));
    // The link came after the path was checked: what was read is then not what was there before.
    expect(listings.flatMap(({ entries }) => entries.map(({ name }) => name))).not.toContain('secret');
  });

  it('stops where its checkpoint throws', () => {
    const root = tempFolder();
    expect(() =>
      scanDirectories(root, everything, noRules, () => {
        throw new Error('stop');
      }),
    ).toThrow('stop');
  });

  it('keeps apart a file whose name looks like the spelling of a broken one', () => {
    const root = tempFolder();
    writeFileSync(join(root, 'a\\xff'), '');
    writeFileSync(Buffer.concat([Buffer.from(`${root}/a`), Buffer.from([0xff])]), '');
    const [listing] = unpackScan(scanDirectories(root, everything, noRules));
    expect(listing?.entries.map(({ name, kind }) => `${name} ${kind}`).sort((a, b) => (a < b ? -1 : 1))).toEqual([
      'a\\xff file',
      'a\\xff? foreign',
    ]);
  });

  it('hazard 31: reports what lies too deep to be reached by its path', () => {
    const root = tempFolder();
    const name = 'd'.repeat(250);
    let at = root;
    while (at.length + name.length + 1 < 4090) {
      at = `${at}/${name}`;
      mkdirSync(at);
    }
    process.chdir(at);
    try {
      mkdirSync(name);
    } finally {
      process.chdir('/');
    }
    const listings = unpackScan(scanDirectories(root, everything, noRules));
    expect(listings.at(-1)?.entries).toMatchObject([{ name, kind: 'foreign', problem: 'path-too-long' }]);
    process.chdir(at);
    rmSync(name, { recursive: true });
    process.chdir('/');
  });

  it('packs more entries than its first buffers hold', () => {
    const root = tempFolder();
    for (let index = 0; index < 3000; index += 1) writeFileSync(join(root, `f${String(index)}`), 'x'.repeat(index % 7));
    const [listing] = unpackScan(scanDirectories(root, everything, noRules));
    expect(listing?.entries).toHaveLength(3000);
    expect(listing?.entries.every(({ name, fingerprint }) => fingerprint.size === Number(name.slice(1)) % 7)).toBe(true);
  });
});
