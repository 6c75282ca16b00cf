import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { FsyncError } from '../../../src/core/base/errors.js';
import { findVault } from '../../../src/cli/vault-root.js';
import { attachedFolder } from '../../support/cli-process.js';
import { tempFolder } from '../../support/temp-folder.js';

describe('findVault', () => {
  let base: string;
  let root: string;
  beforeEach(() => {
    base = tempFolder();
    root = attachedFolder(join(base, 'notes'));
    mkdirSync(join(root, 'a', 'b'), { recursive: true });
  });

  it('walks up to the nearest vault', () => {
    expect(findVault(join(root, 'a', 'b'), '.')).toEqual({ root, path: 'a/b' });
    expect(findVault(root, 'a/b/../x')).toEqual({ root, path: 'a/x' });
    expect(findVault('/', root)).toEqual({ root, path: '' });
    const inner = attachedFolder(join(root, 'a', 'inner'));
    expect(findVault(inner, 'f').root).toBe(inner);
  });

  it('takes a path that is gone, even with its folders', () => {
    expect(findVault(root, 'gone/deep/file')).toEqual({ root, path: 'gone/deep/file' });
  });

  it('takes a link in the vault as itself, wherever it points', () => {
    symlinkSync('/', join(root, 'a', 'out'));
    symlinkSync('nowhere', join(root, 'dangling'));
    expect(findVault(root, 'a/out')).toEqual({ root, path: 'a/out' });
    expect(findVault(root, 'dangling')).toEqual({ root, path: 'dangling' });
  });

  it('follows a link to a vault, or to a folder inside one', () => {
    symlinkSync(root, join(base, 'to-root'));
    symlinkSync(join(root, 'a'), join(base, 'to-a'));
    expect(findVault(base, 'to-root')).toEqual({ root, path: '' });
    expect(findVault(base, 'to-a')).toEqual({ root, path: 'a' });
    expect(findVault(base, 'to-a/b')).toEqual({ root, path: 'a/b' });
  });

  it('is not fooled by a .fsync without a vault in it, nor by a file', () => {
    mkdirSync(join(base, 'plain', '.fsync'), { recursive: true });
    writeFileSync(join(base, 'file'), '');
    for (const path of ['plain', 'file', 'file/below', 'gone']) {
      expect(() => findVault(base, path)).toThrow(FsyncError);
      expect(() => findVault(base, path)).toThrow(/is not inside a vault/);
    }
  });
});
