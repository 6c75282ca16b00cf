/** The recovery paper: the seed of the paper credential as 24 words (BIP-39, English, 8 bits of checksum). */
import { entropyToMnemonic, mnemonicToEntropy, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';

import { FsyncError } from '../base/errors.js';
import { checkSecretKey } from '../crypto/secret-key.js';

export const RECOVERY_WORDS = 24;

/** `seed`: 32 bytes. */
export function phraseOfSeed(seed: Uint8Array): string {
  checkSecretKey(seed);
  return entropyToMnemonic(seed, wordlist);
}

/** Forgives case and spacing. Throws invalid_input when it is not 24 known words with the right checksum; never repeats the words. */
export function seedOfPhrase(phrase: string): Uint8Array {
  const words = phrase
    .normalize('NFKD')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (words.length !== RECOVERY_WORDS) throw refused(`a recovery phrase has ${String(RECOVERY_WORDS)} words, not ${String(words.length)}`);
  if (unknown !== -1) throw refused(`word ${String(unknown + 1)} of the recovery phrase is not in the word list`);
  const joined = words.join(' ');
  if (!validateMnemonic(joined, wordlist))
    throw refused('the recovery phrase does not fit together: a word is wrong or in the wrong place');
  return Uint8Array.from(mnemonicToEntropy(joined, wordlist));
}

function refused(message: string): FsyncError {
  return new FsyncError('invalid_input', message, { hints: ['type the words exactly as on the recovery sheet'] });
}
