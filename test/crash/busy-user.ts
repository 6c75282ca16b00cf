/** A user at work in one folder of a vault: writes, saves, renames, moves and deletes, as fast as people's programs do. */
import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { contentBytes } from '../scenario/generated-content.js';
import type { Dice } from './dice.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const LARGE_BYTES = 1_500_000;
/** So many that the guard has nothing to say. */
const MOST_FILES = 40;

export interface Work {
  readonly folder: string;
  readonly dice: Dice;
  /** Makes contents unique. */
  readonly mark: string;
  readonly steps: number;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

export async function work({ folder, dice, mark, steps, signal }: Work): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  const log: string[] = [];
  for (let step = 0; step < steps && signal?.aborted !== true; step++) {
    log.push(oneStep(folder, dice, `${mark}.${String(step)}`));
    await sleep(dice.below(60));
  }
  return log;
}

function oneStep(folder: string, dice: Dice, mark: string): string {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => ({
    file: path.join(entry.parentPath, entry.name),
    isDirectory: entry.isDirectory(),
  }));
  const files = entries.filter(({ isDirectory }) => !isDirectory).map(({ file }) => file);
  const directories = [folder, ...entries.filter(({ isDirectory }) => isDirectory).map(({ file }) => file)];
  const target = path.join(dice.pick(directories), dice.pick(NAMES));
  const isTaken = entries.some(({ file }) => file === target);
  const some = files.length > 0 ? dice.pick(files) : null;
  const show = (what: string, file: string): string => `${what} ${path.relative(folder, file)}`;
  switch (dice.below(some === null || files.length > MOST_FILES ? 9 : 8)) {
    case 0:
    case 1:
      if (isTaken) return 'nothing';
      writeFileSync(target, mark);
      return show('create', target);
    case 2:
      if (isTaken) return 'nothing';
      writeFileSync(target, contentBytes({ gen: mark, bytes: LARGE_BYTES }));
      return show('create large', target);
    case 3:
      if (isTaken || directories.length > 8) return 'nothing';
      mkdirSync(target);
      return show('mkdir', target);
    case 4:
      if (some === null) return 'nothing';
      appendFileSync(some, mark);
      return show('append', some);
    case 5:
      if (some === null) return 'nothing';
      writeFileSync(`${some}.tmp`, mark);
      renameSync(`${some}.tmp`, some);
      return show('save', some);
    case 6:
      return move(dice.pick([...entries.map(({ file }) => file), folder]), { folder, target, isTaken });
    case 7:
      if (some === null) return 'nothing';
      rmSync(some);
      return show('rm', some);
    default:
      for (const file of files.slice(0, files.length / 2)) rmSync(file);
      return 'rm half of the files';
  }
}

function move(from: string, { folder, target, isTaken }: { folder: string; target: string; isTaken: boolean }): string {
  if (isTaken || from === folder || `${target}/`.startsWith(`${from}/`)) return 'nothing';
  renameSync(from, target);
  return `mv ${path.relative(folder, from)} ${path.relative(folder, target)}`;
}
