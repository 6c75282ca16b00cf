/** The gate every symmetric or private key passes before it is used. */
import { isAllZero } from '../base/bytes.js';
import { FsyncError } from '../base/errors.js';

export const KEY_BYTES = 32;

/** Throws key_mismatch unless `key` is 32 bytes that are not all zero. */
export function checkSecretKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES || isAllZero(key)) throw new FsyncError('key_mismatch', 'a key is empty or has the wrong length');
}
