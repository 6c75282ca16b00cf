import { describe, expect, it } from 'vitest';
import { createServerLogger, errorFields } from '../../../../src/server/telemetry/logger.js';

function logged(level: string, work: (logger: ReturnType<typeof createServerLogger>) => void): readonly string[] {
  const lines: string[] = [];
  work(createServerLogger(level, { write: (line: string) => void lines.push(line) }));
  return lines;
}

describe('log of the server', () => {
  it('is one JSON object a line', () => {
    const [line = ''] = logged('info', (logger) => logger.info('request', { route: '/health', status: 200 }));
    expect(JSON.parse(line)).toMatchObject({ service: 'fsync-server', msg: 'request', route: '/health', status: 200 });
  });

  it('is quiet below its level', () => {
    expect(logged('warn', (logger) => logger.info('request'))).toEqual([]);
  });

  it('blots out secrets that are logged by mistake', () => {
    const lines = logged('info', (logger) => {
      logger.info('oops', { refreshToken: 'hush', nested: { authorization: 'Bearer hush', password: 'hush' }, chunks: ['hush'] });
      logger.child({ accessToken: 'hush' }).warn('oops');
    });
    expect(lines.join('')).not.toContain('hush');
  });

  it('breaks no line for text with line ends', () => {
    const lines = logged('info', (logger) => logger.info('x', { detail: 'a\r\n{"level":60}\u001b[31m' }));
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toMatch(/[\r\n\u001b]/);
  });

  it('tells what an error is, in bounds', () => {
    expect(errorFields(new Error('x'.repeat(2000)))['detail']).toHaveLength(500);
    expect(errorFields('text')).toEqual({ error: 'not an error' });
  });
});
