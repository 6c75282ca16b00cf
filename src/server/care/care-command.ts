/** What a command of care is: what it takes, and what it does with that. */
import type { Logger } from '../../core/base/effects.js';
import type { CommandExtras, CommandLine } from '../config/options.js';

export interface CareContext {
  readonly line: CommandLine;
  readonly logger: Logger;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

export interface CareCommand {
  /** For the help of the server's own program. */
  readonly usage: string;
  readonly extras: CommandExtras;
  /** Resolves to the exit status. Throws FsyncError. */
  run(context: CareContext): Promise<number>;
}

export const clock = { now: (): number => Date.now() };

/** Exit status of damage that was found. */
export const DAMAGED = 9;

export function printDocument({ print }: CareContext, schema: string, document: object): void {
  print(`${JSON.stringify({ schema, ...document })}\n`);
}

/** '12.5 MiB'. */
export function byteText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[power] ?? ''}`;
}

/** '1 pack', '2 packs'. */
export function countText(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function timeText(ms: number | null): string {
  return ms === null ? 'never' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** Columns with two spaces between them; the last one is not padded. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
