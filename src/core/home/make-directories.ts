/** Makes a directory with those above it, and always ends. */
import { dirname, resolve } from 'node:path';

/** As in node:fs. */
export interface DirectoryCalls {
  readonly mkdirSync: (path: string, options: { mode: number }) => unknown;
  readonly statSync: (path: string) => { isDirectory(): boolean };
}

/**
 * In place of `mkdir` with `recursive`: that one never ends where an existing directory refuses a new entry with ENOENT, as
 * /proc and the directories of an automounter do.
 * @returns the highest directory that had to be made; undefined when all were there
 * @throws what mkdir throws; EEXIST where something that is no directory has the name
 */
export function makeDirectories(path: string, mode: number, calls: DirectoryCalls): string | undefined {
  const whole = resolve(path);
  try {
    return makeOne(whole, mode, calls) ? whole : undefined;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(whole) === whole) throw error;
  }
  const highest = makeDirectories(dirname(whole), mode, calls);
  // The one above is there now: whatever is thrown this time is final.
  return makeOne(whole, mode, calls) ? (highest ?? whole) : highest;
}

/** False when it was there. */
function makeOne(path: string, mode: number, calls: DirectoryCalls): boolean {
  try {
    calls.mkdirSync(path, { mode });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && isDirectory(path, calls)) return false;
    throw error;
  }
}

function isDirectory(path: string, { statSync }: DirectoryCalls): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // A link to nothing: what mkdir said holds.
    return false;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
