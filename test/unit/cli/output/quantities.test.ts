import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { formatBytes, formatCount, formatDuration, formatTime, parseDuration, parseMoment } from '../../../../src/cli/output/quantities.js';

describe('formatting', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [12_582_912, '12 MiB'],
    [123_456_789, '118 MiB'],
    [5e15, '4.4 PiB'],
  ])('writes %i bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [400, '0 s'],
    [59_000, '59 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [7_260_000, '2 h 1 min'],
    [180_000_000, '2 d 2 h'],
    [-5, '0 s'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('writes one of a thing without an s', () => {
    expect([formatCount(1, 'file'), formatCount(0, 'file'), formatCount(2, 'more', 'more')]).toEqual(['1 file', '0 files', '2 more']);
  });

  it('writes only the clock for today, the day as well for another one, and what is no time as it is', () => {
    const now = new Date(2026, 10, 22, 18, 0, 0).getTime();
    expect(formatTime(new Date(2026, 10, 22, 9, 5, 7).toISOString(), now)).toBe('09:05:07');
    expect(formatTime(new Date(2026, 0, 2, 9, 5, 7).toISOString(), now)).toBe('2026-01-02 09:05:07');
    expect(formatTime('soon', now)).toBe('soon');
  });
});

describe('parseDuration', () => {
  it.each([
    ['60', 60_000],
    ['1.5', 1_500],
    ['500ms', 500],
    ['90s', 90_000],
    ['10m', 600_000],
    ['2 h', 7_200_000],
    ['1d', 86_400_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', 'soon', '-5', '5 years', '1e9', 'NaN'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe('parseMoment', () => {
  const now = Date.parse('2026-11-22T14:00:00.000Z');

  it.each([
    ['2h', '2026-11-22T12:00:00.000Z'],
    ['3d ago', '2026-11-19T14:00:00.000Z'],
    ['2026-11-20T10:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:01.5+02:00', '2026-11-20T08:00:01.500Z'],
    ['2026-11-20', new Date(2026, 10, 20).toISOString()],
    ['2026-11-20 10:30', new Date(2026, 10, 20, 10, 30).toISOString()],
  ])('reads %s', (text, iso) => {
    expect(parseMoment(text, now)).toBe(iso);
  });

  it.each(['yesterday', '2026-13-40', '22.11.2026', '', '12'])('refuses %j with the forms that are right', (text) => {
    expect(() => parseMoment(text, now)).toThrow(FsyncError);
    try {
      parseMoment(text, now);
    } catch (error) {
      expect(error).toMatchObject({ code: 'usage', hints: [expect.stringContaining('2026-11-22T14:00')] });
    }
  });
});
