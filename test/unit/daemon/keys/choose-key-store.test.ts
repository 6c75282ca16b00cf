import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { chooseKeyStore, keyStoreWarning, openKeyStore, type KeyStoreEnvironment } from '../../../../src/daemon/keys/choose-key-store.js';
import { openKeychain } from '../../../../src/daemon/keys/keychain.js';
import { memoryKeytar } from '../../../support/memory-keytar.js';
import { recordingLogger } from '../../../support/recording-logger.js';
import { tempFolder } from '../../../support/temp-folder.js';

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const ask = { insecureKeyFile: false };

function environment(env: Record<string, string>, keychain: 'works' | 'fails'): KeyStoreEnvironment & { readonly keysDir: string } {
  const folder = tempFolder();
  const keytar = memoryKeytar();
  return {
    homeDir: folder,
    keysDir: join(folder, 'keys'),
    env,
    random,
    logger: recordingLogger(),
    openKeychain: (options) =>
      keychain === 'works' ? openKeychain({ ...options, keytar }) : Promise.reject(new FsyncError('key_store_unavailable', 'no service')),
  };
}

describe('chooseKeyStore', () => {
  it('takes the keychain when it works', async () => {
    expect((await chooseKeyStore(environment({ FSYNC_HOME: '/x' }, 'works'), ask)).kind).toBe('keychain');
  });

  it('takes a sealed file when a passphrase is given, directly or in a file', async () => {
    const direct = environment({ FSYNC_KEY_PASSPHRASE: 'words' }, 'fails');
    const store = await chooseKeyStore(direct, ask);
    expect(store.kind).toBe('sealed-file');
    await store.set('a', 'one');
    const file = join(direct.homeDir, 'passphrase');
    writeFileSync(file, 'words\n');
    const again = await openKeyStore('sealed-file', { ...direct, env: { FSYNC_KEY_PASSPHRASE_FILE: file } });
    expect(await again.get('a')).toBe('one');
  });

  it('refuses an unprotected file that nobody asked for, and says what can be done', async () => {
    await expect(chooseKeyStore(environment({}, 'fails'), ask)).rejects.toMatchObject({
      code: 'key_store_unavailable',
      hints: [expect.stringContaining('FSYNC_KEY_PASSPHRASE'), expect.stringContaining('--insecure-key-file')],
    });
  });

  it('takes an unprotected file by flag and by variable', async () => {
    expect((await chooseKeyStore(environment({}, 'works'), { insecureKeyFile: true })).kind).toBe('insecure-file');
    expect((await chooseKeyStore(environment({ FSYNC_INSECURE_KEY_FILE: '1' }, 'works'), ask)).kind).toBe('insecure-file');
  });

  it('takes an unprotected file in a home of its own without a keychain, and there is a warning for it', async () => {
    const from = environment({ FSYNC_HOME: '/somewhere' }, 'fails');
    const store = await chooseKeyStore(from, ask);
    expect(store.kind).toBe('insecure-file');
    expect(keyStoreWarning(store.kind, from.keysDir)).toContain(from.keysDir);
    expect(readFileSync(join(from.keysDir, 'insecure.key'), 'utf8')).toMatch(/^[\w-]{43}\n$/);
  });

  it('warns of no other store', () => {
    expect([keyStoreWarning('keychain', '/k'), keyStoreWarning('sealed-file', '/k')]).toEqual([null, null]);
  });
});

describe('openKeyStore', () => {
  it('does not fall back to anything weaker than what was chosen', async () => {
    await expect(openKeyStore('keychain', environment({ FSYNC_HOME: '/x' }, 'fails'))).rejects.toMatchObject({
      code: 'key_store_unavailable',
    });
    await expect(openKeyStore('sealed-file', environment({ FSYNC_HOME: '/x' }, 'works'))).rejects.toMatchObject({
      code: 'key_store_unavailable',
    });
  });

  it('names a passphrase file that is missing', async () => {
    const from = environment({ FSYNC_KEY_PASSPHRASE_FILE: '/nonexistent/passphrase' }, 'fails');
    await expect(openKeyStore('sealed-file', from)).rejects.toThrow('/nonexistent/passphrase');
  });

  it('will not make a new key for secrets whose key is gone', async () => {
    const from = environment({}, 'fails');
    await (await openKeyStore('insecure-file', from)).set('a', 'one');
    writeFileSync(join(from.keysDir, 'insecure.key'), `${Buffer.alloc(32, 7).toString('base64url')}\n`);
    await expect(openKeyStore('insecure-file', from)).rejects.toMatchObject({ code: 'key_store_unavailable' });
  });
});

describe('openKeychain', () => {
  it('refuses a keychain that loses what it is given', async () => {
    const keytar = { ...memoryKeytar(), setPassword: () => Promise.resolve() };
    await expect(openKeychain({ namespace: 'n', random, keytar })).rejects.toMatchObject({ code: 'key_store_unavailable' });
  });

  it('leaves nothing of its probe behind', async () => {
    const keytar = memoryKeytar();
    await openKeychain({ namespace: 'n', random, keytar });
    expect(keytar.entries.size).toBe(0);
  });

  it('keeps homes apart', async () => {
    const keytar = memoryKeytar();
    const one = await openKeychain({ namespace: 'one', random, keytar });
    const two = await openKeychain({ namespace: 'two', random, keytar });
    await one.set('a', '1');
    expect(await two.get('a')).toBeNull();
  });
});
