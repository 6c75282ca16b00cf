import { describe, expect, it } from 'vitest';
import { byteText, columns, countText, timeText } from '../../../../src/server/care/care-command.js';

describe('what the commands of care print', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [150 * 1024 ** 2, '150 MiB'],
    [5 * 1024 ** 5, '5120 TiB'],
  ])('%d bytes as %s', (bytes, text) => {
    expect(byteText(bytes)).toBe(text);
  });

  it('has plurals, times and columns', () => {
    expect([countText(1, 'pack'), countText(2, 'pack'), countText(0, 'vault')]).toEqual(['1 pack', '2 packs', '0 vaults']);
    expect([timeText(null), timeText(0)]).toEqual(['never', '1970-01-01 00:00:00']);
    expect(
      columns([
        ['A', 'B', ''],
        ['longer', 'x', 'end'],
      ]),
    ).toBe('A       B\nlonger  x  end\n');
  });
});
