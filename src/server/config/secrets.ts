/**
 * The server's own secrets: the keys that sign access tokens, the key that derives refresh tokens
 * and the OPAQUE setup. They come from variables, or are made at first start and kept in a file
 * that only the server's user can read. They are never in the database, so a copy of the database
 * alone lets nobody in and lets nobody guess passwords.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ready, server as opaqueServer } from '@serenity-kit/opaque';
import { z } from 'zod';
import { FsyncError } from '../../core/base/errors.js';
import { makeDirectories } from '../../core/home/make-directories.js';
import type { ServerOptions } from './options.js';

/** HS256: at least as long as the hash. */
const MIN_KEY_BYTES = 32;

export interface SigningKey {
  readonly kid: string;
  readonly secret: Buffer;
}

export interface ServerSecrets {
  /** The first one signs, all of them verify. */
  readonly jwtKeys: readonly [SigningKey, ...SigningKey[]];
  readonly refreshKey: Buffer;
  readonly opaqueSetup: string;
}

const secretFile = z.strictObject({
  schema: z.literal(1),
  jwtKeys: z.string().min(1),
  refreshKey: z.string().min(1),
  opaqueSetup: z.string().min(1),
});
type SecretFile = z.infer<typeof secretFile>;

/** `kid:base64url,kid:base64url`: the first signs. A retired key is taken out of the list. */
function parseJwtKeys(text: string): readonly [SigningKey, ...SigningKey[]] {
  const keys = text.split(',').map((part): SigningKey => {
    const match = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_+/=-]+)$/.exec(part.trim());
    const [, kid, secret] = match ?? [];
    if (kid === undefined || secret === undefined) throw new FsyncError('usage', 'FSYNC_JWT_KEYS: expected kid:base64,kid:base64');
    return { kid, secret: parseKey('FSYNC_JWT_KEYS', secret) };
  });
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) throw new FsyncError('usage', 'FSYNC_JWT_KEYS: a key id occurs twice');
  const [first, ...rest] = keys;
  if (first === undefined) throw new FsyncError('usage', 'FSYNC_JWT_KEYS: no key');
  return [first, ...rest];
}

function parseKey(name: string, text: string): Buffer {
  const key = Buffer.from(text, 'base64url');
  if (key.length < MIN_KEY_BYTES) throw new FsyncError('usage', `${name}: a key needs at least ${String(MIN_KEY_BYTES)} bytes`);
  if (new Set(key).size < 8) throw new FsyncError('usage', `${name}: a key must be random`);
  return key;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function readSecretFile(path: string): SecretFile | null {
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new FsyncError('usage', `${path} can be read by others (mode ${mode.toString(8)})`, { hints: [`chmod 600 ${path}`] });
    }
    return secretFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Writes beside the path and links into place, so that two servers starting at once agree on one file. */
function createSecretFile(path: string): SecretFile {
  const made: SecretFile = {
    schema: 1,
    jwtKeys: `${randomBytes(6).toString('hex')}:${randomBytes(32).toString('base64url')}`,
    refreshKey: randomBytes(32).toString('base64url'),
    opaqueSetup: opaqueServer.createSetup(),
  };
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, JSON.stringify(made, null, 2));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(temporary, path);
    return made;
  } catch (error) {
    const other = readSecretFile(path);
    if (other === null) throw error;
    return other;
  } finally {
    unlinkSync(temporary);
  }
}

/**
 * Loads the secrets; makes the file at first start unless every secret is given by a variable.
 *
 * @throws FsyncError usage when a secret is short, malformed or readable by others
 */
export async function loadServerSecrets(options: ServerOptions): Promise<ServerSecrets> {
  await ready;
  const { jwtKeys, refreshKey, opaqueSetup } = options;
  if (jwtKeys !== undefined && refreshKey !== undefined && opaqueSetup !== undefined) {
    return { jwtKeys: parseJwtKeys(jwtKeys), refreshKey: parseKey('FSYNC_REFRESH_KEY', refreshKey), opaqueSetup };
  }
  makeDirectories(options.dataDir, 0o700, { mkdirSync, statSync });
  const path = join(options.dataDir, 'secrets.json');
  const file = readSecretFile(path) ?? createSecretFile(path);
  return {
    jwtKeys: parseJwtKeys(jwtKeys ?? file.jwtKeys),
    refreshKey: parseKey('FSYNC_REFRESH_KEY', refreshKey ?? file.refreshKey),
    opaqueSetup: opaqueSetup ?? file.opaqueSetup,
  };
}
