import { describe, expect, it } from 'vitest';
import { advanceVector, compareVectors } from '../../../../src/core/plan/version-vector.js';
import { fakeDevice } from '../../../support/fake-vault.js';

const [a, b] = [fakeDevice('A'), fakeDevice('B')];

describe('version vectors', () => {
  it.each([
    [{}, {}, 'equal'],
    [{ [a]: 1 }, { [a]: 1, [b]: 0 }, 'equal'],
    [{ [a]: 1 }, { [a]: 2 }, 'before'],
    [{}, { [b]: 1 }, 'before'],
    [{ [a]: 2, [b]: 1 }, { [a]: 2 }, 'after'],
    [{ [a]: 2 }, { [b]: 1 }, 'concurrent'],
    [{ [a]: 2, [b]: 1 }, { [a]: 1, [b]: 2 }, 'concurrent'],
  ] as const)('%j against %j is %s', (left, right, order) => {
    expect(compareVectors(left, right)).toBe(order);
  });

  it('advance to the least vector that has seen both', () => {
    const next = advanceVector({ [a]: 3 }, { [a]: 1, [b]: 2 }, b, 7);
    expect(next).toEqual({ [a]: 3, [b]: 7 });
    expect(compareVectors({ [a]: 3 }, next)).toBe('before');
  });
});
