import { describe, expect, it } from 'vitest';
import { areSafetyWords, safetyWords } from '../../../../src/core/account/safety-words.js';
import { parseAccountId } from '../../../../src/core/base/ids.js';
import { foundTestAccount } from './account-fixture.js';

/** Another client must come to the same words. */
const ZERO = 'pelican outer color this garment door corn liar toast spike hand museum';

describe('safety words', () => {
  it('are 12 words that follow from the account id alone', () => {
    expect(safetyWords(parseAccountId('00'.repeat(32)))).toBe(ZERO);
    expect(safetyWords(foundTestAccount('ada').state.accountId).split(' ')).toHaveLength(12);
  });

  it('differ when any bit of the account id does', () => {
    const words = new Set<string>();
    for (let bit = 0; bit < 256; bit += 1) {
      const bytes = Buffer.alloc(32);
      bytes[bit >> 3] = 1 << (bit & 7);
      words.add(safetyWords(parseAccountId(bytes.toString('hex'))));
    }
    expect(words.size).toBe(256);
  });

  it('are compared without case and spacing, and as a whole', () => {
    const { accountId } = foundTestAccount('ada').state;
    const words = safetyWords(accountId);
    expect(areSafetyWords(` ${words.toUpperCase().replaceAll(' ', '\n  ')} `, accountId)).toBe(true);
    for (const wrong of ['', words.split(' ').slice(0, 11).join(' '), `${words} zoo`, words.split(' ').reverse().join(' ')]) {
      expect(areSafetyWords(wrong, accountId)).toBe(false);
    }
  });
});
