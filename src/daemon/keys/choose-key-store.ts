/** Which key store this home uses. Keychain first; nothing weaker is taken without being asked for or without saying so. */
import type { Logger, RandomBytes } from '../../core/base/effects.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { sha256 } from '../../core/crypto/hash.js';
import { toHex, utf8 } from '../../core/base/bytes.js';
import { readTextFile } from '../home/json-file.js';
import { openInsecureFile, openSealedFile } from './file-key-store.js';
import { openKeychain } from './keychain.js';
import type { KeyStore, KeyStoreKind } from './key-store.js';

export interface KeyStoreEnvironment {
  /** `stateDir` of the home: tells homes apart inside one keychain. */
  readonly homeDir: string;
  readonly keysDir: string;
  /** FSYNC_KEY_PASSPHRASE, FSYNC_KEY_PASSPHRASE_FILE, FSYNC_INSECURE_KEY_FILE, FSYNC_HOME and FSYNC_KEYCHAIN are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly random: RandomBytes;
  readonly logger: Logger;
  /** Replaced in tests. */
  readonly openKeychain?: typeof openKeychain;
}

/**
 * For signing in. Order: --insecure-key-file when asked for; passphrase when one is set; keychain; and,
 * in a home of its own (FSYNC_HOME: containers, CI, tests), the insecure file.
 * @throws FsyncError key_store_unavailable
 */
export async function chooseKeyStore(from: KeyStoreEnvironment, options: { readonly insecureKeyFile: boolean }): Promise<KeyStore> {
  if (options.insecureKeyFile || isOn(from.env['FSYNC_INSECURE_KEY_FILE'])) return openKeyStore('insecure-file', from);
  if (passphrase(from) !== null) return openKeyStore('sealed-file', from);
  try {
    return await openKeyStore('keychain', from);
  } catch (error) {
    if (!isFsyncError(error, 'key_store_unavailable')) throw error;
    from.logger.info('no keychain', { reason: error.message });
    if ((from.env['FSYNC_HOME'] ?? '') !== '') return openKeyStore('insecure-file', from);
    throw new FsyncError('key_store_unavailable', "there is no keychain to keep this device's keys in", {
      cause: error,
      hints: [
        'To seal them in a file, set FSYNC_KEY_PASSPHRASE (or FSYNC_KEY_PASSPHRASE_FILE) and run: fsync daemon restart',
        'To accept an unprotected file: --insecure-key-file',
      ],
    });
  }
}

/** Opens the store that was chosen at sign-in. @throws FsyncError key_store_unavailable */
export async function openKeyStore(kind: KeyStoreKind, from: KeyStoreEnvironment): Promise<KeyStore> {
  const file = { directory: from.keysDir, random: from.random };
  switch (kind) {
    case 'keychain': {
      if (from.env['FSYNC_KEYCHAIN'] === 'off')
        throw new FsyncError('key_store_unavailable', 'the keychain is switched off by FSYNC_KEYCHAIN');
      const namespace = toHex(sha256(utf8(from.homeDir)).subarray(0, 8));
      return (from.openKeychain ?? openKeychain)({ namespace, random: from.random });
    }
    case 'sealed-file': {
      const words = passphrase(from);
      if (words !== null) return openSealedFile(file, words);
      throw new FsyncError('key_store_unavailable', 'the keys of this device are sealed by a passphrase', {
        hints: ['Set FSYNC_KEY_PASSPHRASE or FSYNC_KEY_PASSPHRASE_FILE and run: fsync daemon restart'],
      });
    }
    case 'insecure-file':
      return openInsecureFile(file);
  }
}

/** What people are told about a store that protects little; null for the others. */
export function keyStoreWarning(kind: KeyStoreKind, keysDir: string): string | null {
  return kind === 'insecure-file'
    ? `the keys of this device are in ${keysDir}, readable by whoever can read that folder; a keychain or FSYNC_KEY_PASSPHRASE would protect them`
    : null;
}

function passphrase(from: KeyStoreEnvironment): string | null {
  const direct = from.env['FSYNC_KEY_PASSPHRASE'];
  if (direct !== undefined && direct !== '') return direct;
  const path = from.env['FSYNC_KEY_PASSPHRASE_FILE'];
  if (path === undefined || path === '') return null;
  const text = readTextFile(path)?.replace(/\r?\n$/, '') ?? '';
  if (text === '') throw new FsyncError('key_store_unavailable', `FSYNC_KEY_PASSPHRASE_FILE names a missing or empty file: ${path}`);
  return text;
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && ['1', 'true', 'yes', 'on'].includes(value.toLowerCase());
}
