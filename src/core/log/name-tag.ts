/**
 * The server keeps names unique without seeing them: it sees a keyed hash of parent and name.
 * tag = HMAC-SHA-256(name-tag key, parent id(16) ‖ 0x00 ‖ UTF-8 of NFC(name))
 */
import { fromHex, toHex, utf8 } from '../base/bytes.js';
import { parseNameTag, type NameTag, type NodeId } from '../base/ids.js';
import { hmacSha256 } from '../crypto/hash.js';
import type { VaultKeys } from './vault-keys.js';

export function nameTag(keys: VaultKeys, parent: NodeId, name: string): NameTag {
  return parseNameTag(toHex(hmacSha256(keys.nameTag, fromHex(parent), Uint8Array.of(0), utf8(name.normalize('NFC')))));
}
