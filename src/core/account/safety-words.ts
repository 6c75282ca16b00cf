/**
 * Safety words: what two people read to each other to know that a server did not put an account of
 * its own in the place of theirs. 12 words of the BIP-39 list (English): 128 bits and 4 bits of
 * checksum of SHA-256("fsync/v1/safety-words" ‖ 0x00 ‖ account id). The account id is the hash of the
 * eldest link, and every later link is signed from there on, so the words of an account never change.
 */
import { entropyToMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { fromHex, utf8 } from '../base/bytes.js';
import type { AccountId } from '../base/ids.js';
import { sha256 } from '../crypto/hash.js';

const ENTROPY_BYTES = 16;

export function safetyWords(account: AccountId): string {
  const digest = sha256(utf8('fsync/v1/safety-words'), Uint8Array.of(0), fromHex(account));
  return entropyToMnemonic(digest.subarray(0, ENTROPY_BYTES), wordlist);
}

/** Forgives case and spacing. */
export function areSafetyWords(typed: string, account: AccountId): boolean {
  const words = typed.normalize('NFKD').toLowerCase().split(/\s+/);
  return words.filter((word) => word !== '').join(' ') === safetyWords(account);
}
