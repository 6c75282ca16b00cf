import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { probeDisk } from '../../../../src/daemon/folder/probe-disk.js';
import { privatePaths } from '../../../../src/daemon/folder/vault-folder.js';

it('finds that the usual disk tells cases apart and keeps modes, and leaves nothing behind', () => {
  const root = mkdtempSync(join(tmpdir(), 'fsync-probe-'));
  try {
    mkdirSync(privatePaths(root).tmp, { recursive: true });
    expect(probeDisk(root)).toEqual({ ignoresCase: false, keepsModes: true });
    mkdirSync(join(root, '.FSYNC'));
    expect(probeDisk(root).ignoresCase, 'a file of that very name').toBe(false);
    expect(readdirSync(privatePaths(root).tmp)).toEqual([]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
