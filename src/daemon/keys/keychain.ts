/**
 * The keychain of the operating system (Secret Service, macOS Keychain, Windows Credential Manager),
 * through keytar's functions. Opening it proves that it works: constructors succeed where no service
 * runs, and only a write, read and delete tells.
 */
import type * as Keytar from '@napi-rs/keyring/keytar.js';
import type { RandomBytes } from '../../core/base/effects.js';
import { toBase64Url, toHex } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';
import { deadline } from '../home/deadline.js';
import type { KeyStore } from './key-store.js';

type KeytarFunctions = Pick<typeof Keytar, 'getPassword' | 'setPassword' | 'deletePassword'>;

export interface KeychainOptions {
  /** Tells the homes of one user apart. */
  readonly namespace: string;
  readonly random: RandomBytes;
  /** The functions of the platform; given in tests. */
  readonly keytar?: KeytarFunctions;
}

const SERVICE = 'fsync';
/** A locked keychain may ask the person to unlock it; a service that hangs must not hang the daemon for ever. */
const CALL_DEADLINE_MS = 20_000;
const PROBE_DEADLINE_MS = 5_000;

/** @throws FsyncError key_store_unavailable when the keychain does not keep what it is given */
export async function openKeychain(options: KeychainOptions): Promise<KeyStore> {
  const store = keychainStore(options.namespace, options.keytar ?? (await loadKeytar()), CALL_DEADLINE_MS);
  const probing = keychainStore(options.namespace, options.keytar ?? (await loadKeytar()), PROBE_DEADLINE_MS);
  const name = `probe-${toHex(options.random(8))}`;
  const value = toBase64Url(options.random(32));
  await probing.set(name, value);
  const read = await probing.get(name);
  await probing.delete(name);
  if (read !== value) throw unavailable('the keychain does not return what was stored');
  return store;
}

async function loadKeytar(): Promise<KeytarFunctions> {
  try {
    return await import('@napi-rs/keyring/keytar.js');
  } catch (cause) {
    throw unavailable('there is no keychain support for this platform', cause);
  }
}

function keychainStore(namespace: string, keytar: KeytarFunctions, timeoutMs: number): KeyStore {
  const account = (name: string): string => `${namespace}:${name}`;
  const call = async <T>(what: string, work: Promise<T>): Promise<T> => {
    try {
      return await deadline(work, timeoutMs, () => unavailable(`the keychain did not answer in ${String(timeoutMs)} ms`));
    } catch (cause) {
      throw cause instanceof FsyncError ? cause : unavailable(`the keychain refused to ${what}`, cause);
    }
  };
  return {
    kind: 'keychain',
    get: (name) => call('read', keytar.getPassword(SERVICE, account(name))),
    set: (name, value) => call('store', keytar.setPassword(SERVICE, account(name), value)),
    async delete(name) {
      await call('delete', keytar.deletePassword(SERVICE, account(name)));
    },
  };
}

function unavailable(message: string, cause?: unknown): FsyncError {
  return new FsyncError('key_store_unavailable', message, { cause });
}
