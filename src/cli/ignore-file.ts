/** The `.fsyncignore` of a vault: read, appended to, and compared with what is in the folder. */
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IGNORE_FILE, parseIgnoreRules, type IgnoreRules } from '../core/ignore/ignore-rules.js';
import { isSystemError } from './vault-root.js';

export interface IgnoreFile {
  readonly file: string;
  readonly text: string;
  readonly rules: IgnoreRules;
}

export function readIgnoreRules(root: string): IgnoreFile {
  const file = join(root, IGNORE_FILE);
  const text = readIfThere(file);
  return { file, text, rules: parseIgnoreRules(text) };
}

/** One line for each pattern, after a line end for a file that lacks one. */
export function appendPatterns({ file, text }: IgnoreFile, patterns: readonly string[]): void {
  if (patterns.length === 0) return;
  const before = text === '' || text.endsWith('\n') ? '' : '\n';
  appendFileSync(file, `${before}${patterns.join('\n')}\n`);
}

export interface Matching {
  readonly count: number;
  readonly sample: readonly string[];
  /** The folder is larger than what was looked at. */
  readonly partial: boolean;
}

const MAX_VISITED = 200_000;
const MAX_SAMPLE = 10;

/** Paths that the rules ignore now and did not ignore before; a directory stands for all that is in it. */
export function newlyIgnored(root: string, before: IgnoreRules, after: IgnoreRules): Matching {
  const sample: string[] = [];
  let count = 0;
  let visited = 0;
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(join(root, folder))) {
      visited += 1;
      if (visited > MAX_VISITED) return { count, sample, partial: true };
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (before.ignores(path, entry.isDirectory())) continue;
      if (!after.ignores(path, entry.isDirectory())) {
        if (entry.isDirectory()) folders.push(path);
        continue;
      }
      count += 1;
      if (sample.length < MAX_SAMPLE) sample.push(entry.isDirectory() ? `${path}/` : path);
    }
  }
  return { count, sample: sample.toSorted(), partial: false };
}

/** What cannot be read is not counted. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error, 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return '';
    throw error;
  }
}
