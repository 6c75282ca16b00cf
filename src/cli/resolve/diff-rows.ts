/** Two texts beside each other: rows of what is equal and what is not, with far equal lines left out. */
import { diffIndices } from 'node-diff3';
import { printable } from '../output/printable.js';

export type DiffRow =
  | { readonly kind: 'same' | 'changed'; readonly left: string | null; readonly right: string | null }
  /** So many equal lines are not shown. */
  | { readonly kind: 'gap'; readonly lines: number };

export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added' | 'gap';
  readonly text: string;
}

const CONTEXT = 3;
const TAB = '    ';

/** Null on a side of a changed row: that side has no such line. Empty for equal texts. */
export function diffRows(left: string, right: string): readonly DiffRow[] {
  const [before, after] = [linesOf(left), linesOf(right)];
  const rows: DiffRow[] = [];
  let at = 0;
  const changes = diffIndices(before, after);
  for (const { buffer1, buffer2 } of changes) {
    rows.push(...equalRows(before.slice(at, buffer1[0]), { isFirst: at === 0, isLast: false }));
    const [gone, come] = [lineRange(before, buffer1), lineRange(after, buffer2)];
    for (let index = 0; index < Math.max(gone.length, come.length); index += 1)
      rows.push({ kind: 'changed', left: gone[index] ?? null, right: come[index] ?? null });
    at = buffer1[0] + buffer1[1];
  }
  if (changes.length > 0) rows.push(...equalRows(before.slice(at), { isFirst: false, isLast: true }));
  return rows;
}

/** The same rows one below the other: of each change first what is on the left. */
export function unifiedLines(rows: readonly DiffRow[]): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  const added: DiffLine[] = [];
  for (const row of rows) {
    if (row.kind !== 'changed') lines.push(...added.splice(0));
    if (row.kind === 'gap') lines.push({ kind: 'gap', text: gapText(row.lines) });
    else if (row.kind === 'same') lines.push({ kind: 'same', text: row.left ?? '' });
    else {
      if (row.left !== null) lines.push({ kind: 'removed', text: row.left });
      if (row.right !== null) added.push({ kind: 'added', text: row.right });
    }
  }
  return [...lines, ...added];
}

export function gapText(lines: number): string {
  return lines === 1 ? '⋯ 1 equal line' : `⋯ ${String(lines)} equal lines`;
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else lines.push('\\ no line end');
  return lines;
}

function lineRange(lines: readonly string[], [start, length]: readonly [number, number]): readonly string[] {
  return lines.slice(start, start + length).map(shown);
}

/** Equal lines between two changes, with the middle left out when it is long. */
function equalRows(lines: readonly string[], { isFirst, isLast }: { isFirst: boolean; isLast: boolean }): readonly DiffRow[] {
  const [head, tail] = [isFirst ? 0 : CONTEXT, isLast ? 0 : CONTEXT];
  const hidden = lines.length - head - tail;
  if (hidden <= 1) return lines.map(sameRow);
  const end = lines.slice(lines.length - tail);
  return [...lines.slice(0, head).map(sameRow), { kind: 'gap', lines: hidden }, ...(tail === 0 ? [] : end.map(sameRow))];
}

function sameRow(line: string): DiffRow {
  const text = shown(line);
  return { kind: 'same', left: text, right: text };
}

/** Safe for a terminal; every character takes the columns that it seems to take. */
function shown(line: string): string {
  return printable(line.replaceAll('\t', TAB));
}
