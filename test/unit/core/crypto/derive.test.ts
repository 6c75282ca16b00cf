import { hkdfSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { toHex, utf8 } from '../../../../src/core/base/bytes.js';
import { deriveKey, LABELS, type Label } from '../../../../src/core/crypto/derive.js';
import { codeOf, seededRandom } from './seeded-random.js';

const labels = Object.keys(LABELS) as Label[];

describe('deriveKey', () => {
  it.each(labels)('is HKDF-SHA-256 for %s', (label) => {
    const random = seededRandom(label);
    const [key, salt] = [random(32), random(32)];
    const expected = new Uint8Array(hkdfSync('sha256', key, salt, utf8(`fsync/v1/${label}`), LABELS[label]));
    expect(deriveKey(key, label, salt)).toEqual(expected);
  });

  it('derives a different key for every purpose', () => {
    const key = new Uint8Array(32).fill(7);
    const starts = labels.map((label) => toHex(deriveKey(key, label, new Uint8Array(0)).subarray(0, 8)));
    expect(new Set(starts).size).toBe(labels.length);
  });

  it('refuses an empty key', () => {
    expect(codeOf(() => deriveKey(new Uint8Array(0), 'box', new Uint8Array(0)))).toBe('internal');
  });
});
