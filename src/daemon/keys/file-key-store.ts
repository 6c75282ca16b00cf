/**
 * Secrets in one sealed file. Its key comes from a passphrase through Argon2id, or from a key file
 * beside it that only the user may read (which protects against nobody who can read the folder, and
 * is therefore its own kind).
 */
import { join } from 'node:path';
import { z } from 'zod';
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../../core/base/bytes.js';
import type { TokenSecret } from '../../core/account/token-secret.js';
import type { RandomBytes } from '../../core/base/effects.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { open, seal } from '../../core/crypto/seal.js';
import { makePrivateDirectory, readJsonFile, readTextFile, writeJsonFile, writeTextFile } from '../home/json-file.js';
import type { KeyStore, KeyStoreKind, ValueStore } from './key-store.js';

export interface FileKeyStoreOptions {
  /** `keys/` of the home. */
  readonly directory: string;
  readonly random: RandomBytes;
}

/** Argon2id, p = 1. Files that ask for less or for more than the cap are refused. */
const KDF = { memoryKiB: 65_536, passes: 3 } as const;
const KDF_CAP = { memoryKiB: 1_048_576, passes: 10 } as const;

const sealedDocument = z.object({
  schema: z.literal(1),
  kdf: z
    .object({
      name: z.literal('argon2id'),
      memoryKiB: z.number().int().min(KDF.memoryKiB).max(KDF_CAP.memoryKiB),
      passes: z.number().int().min(KDF.passes).max(KDF_CAP.passes),
      salt: z.string(),
    })
    .nullable(),
  sealed: z.string(),
});
type SealedDocument = z.infer<typeof sealedDocument>;
const secrets = z.record(z.string(), z.string());

/** @throws FsyncError key_store_unavailable when the passphrase does not open an existing file */
export async function openSealedFile(options: FileKeyStoreOptions, passphrase: string): Promise<KeyStore> {
  const path = join(options.directory, 'secrets.sealed.json');
  const document = readJsonFile(path, sealedDocument);
  const kdf = document?.kdf ?? { name: 'argon2id' as const, ...KDF, salt: toBase64Url(options.random(16)) };
  const key = await stretch(passphrase, kdf);
  return sealedFileStore({ kind: 'sealed-file', path, key, kdf, random: options.random }, document);
}

/** As the sealed file, with a random key in a file of its own. Callers say loudly that this protects little. */
export function openInsecureFile(options: FileKeyStoreOptions): KeyStore {
  makePrivateDirectory(options.directory);
  const keyPath = join(options.directory, 'insecure.key');
  const path = join(options.directory, 'secrets.insecure.json');
  const document = readJsonFile(path, sealedDocument);
  let text = readTextFile(keyPath)?.trim() ?? null;
  if (text === null && document !== null)
    throw new FsyncError('key_store_unavailable', `${keyPath} is missing, so the stored keys cannot be opened`);
  if (text === null) {
    text = toBase64Url(options.random(32));
    writeTextFile(keyPath, `${text}\n`);
  }
  return sealedFileStore({ kind: 'insecure-file', path, key: fromBase64Url(text), kdf: null, random: options.random }, document);
}

/** For whoever holds a token: what is kept here is no secret, and none but the token can change it unnoticed. */
export function openTokenFile(options: FileKeyStoreOptions, token: Pick<TokenSecret, 'localKey' | 'credential'>): ValueStore {
  const path = join(options.directory, `token-${token.credential.id.slice(0, 16)}.json`);
  const document = readJsonFile(path, sealedDocument);
  return sealedFileStore({ kind: 'token', path, key: token.localKey, kdf: null, random: options.random }, document);
}

async function stretch(passphrase: string, kdf: NonNullable<SealedDocument['kdf']>): Promise<Uint8Array> {
  const { hashRaw } = await import('@node-rs/argon2');
  const salt = fromBase64Url(kdf.salt);
  // Argon2id version 1.3 is the library's default.
  return new Uint8Array(
    await hashRaw(utf8(passphrase.normalize('NFC')), {
      memoryCost: kdf.memoryKiB,
      timeCost: kdf.passes,
      parallelism: 1,
      outputLen: 32,
      salt,
    }),
  );
}

/** `token`: sealed under a token, see openTokenFile. */
interface SealedFile<Kind extends KeyStoreKind | 'token'> {
  readonly kind: Kind;
  readonly path: string;
  readonly key: Uint8Array;
  readonly kdf: SealedDocument['kdf'];
  readonly random: RandomBytes;
}

function sealedFileStore<Kind extends KeyStoreKind | 'token'>(
  file: SealedFile<Kind>,
  document: SealedDocument | null,
): ValueStore & { readonly kind: Kind } {
  const values = document === null ? new Map<string, string>() : openDocument(file, document);
  const save = (): void => {
    const plaintext = utf8(JSON.stringify(Object.fromEntries(values)));
    const sealed = toBase64Url(seal(file.random, file.key, 'key-file', [file.kind], plaintext));
    writeJsonFile(file.path, { schema: 1, kdf: file.kdf, sealed } satisfies SealedDocument);
  };
  return {
    kind: file.kind,
    get: (name) => Promise.resolve(values.get(name) ?? null),
    async set(name, value) {
      if (values.get(name) === value) return Promise.resolve();
      values.set(name, value);
      save();
      return Promise.resolve();
    },
    async delete(name) {
      if (values.delete(name)) save();
      return Promise.resolve();
    },
  };
}

function openDocument(file: SealedFile<KeyStoreKind | 'token'>, document: SealedDocument): Map<string, string> {
  try {
    const plaintext = open(file.key, 'key-file', [file.kind], fromBase64Url(document.sealed));
    return new Map(Object.entries(secrets.parse(JSON.parse(fromUtf8(plaintext)))));
  } catch (error) {
    if (!isFsyncError(error, 'integrity', 'key_mismatch', 'invalid_input')) throw error;
    const hint =
      file.kind === 'sealed-file'
        ? 'Is FSYNC_KEY_PASSPHRASE the passphrase it was made with?'
        : 'Move the keys folder away and sign in again.';
    throw new FsyncError('key_store_unavailable', `${file.path} does not open`, { cause: error, hints: [hint] });
  }
}
