/** The token of this command, from FSYNC_TOKEN. */
import { decodeTokenText } from '../../core/account/token-text.js';

/** Its credential id. @throws FsyncError usage for a mistyped one: told at once, without a daemon and a server */
export function tokenIdOf(text: string): string {
  return decodeTokenText(text).id;
}
