import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCredentialId, parseVaultId } from '../../../../src/core/base/ids.js';
import { requireRoot } from '../../../../src/daemon/folder/root-identity.js';
import {
  checkRoot,
  createVaultFolder,
  enclosingVault,
  privatePaths,
  readVaultFolder,
  removeVaultFolder,
} from '../../../../src/daemon/folder/vault-folder.js';
import { tempFolder } from '../../../support/temp-folder.js';
import { asNobody, DESCRIPTION, VAULT, vaultRoot } from '../../../support/vault-root.js';

describe('vault folder', () => {
  it('is private, and tells which vault and which directory it is', () => {
    const { root, identity } = vaultRoot();
    for (const name of ['.fsync', '.fsync/tmp', '.fsync/stash']) expect(lstatSync(join(root, name)).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(root, '.fsync/vault.json')).mode & 0o777).toBe(0o600);
    expect(readVaultFolder(root)).toEqual({ ...DESCRIPTION, identity });
    expect(identity.ino).toBe(String(lstatSync(root).ino));
    expect(checkRoot(root, VAULT)).toBe('ok');
  });

  it('hazard 50: is not made in the folder of another vault, nor inside of any', () => {
    const { root } = vaultRoot();
    const other = { ...DESCRIPTION, vault: parseVaultId('00'.repeat(32)) };
    for (const [place, description] of [
      [root, other],
      [join(root, 'a/b'), other],
      [join(root, 'a/b'), DESCRIPTION],
    ] as const) {
      expect(() => createVaultFolder(place, description)).toThrow(expect.objectContaining({ code: 'already_exists' }));
    }
    expect(enclosingVault(join(root, 'a/b'))).toBe(root);
    expect(enclosingVault(tempFolder())).toBeNull();
  });

  it.each(['its marker', 'a marker that cannot be read'])(
    'is taken over with %s: what was known is forgotten, the stash is kept',
    (what) => {
      const { root } = vaultRoot();
      const { state, tmp, stash, marker } = privatePaths(root);
      for (const path of [state, `${state}-wal`, `${state}.corrupt-1`, join(tmp, 'half'), join(stash, 'kept'), join(root, 'file')])
        writeFileSync(path, 'x');
      if (what !== 'its marker') writeFileSync(marker, 'not JSON');
      const device = parseCredentialId('77'.repeat(16));
      expect(createVaultFolder(root, { ...DESCRIPTION, device }).device).toBe(device);
      expect(checkRoot(root, VAULT)).toBe('ok');
      expect([state, `${state}-wal`, `${state}.corrupt-1`, join(tmp, 'half')].filter(existsSync)).toEqual([]);
      expect([tmp, join(stash, 'kept'), join(root, 'file')].filter(existsSync)).toHaveLength(3);
    },
  );

  it('is not made of a link or where nothing may be made', () => {
    const beside = tempFolder();
    mkdirSync(join(beside, 'real'));
    symlinkSync('real', join(beside, 'link'));
    expect(() => createVaultFolder(join(beside, 'link'), DESCRIPTION)).toThrow(expect.objectContaining({ code: 'io_error' }));
    chmodSync(beside, 0o755);
    expect(() => asNobody(() => createVaultFolder(join(beside, 'new'), DESCRIPTION))).toThrow(
      expect.objectContaining({ code: 'io_error' }),
    );
  });

  it('is missing without its directory, its private part or its marker', () => {
    const { root, beside } = vaultRoot();
    renameSync(privatePaths(root).marker, join(beside, 'marker'));
    expect(checkRoot(root, VAULT)).toBe('missing');
    renameSync(privatePaths(root).folder, join(beside, 'private'));
    symlinkSync(join(beside, 'private'), privatePaths(root).folder);
    renameSync(join(beside, 'marker'), join(beside, 'private/vault.json'));
    expect(checkRoot(root, VAULT)).toBe('missing');
    expect(() => readVaultFolder(root)).toThrow(expect.objectContaining({ code: 'not_a_vault' }));
    rmSync(root, { recursive: true });
    expect(checkRoot(root, VAULT)).toBe('missing');
  });

  it.each(['not JSON', '{"schema":1}', '{"schema":1,"vault":"../x"}'])('counts as replaced when its marker reads %s', (text) => {
    const { root } = vaultRoot();
    writeFileSync(privatePaths(root).marker, text);
    expect(checkRoot(root, VAULT)).toBe('replaced');
  });

  it('counts as replaced when it names another vault or is a copy, until it is attached again', () => {
    const { root, beside, identity } = vaultRoot();
    expect(checkRoot(root, parseVaultId('00'.repeat(32)))).toBe('replaced');
    const copy = join(beside, 'copy');
    mkdirSync(copy);
    renameSync(privatePaths(root).folder, privatePaths(copy).folder);
    expect(checkRoot(copy, VAULT)).toBe('replaced');
    expect(() => requireRoot(copy, identity)).toThrow(expect.objectContaining({ code: 'guarded' }));
    const attached = createVaultFolder(copy, DESCRIPTION);
    expect(checkRoot(copy, VAULT)).toBe('ok');
    expect(() => requireRoot(copy, attached.identity)).not.toThrow();
  });

  it('hazard 88: is refused when a newer version made it', () => {
    const { root } = vaultRoot();
    const { marker } = privatePaths(root);
    writeFileSync(marker, readFileSync(marker, 'utf8').replace('"schema": 1', '"schema": 2'));
    expect(() => readVaultFolder(root)).toThrow(expect.objectContaining({ code: 'unsupported_version' }));
  });

  it('becomes an ordinary folder again, but for a stash that holds something', () => {
    const { root } = vaultRoot();
    writeFileSync(join(root, 'file'), '');
    writeFileSync(privatePaths(root).state, '');
    writeFileSync(join(privatePaths(root).stash, 'kept'), '');
    removeVaultFolder(root);
    expect([existsSync(privatePaths(root).marker), existsSync(privatePaths(root).state)]).toEqual([false, false]);
    expect(existsSync(join(privatePaths(root).stash, 'kept'))).toBe(true);
    rmSync(join(privatePaths(root).stash, 'kept'));
    removeVaultFolder(root);
    removeVaultFolder(root);
    expect(existsSync(privatePaths(root).folder)).toBe(false);
    expect(existsSync(join(root, 'file'))).toBe(true);
  });
});
