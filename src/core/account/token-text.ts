/**
 * The token string: "fst1_" ‖ base64url(credential id(16) ‖ secret(32) ‖ checksum(6)), 77 characters.
 * The checksum tells a mistyped token without asking anyone.
 */
import { concatBytes, equalBytes, fromBase64Url, fromHex, toBase64Url, toHex, utf8 } from '../base/bytes.js';
import { FsyncError } from '../base/errors.js';
import { parseCredentialId, type CredentialId } from '../base/ids.js';
import { sha256 } from '../crypto/hash.js';

export interface TokenText {
  readonly id: CredentialId;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

const PREFIX = 'fst1_';
const ID_BYTES = 16;
const BODY_BYTES = 48;
const CHECKSUM_BYTES = 6;

export function encodeTokenText({ id, secret }: TokenText): string {
  const body = concatBytes(fromHex(id), secret);
  return `${PREFIX}${toBase64Url(concatBytes(body, checksum(body)))}`;
}

/** Throws usage when the text is no token, or not a whole one. The message never quotes it. */
export function decodeTokenText(text: string): TokenText {
  const bytes = text.startsWith(PREFIX) ? decoded(text.slice(PREFIX.length)) : null;
  if (bytes?.length !== BODY_BYTES + CHECKSUM_BYTES) throw mistypedToken();
  const body = bytes.slice(0, BODY_BYTES);
  if (!equalBytes(checksum(body), bytes.subarray(BODY_BYTES))) throw mistypedToken();
  return { id: parseCredentialId(toHex(body.subarray(0, ID_BYTES))), secret: body.slice(ID_BYTES) };
}

export function mistypedToken(): FsyncError {
  return new FsyncError('usage', 'the token is not whole: a character is missing, surplus or wrong', {
    hints: ['It begins with fst1_ and has 77 characters. Copy it again, or make another: fsync token create'],
  });
}

/** The first bytes of SHA-256("fsync/v1/token" ‖ 0x00 ‖ id ‖ secret). */
function checksum(body: Uint8Array): Uint8Array {
  return sha256(utf8('fsync/v1/token'), Uint8Array.of(0), body).subarray(0, CHECKSUM_BYTES);
}

function decoded(text: string): Uint8Array | null {
  try {
    return fromBase64Url(text);
  } catch {
    return null; // whatever is wrong with it, it is no token
  }
}
