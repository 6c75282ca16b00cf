/** The segment for the shell prompt, from the line that the daemon keeps in the vault. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFsyncError } from '../core/base/errors.js';
import { findVault } from './vault-root.js';

export interface PromptLine {
  readonly state: string;
  readonly uploads: number;
  readonly downloads: number;
  readonly conflicts: number;
}

/** Null outside of vaults. */
export function rootAround(cwd: string): string | null {
  try {
    return findVault(cwd, '.').root;
  } catch (error) {
    if (isFsyncError(error, 'not_a_vault')) return null;
    throw error;
  }
}

/** Null when no daemon has the folder open. */
export function readPromptLine(root: string): PromptLine | null {
  try {
    const [state = '', uploads, downloads, conflicts, pid] = readFileSync(join(root, '.fsync', 'prompt'), 'utf8')
      .trim()
      .split(' ');
    process.kill(Number(pid), 0);
    return { state, uploads: Number(uploads), downloads: Number(downloads), conflicts: Number(conflicts) };
  } catch {
    // No line, or nobody there who keeps it: both mean that nothing is known.
    return null;
  }
}

export function promptSegment(known: PromptLine | null): string {
  if (known === null) return '[fsync off]';
  const { state, uploads, downloads, conflicts } = known;
  if (state === 'synced') return '[fsync ok]';
  if (state === 'conflicts') return `[fsync !${String(conflicts)}]`;
  return state === 'syncing' ? `[fsync +${String(uploads)} -${String(downloads)}]` : `[fsync ${state}]`;
}
