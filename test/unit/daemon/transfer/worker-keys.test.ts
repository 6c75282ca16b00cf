import { describe, expect, it } from 'vitest';
import { keysByEpoch, knownKeys } from '../../../../src/daemon/transfer/worker-keys.js';
import { testKeyring } from '../../../support/transfer-world.js';

describe('knownKeys', () => {
  it('returns the first copy of equal keys', () => {
    const first = knownKeys(testKeyring().current);
    expect(knownKeys(structuredClone(first))).toBe(first);
  });

  it('tells epochs apart', () => {
    const { byEpoch } = testKeyring([1, 2]);
    const keys = [...byEpoch.values()].map(knownKeys);
    expect(keys.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });
});

describe('keysByEpoch', () => {
  it('finds each epoch, always the same object', () => {
    const keysOf = keysByEpoch(testKeyring([1, 2]));
    const [one, two] = [keysOf(1), keysOf(2)];
    expect([one.epoch, two.epoch]).toEqual([1, 2]);
    expect(keysOf(1)).toBe(one);
    expect(keysByEpoch(structuredClone(testKeyring([1, 2])))(2)).toBe(two);
  });

  it('refuses an epoch without keys', () => {
    expect(() => keysByEpoch(testKeyring([1]))(2)).toThrow(expect.objectContaining({ code: 'key_mismatch' }));
  });
});
