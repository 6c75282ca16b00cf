/** Files that are whole and on the disk before they have their name, for the owner only. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, statSync } from 'node:fs';
import { chmod, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeDirectories } from '../../core/home/make-directories.js';
import { hasCode, storageError, syncDirectory } from '../blobs/blob-files.js';

const FILE_MODE = 0o600;

/** SHA-256 in hex. Throws FsyncError not_found, io_error. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  } catch (cause) {
    throw storageError(cause);
  }
  return hash.digest('hex');
}

export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Moves a finished file to its name. */
export async function placeFile(temporary: string, path: string): Promise<void> {
  try {
    await chmod(temporary, FILE_MODE);
    await syncFile(temporary);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (cause) {
    throw storageError(cause);
  }
}

/** Throws FsyncError disk_full, not_found, io_error. */
export async function writeFileDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(temporary, 'wx', FILE_MODE);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    await placeFile(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw storageError(cause);
  }
}

/** Throws FsyncError disk_full, not_found, io_error. */
export async function copyFileDurably(from: string, path: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await pipeline(createReadStream(from), createWriteStream(temporary, { flags: 'wx', mode: FILE_MODE }));
    await placeFile(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw storageError(cause);
  }
}

/** Makes a folder for the owner only. */
export async function makeFolder(path: string): Promise<void> {
  try {
    const made = makeDirectories(path, 0o700, { mkdirSync, statSync });
    if (made !== undefined) await syncDirectory(dirname(made));
  } catch (cause) {
    throw storageError(cause);
  }
}

/** Names in a folder; none when it is not there. */
export async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return [];
    throw storageError(cause);
  }
}

/** Removes files of the folder whose names match, except `kept`. */
export async function removeFiles(folder: string, pattern: RegExp, kept: string | null): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (pattern.test(name) && name !== kept) await rm(join(folder, name), { force: true });
  }
}
