import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { createPinoLogger } from '../../../../src/daemon/log/pino-logger.js';
import { openRotatingFile } from '../../../../src/daemon/log/rotating-file.js';
import { tempFolder } from '../../../support/temp-folder.js';

function capture(level = 'debug') {
  const lines: Record<string, unknown>[] = [];
  const logger = createPinoLogger({ write: (line) => lines.push(JSON.parse(line)) }, level);
  return { lines, logger };
}

describe('createPinoLogger', () => {
  it('writes one JSON line with time, level, message and fields', () => {
    const { lines, logger } = capture();
    logger.child({ part: 'x' }).info('happened', { count: 2 });
    expect(lines).toEqual([{ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), part: 'x', count: 2, msg: 'happened' }]);
  });

  it('changes the level of children too', () => {
    const { lines, logger } = capture('warn');
    const child = logger.child({});
    child.info('no');
    logger.setLevel('info');
    child.info('yes');
    logger.setLevel('silent');
    child.error('no');
    expect(lines.map(({ msg }) => msg)).toEqual(['yes']);
  });

  it.each([
    'password',
    'FSYNC_PASSWORD',
    'accessToken',
    'refreshToken',
    'authorization',
    'deviceSeed',
    'recoveryPhrase',
    'vaultKey',
    'key',
    'userKeys',
    'card',
    'cookie',
  ])('does not write a %s, however deep', (name) => {
    const { lines, logger } = capture();
    logger.info('x', { [name]: 'hush-hush', inside: { list: [{ [name]: 'hush-hush' }] } });
    expect(JSON.stringify(lines)).not.toContain('hush-hush');
  });

  it('writes neither bytes nor endless texts', () => {
    const { lines, logger } = capture();
    logger.info('x', { bytes: new Uint8Array([1, 2, 3]), long: 'y'.repeat(100_000) });
    expect(lines[0]?.['bytes']).toBe('[3 bytes]');
    expect(String(lines[0]?.['long']).length).toBeLessThan(3_000);
  });

  it('writes the code of an error and of its cause, and a stack for bugs only', () => {
    const { lines, logger } = capture();
    logger.warn('a', { error: new FsyncError('io_error', 'no', { cause: Object.assign(new Error('disk'), { code: 'EIO' }) }) });
    logger.warn('b', { error: new TypeError('bug') });
    expect(lines[0]?.['error']).toEqual({
      name: 'FsyncError',
      code: 'io_error',
      message: 'no',
      cause: expect.objectContaining({ code: 'EIO', message: 'disk' }),
    });
    expect(lines[1]?.['error']).toMatchObject({ name: 'TypeError', stack: expect.stringContaining('pino-logger.test') });
  });

  it('keeps a message with line breaks on one line', () => {
    const texts: string[] = [];
    createPinoLogger({ write: (line) => texts.push(line) }, 'info').info('a\nb', { path: 'c\r\n{"level":"error"}' });
    expect(texts).toHaveLength(1);
    expect(texts[0]?.trim().split('\n')).toHaveLength(1);
  });
});

describe('openRotatingFile', () => {
  it('renames a full file away and keeps a fixed number of them', () => {
    const path = join(tempFolder(), 'logs', 'daemon.log');
    const file = openRotatingFile(path, { maxBytes: 20, keep: 2 });
    for (const line of ['first line\n', 'second line\n', 'third line\n', 'fourth line\n']) file.write(line);
    file.close();
    expect([path, `${path}.1`, `${path}.2`].map((one) => readFileSync(one, 'utf8'))).toEqual([
      'fourth line\n',
      'third line\n',
      'second line\n',
    ]);
    expect(existsSync(`${path}.3`)).toBe(false);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('goes on in an existing file, and counts what is in it', () => {
    const path = join(tempFolder(), 'daemon.log');
    const first = openRotatingFile(path, { maxBytes: 20, keep: 2 });
    first.write('first line\n');
    first.close();
    const second = openRotatingFile(path, { maxBytes: 20, keep: 2 });
    second.write('b\n');
    second.write('second line\n');
    second.close();
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('first line\nb\n');
  });

  it('writes a line longer than the limit into a file of its own', () => {
    const path = join(tempFolder(), 'daemon.log');
    const file = openRotatingFile(path, { maxBytes: 10, keep: 1 });
    file.write(`${'x'.repeat(50)}\n`);
    file.write('y\n');
    file.close();
    expect([readFileSync(`${path}.1`, 'utf8').length, readFileSync(path, 'utf8')]).toEqual([51, 'y\n']);
  });
});
