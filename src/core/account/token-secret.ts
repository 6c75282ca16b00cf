/** What follows from the secret of a token: it is the seed of its credential, and of three keys more. */
import { fromHex, fromUtf8, utf8 } from '../base/bytes.js';
import type { RandomBytes } from '../base/effects.js';
import { FsyncError } from '../base/errors.js';
import { deriveKey } from '../crypto/derive.js';
import { open, seal } from '../crypto/seal.js';
import { KEY_BYTES } from '../crypto/secret-key.js';
import { createCredential, type Credential } from './credential.js';
import { decodeTokenText, encodeTokenText, mistypedToken } from './token-text.js';

export interface TokenSecret {
  readonly credential: Credential;
  /** Shown to the server to get a session, which keeps its SHA-256 only. 32 bytes. */
  readonly apiSecret: Uint8Array;
  /** Seals what the holder of the token keeps on disk: nothing secret, but nothing to be changed by others. */
  readonly localKey: Uint8Array;
  /** Seals the token's name for its holder. */
  readonly nameKey: Uint8Array;
}

const NO_SALT = new Uint8Array(0);

/** `text` is shown once and kept nowhere. */
export function createToken(random: RandomBytes): TokenSecret & { readonly text: string } {
  const secret = random(KEY_BYTES);
  const token = tokenOf(secret);
  return { ...token, text: encodeTokenText({ id: token.credential.id, secret }) };
}

/** Throws usage when the text is no token, or not a whole one. The message never quotes it. */
export function parseToken(text: string): TokenSecret {
  const { id, secret } = decodeTokenText(text);
  const token = tokenOf(secret);
  if (token.credential.id !== id) throw mistypedToken();
  return token;
}

function tokenOf(secret: Uint8Array): TokenSecret {
  return {
    credential: createCredential('token', secret),
    apiSecret: deriveKey(secret, 'token-api', NO_SALT),
    localKey: deriveKey(secret, 'token-local', NO_SALT),
    nameKey: deriveKey(secret, 'token-name-key', NO_SALT),
  };
}

// ---------------------------------------------------------------- name

const NAME_BYTES = 64;

/** Padded to 64 bytes, for the holder of the token. Throws invalid_input for a name of over 63 bytes. */
export function sealTokenName(random: RandomBytes, { nameKey, credential }: TokenSecret, name: string): Uint8Array {
  const bytes = utf8(name);
  if (bytes.length === 0 || bytes.length >= NAME_BYTES) throw new FsyncError('invalid_input', 'the name of a token has 1 to 63 bytes');
  const padded = new Uint8Array(NAME_BYTES);
  padded[0] = bytes.length;
  padded.set(bytes, 1);
  return seal(random, nameKey, 'token-name', [fromHex(credential.id)], padded);
}

export function openTokenName({ nameKey, credential }: TokenSecret, sealed: Uint8Array): string {
  const padded = open(nameKey, 'token-name', [fromHex(credential.id)], sealed);
  return fromUtf8(padded.subarray(1, 1 + (padded[0] ?? 0)));
}
