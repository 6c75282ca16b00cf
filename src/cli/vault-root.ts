/** Finds the vault that a path belongs to: the nearest folder upwards that holds `.fsync/vault.json`. */
import { lstatSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { FsyncError } from '../core/base/errors.js';

export interface VaultLocation {
  /** Absolute, links resolved. */
  readonly root: string;
  /** The path inside the vault, '/'-separated; '' for the root. It need not exist. */
  readonly path: string;
}

/**
 * `path` is taken from `cwd`. A link is itself a node of the vault, so the last part of the path is
 * not followed unless that is the only way to a vault. `attached`: folders of this device that are vaults even
 * when they are missing or have lost their `.fsync`.
 * @throws FsyncError not_a_vault
 */
export function findVault(cwd: string, path: string, attached: readonly string[] = []): VaultLocation {
  const absolute = resolve(cwd, path);
  const [unfollowed, followed] = [join(realDirectory(dirname(absolute)), basename(absolute)), realDirectory(absolute)];
  const found = walkUp(unfollowed) ?? walkUp(followed) ?? lostVault(followed, attached);
  if (found !== null) return found;
  throw new FsyncError('not_a_vault', `${absolute} is not inside a vault`, {
    hints: ['Make the folder a vault with fsync init, or attach it to one with fsync clone.'],
  });
}

function lostVault(absolute: string, attached: readonly string[]): VaultLocation | null {
  const root = attached.find((folder) => absolute === folder || absolute.startsWith(`${folder}/`));
  return root === undefined ? null : { root, path: relative(root, absolute) };
}

function walkUp(start: string): VaultLocation | null {
  for (let folder = start; ; folder = dirname(folder)) {
    if (holdsVault(folder)) {
      const root = realpathSync(folder);
      return { root, path: folder === start ? '' : relative(folder, start) };
    }
    if (folder === dirname(folder)) return null;
  }
}

function holdsVault(folder: string): boolean {
  try {
    return statSync(join(folder, '.fsync', 'vault.json'), { throwIfNoEntry: false })?.isFile() === true;
  } catch (error) {
    if (isSystemError(error, 'ENOTDIR', 'EACCES', 'ELOOP')) return false;
    throw error;
  }
}

/** The real path of a directory; of one that is not there: of its nearest existing ancestor, with the rest as typed. */
function realDirectory(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP')) throw error;
    return path === dirname(path) ? path : join(realDirectory(dirname(path)), basename(path));
  }
}

/** True when `path` is a directory or a link to one. */
export function isDirectory(path: string): boolean {
  return look(statSync, path)?.isDirectory() === true;
}

/** True when `path` itself, not what a link at its end points to, is a directory. */
export function isRealDirectory(path: string): boolean {
  return look(lstatSync, path)?.isDirectory() === true;
}

/** True when there is something at `path`, and be it a link to nowhere. */
export function isThere(path: string): boolean {
  return look(lstatSync, path) !== undefined;
}

function look(stat: typeof statSync, path: string): Stats | undefined {
  try {
    return stat(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error, 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}

export function isSystemError(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}
