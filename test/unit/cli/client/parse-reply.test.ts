import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { parseIpcError, parseReplyLine, parseResult } from '../../../../src/cli/client/parse-reply.js';
import { fullStatus, sampleVaults } from '../../../support/sample-documents.js';

describe('parseReplyLine', () => {
  it('knows results, errors and events', () => {
    expect(parseReplyLine('{"result":null}')).toEqual({ kind: 'result', result: null });
    expect(parseReplyLine('{"event":{"kind":"phase","text":"scanning"}}')).toEqual({
      kind: 'event',
      event: { kind: 'phase', text: 'scanning' },
    });
    const { transfer, reading: progress } = fullStatus('/n');
    const work = { event: { kind: 'work', verb: 'Reading', progress } };
    expect(parseReplyLine(JSON.stringify(work))).toEqual({ kind: 'event', ...work });
    expect(parseReplyLine(JSON.stringify({ event: { kind: 'transfer', transfer } }))).toEqual({
      kind: 'event',
      event: { kind: 'transfer', transfer },
    });
    const line = parseReplyLine('{"error":{"code":"guarded","message":"held","hints":["look"],"details":{"a":1}}}');
    expect(line).toMatchObject({ kind: 'error', error: { code: 'guarded', message: 'held', hints: ['look'], details: { a: 1 } } });
  });

  it('skips events that it does not know', () => {
    for (const event of [
      '{"kind":"later"}',
      '{"kind":"phase"}',
      '{"kind":"transfer","transfer":{"direction":"up"}}',
      '{"kind":"transfer","transfer":null}',
      '{"kind":"work","verb":"Reading","progress":{}}',
      '7',
    ]) {
      expect(parseReplyLine(`{"event":${event}}`)).toBeNull();
    }
  });

  it.each(['', 'x', '[]', '7', 'null', '{"error":7}'])('refuses the line %j', (line) => {
    expect(() => parseReplyLine(line)).toThrow(FsyncError);
  });
});

describe('parseIpcError', () => {
  it('calls a code that it does not know internal, and keeps the words', () => {
    expect(parseIpcError({ code: 'from_the_future', message: 'm' })).toMatchObject({ code: 'internal', message: 'm', hints: [] });
    expect(parseIpcError({ code: 'toString', message: 7, hints: [1, 'two'] })).toMatchObject({ code: 'internal', hints: ['two'] });
  });
});

describe('parseResult', () => {
  it('believes a document only with its schema and shape', () => {
    expect(parseResult('vault.list', sampleVaults)).toBe(sampleVaults);
    expect(() => parseResult('vault.list', { ...sampleVaults, schema: 'fsync/status/1' })).toThrow(/expected a document fsync\/vaults\/1/);
    expect(() => parseResult('vault.list', { schema: 'fsync/vaults/1' })).toThrow(/unexpected vaults/);
    expect(() => parseResult('vault.pause', 'done')).toThrow(/no object/);
  });
});
