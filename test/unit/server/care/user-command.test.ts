import { describe, expect, it } from 'vitest';
import { parseQuota } from '../../../../src/server/care/user-command.js';

describe('a quota', () => {
  it.each([
    ['none', null],
    ['0', null],
    ['5000000', 5_000_000],
    ['5GiB', 5 * 1024 ** 3],
    ['1.5 MiB', 1_572_864],
    ['7kib', 7_168],
  ])('%s is %s', (text, bytes) => {
    expect(parseQuota(text)).toBe(bytes);
  });

  it.each(['', 'much', '-1', '5 apples', '1e9', '99999999999999TiB', 'GiB', '5GB'])('is not %j', (text) => {
    expect(() => parseQuota(text)).toThrow('not a number of bytes');
  });
});
