import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableJson } from '../../../../src/cli/output/printable.js';

describe('printable', () => {
  it('leaves letters of any script, spaces and signs alone', () => {
    for (const text of ['notes/todo.md', 'Ünïcode — 漢字 🎉', "it's $HOME; `x`"]) expect(printable(text)).toBe(text);
  });

  it.each([
    ['a\u001b[31mb', 'a\\x1b[31mb'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u0000\u007f\u009b', '\\x00\\x7f\\x9b'],
    ['txt.\u202egpj', 'txt.\\u202egpj'],
    ['a\u2028b\ufeff', 'a\\u2028b\\ufeff'],
    ['\ud800', '\\ud800'],
  ])('spells out %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('lets nothing through that moves a cursor, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe('printableJson', () => {
  it('is the same value for every reader of JSON, on one line', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const document = { value, text };
        const json = printableJson(document);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(document)));
        expect(json).not.toMatch(/[\p{Cc}\u2028-\u202e]/u);
      }),
    );
  });
});
