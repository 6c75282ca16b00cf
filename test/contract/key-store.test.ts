/** One suite for every adapter of the key store; the real keychain where one runs. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFsyncError } from '../../src/core/base/errors.js';
import { openInsecureFile, openSealedFile } from '../../src/daemon/keys/file-key-store.js';
import { openKeychain } from '../../src/daemon/keys/keychain.js';
import type { KeyStore, KeyStoreKind } from '../../src/daemon/keys/key-store.js';
import { memoryKeytar } from '../support/memory-keytar.js';
import { tempFolder } from '../support/temp-folder.js';

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));

interface Adapter {
  readonly name: string;
  readonly kind: KeyStoreKind;
  /** Returns a function that opens the same store each time, as after a restart. */
  prepare(): () => Promise<KeyStore>;
}

const adapters: readonly Adapter[] = [
  {
    name: 'keychain over keytar functions in memory',
    kind: 'keychain',
    prepare() {
      const keytar = memoryKeytar();
      return () => openKeychain({ namespace: 'home', random, keytar });
    },
  },
  {
    name: 'sealed file',
    kind: 'sealed-file',
    prepare() {
      const directory = join(tempFolder(), 'keys');
      return () => openSealedFile({ directory, random }, 'a passphrase');
    },
  },
  {
    name: 'insecure file',
    kind: 'insecure-file',
    prepare() {
      const directory = join(tempFolder(), 'keys');
      return () => Promise.resolve(openInsecureFile({ directory, random }));
    },
  },
];

async function hasKeychain(): Promise<boolean> {
  try {
    await openKeychain({ namespace: 'test', random });
    return true;
  } catch (error) {
    if (!isFsyncError(error, 'key_store_unavailable')) throw error;
    return false;
  }
}

const keychain: Adapter = {
  name: 'keychain of the system',
  kind: 'keychain',
  prepare() {
    const namespace = `test-${randomBytes(8).toString('hex')}`;
    return () => openKeychain({ namespace, random });
  },
};
const present = await hasKeychain();

describe.each([...adapters, ...(present ? [keychain] : [])])('key store: $name', ({ kind, prepare }) => {
  it('says what it is', async () => {
    expect((await prepare()()).kind).toBe(kind);
  });

  it('returns null for a name that was never set', async () => {
    const store = await prepare()();
    expect(await store.get('nothing')).toBeNull();
  });

  it('keeps values over a restart, the last one set under each name', async () => {
    const open = prepare();
    const first = await open();
    await first.set('a', 'one');
    await first.set('b', 'two');
    await first.set('a', 'three');
    const second = await open();
    expect([await second.get('a'), await second.get('b')]).toEqual(['three', 'two']);
    await second.delete('a');
    await second.delete('b');
  });

  it('forgets what is deleted, and does not mind deleting nothing', async () => {
    const open = prepare();
    const first = await open();
    await first.set('a', 'one');
    await first.delete('a');
    await first.delete('a');
    expect(await first.get('a')).toBeNull();
    expect(await (await open()).get('a')).toBeNull();
  });

  it('keeps a value of 2,000 characters as it is', async () => {
    const store = await prepare()();
    const value = 'ü"\\\n€'.repeat(400);
    await store.set('long', value);
    expect(await store.get('long')).toBe(value);
    await store.delete('long');
  });
});

describe('key files', () => {
  it('show no value and are readable by the owner only', async () => {
    const directory = join(tempFolder(), 'keys');
    const sealed = await openSealedFile({ directory, random }, 'a passphrase');
    await sealed.set('name-of-secret', 'value-of-secret');
    await openInsecureFile({ directory, random }).set('name-of-secret', 'value-of-secret');
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const names = readdirSync(directory).sort();
    expect(names).toEqual(['insecure.key', 'secrets.insecure.json', 'secrets.sealed.json']);
    for (const name of names) {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(directory, name), 'utf8')).not.toMatch(/of-secret/);
    }
  });

  it('a wrong passphrase opens nothing and changes nothing', async () => {
    const directory = join(tempFolder(), 'keys');
    await (await openSealedFile({ directory, random }, 'right')).set('a', 'one');
    const before = readFileSync(join(directory, 'secrets.sealed.json'));
    await expect(openSealedFile({ directory, random }, 'wrong')).rejects.toMatchObject({ code: 'key_store_unavailable' });
    expect(readFileSync(join(directory, 'secrets.sealed.json'))).toEqual(before);
  });
});

describe.skipIf(present)('keychain of the system, where none runs', () => {
  it('is refused when it is opened, not when it is used', async () => {
    await expect(openKeychain({ namespace: 'test', random })).rejects.toMatchObject({ code: 'key_store_unavailable' });
  });
});
