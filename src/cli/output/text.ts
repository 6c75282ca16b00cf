/**
 * Text for people as spans. Style is kept apart from the characters, and characters are made
 * printable when a span is rendered: nothing that is printed can bring its own escape sequences.
 */
import { printable } from './printable.js';
import { textWidth } from './width.js';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

interface Span {
  readonly style: Style;
  readonly text: string;
}

export type Text = string | Span | readonly Text[];

const SGR: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

const span =
  (style: Style) =>
  (text: string): Text => ({ style, text });

export const bold = span('bold');
export const dim = span('dim');
export const red = span('red');
export const green = span('green');
export const yellow = span('yellow');
export const cyan = span('cyan');

export function renderText(text: Text, color: boolean): string {
  if (typeof text === 'string') return printable(text);
  if (!('style' in text)) return text.map((part) => renderText(part, color)).join('');
  if (!color) return printable(text.text);
  const [on, off] = SGR[text.style];
  return `\u001b[${String(on)}m${printable(text.text)}\u001b[${String(off)}m`;
}

/** Lines of columns, each as wide as its widest cell; the last column is not padded. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of cells) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, textWidth(cell));
  const padded = (cell: string, index: number): string => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - textWidth(cell)));
  return cells.map((row) => row.map(padded).join('  ').trimEnd());
}
