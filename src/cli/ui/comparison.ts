/** How the two versions of a conflict are laid out in so many columns: beside each other when there is room, else one below the other. */
import { formatBytes } from '../output/quantities.js';
import { fitWidth, textWidth } from '../output/width.js';
import type { ConflictSide, ConflictSides } from '../resolve/conflict-sides.js';
import { diffRows, gapText, unifiedLines } from '../resolve/diff-rows.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface ComparisonPart {
  readonly text: string;
  readonly style: 'plain' | 'ours' | 'theirs' | 'dim';
}

export type ComparisonLine = readonly ComparisonPart[];

/** Below it half of the screen is too narrow for a line of text. */
const WIDE_COLUMNS = 100;
const MIDDLE = ' │ ';

export function comparisonLines(sides: ConflictSides, columns: number): readonly ComparisonLine[] {
  const { ours, theirs } = sides;
  if (ours.text === null || theirs.text === null) return [[plain(noComparison(sides))]];
  const rows = diffRows(ours.text, theirs.text);
  if (rows.length === 0) return [[plain('The two versions have the same content.')]];
  if (columns < WIDE_COLUMNS) return unifiedLines(rows).map((line) => [unifiedPart(line, columns)]);
  const half = Math.floor((columns - MIDDLE.length) / 2);
  return rows.map((row): ComparisonLine => {
    if (row.kind === 'gap') return [{ text: `  ${gapText(row.lines)}`, style: 'dim' }];
    const [before, after] = row.kind === 'same' ? (['plain', 'plain'] as const) : (['ours', 'theirs'] as const);
    return [
      { text: cell(row.kind === 'same' ? ' ' : '-', row.left, half), style: before },
      { text: MIDDLE, style: 'dim' },
      { text: cell(row.kind === 'same' ? ' ' : '+', row.right, half).trimEnd(), style: after },
    ];
  });
}

function unifiedPart({ kind, text }: ReturnType<typeof unifiedLines>[number], columns: number): ComparisonPart {
  switch (kind) {
    case 'gap':
      return { text: `  ${text}`, style: 'dim' };
    case 'same':
      return plain(fitted(`  ${text}`, columns));
    case 'removed':
      return { text: fitted(`- ${text}`, columns), style: 'ours' };
    case 'added':
      return { text: fitted(`+ ${text}`, columns), style: 'theirs' };
  }
}

function plain(text: string): ComparisonPart {
  return { text, style: 'plain' };
}

/** Exactly `width` columns; a line that is longer ends with '…'. */
function cell(mark: string, text: string | null, width: number): string {
  const shown = text === null ? '' : fitted(`${mark} ${text}`, width);
  return shown + ' '.repeat(Math.max(0, width - textWidth(shown)));
}

export function fitted(text: string, width: number): string {
  return textWidth(text) <= width ? text : `${fitWidth(text, width - 1)}…`;
}

function noComparison({ ours, theirs }: ConflictSides): string {
  return `Not compared as text: ${kindOf(ours)} here, ${kindOf(theirs)} there.`;
}

/** 'a binary or large file of 12 KiB'. */
export function kindOf({ kind, size, text }: ConflictSide): string {
  if (kind === 'directory') return 'a directory';
  if (kind === 'symlink') return 'a link';
  return `${text === null ? 'a binary or large file' : 'a text'} of ${formatBytes(size)}`;
}
