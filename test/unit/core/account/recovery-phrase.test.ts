import { describe, expect, it } from 'vitest';

import { phraseOfSeed, seedOfPhrase } from '../../../../src/core/account/recovery-phrase.js';
import { codeOf, seededRandom } from '../crypto/seeded-random.js';

const seed = seededRandom('phrase')(32);
const words = phraseOfSeed(seed).split(' ');

describe('the recovery phrase', () => {
  it('is 24 words that give the seed back', () => {
    expect(words).toHaveLength(24);
    expect(seedOfPhrase(words.join(' '))).toEqual(seed);
  });

  it('is the one BIP-39 publishes for its test vector', () => {
    expect(phraseOfSeed(new Uint8Array(32).fill(0x7f))).toBe(
      'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title',
    );
  });

  it('forgives case, line breaks and extra spaces', () => {
    expect(seedOfPhrase(`  ${words.join('\n ').toUpperCase()} `)).toEqual(seed);
  });

  it('names the word that is not in the list, and never repeats the phrase', () => {
    const typo = words.with(4, 'fsyncx');
    expect(() => seedOfPhrase(typo.join(' '))).toThrow('word 5 of the recovery phrase is not in the word list');
    expect(codeOf(() => seedOfPhrase(typo.join(' ')))).toBe('invalid_input');
  });

  it('refuses a wrong checksum, swapped words and other lengths', () => {
    expect(codeOf(() => seedOfPhrase(words.with(0, words[0] === 'abandon' ? 'zoo' : 'abandon').join(' ')))).toBe('invalid_input');
    expect(codeOf(() => seedOfPhrase(words.slice(0, 23).join(' ')))).toBe('invalid_input');
    expect(codeOf(() => seedOfPhrase(words.slice(0, 12).join(' ')))).toBe('invalid_input');
    expect(codeOf(() => seedOfPhrase(''))).toBe('invalid_input');
  });

  it('refuses an empty seed', () => {
    expect(codeOf(() => phraseOfSeed(new Uint8Array(32)))).toBe('key_mismatch');
  });
});
