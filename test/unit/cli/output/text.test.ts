import { describe, expect, it } from 'vitest';
import { alignColumns, bold, red, renderText } from '../../../../src/cli/output/text.js';

describe('renderText', () => {
  it('joins spans, with colour only when there is to be some', () => {
    const text = ['a ', bold('b'), [' c', red('d')]];
    expect(renderText(text, false)).toBe('a b cd');
    expect(renderText(text, true)).toBe('a \u001b[1mb\u001b[22m c\u001b[31md\u001b[39m');
  });

  it('lets no span bring its own escape sequences, coloured or not', () => {
    expect(renderText(['\u001b[0m', red('\u001b]0;x\u0007')], true)).toBe('\\x1b[0m\u001b[31m\\x1b]0;x\\x07\u001b[39m');
  });
});

describe('alignColumns', () => {
  it('pads each column to its widest cell and leaves no space at the end', () => {
    expect(
      alignColumns([
        ['NAME', 'SIZE'],
        ['a', '1 B'],
        ['long name', ''],
      ]),
    ).toEqual(['NAME       SIZE', 'a          1 B', 'long name']);
  });

  it('counts columns of the terminal, not characters', () => {
    expect(
      alignColumns([
        ['漢字', 'x'],
        ['abcd', 'y'],
        ['e\u0301', 'z'],
      ]),
    ).toEqual(['漢字  x', 'abcd  y', 'e\u0301     z']);
  });
});
