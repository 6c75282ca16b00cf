import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src/daemon/main.js';

describe('parseArguments', () => {
  it('runs in the foreground without arguments', () => {
    expect(parseArguments([])).toMatchObject({ once: null, version: false });
    expect(parseArguments(['--foreground'])).toEqual(parseArguments([]));
  });

  it('makes the folder absolute and the seconds milliseconds', () => {
    expect(parseArguments(['--once', '/home/me/../you', '--timeout', '1.5'])).toMatchObject({ once: '/home/you', timeoutMs: 1_500 });
  });

  it.each([
    [['--once']],
    [['--timeout', 'soon']],
    [['--once', '/a', '--direction', 'up']],
    [['--timeout', '-1']],
    [['--daemonize']],
    [['folder']],
  ])('refuses %j', (args) => {
    expect(() => parseArguments(args)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
