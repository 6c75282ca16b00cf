/** Small JSON documents of the home: read through a schema, written whole, durable and owner-only. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { FsyncError } from '../../core/base/errors.js';
import { makeDirectories } from '../../core/home/make-directories.js';
import { errnoOf } from './errno.js';

/**
 * The checked content, or null when the file is not there.
 * @throws FsyncError io_error when it cannot be read or does not have the expected shape; it is never overwritten then
 */
export function readJsonFile<Shape extends z.ZodType>(path: string, shape: Shape): z.infer<Shape> | null {
  const text = readTextFile(path);
  if (text === null) return null;
  try {
    return shape.parse(JSON.parse(text));
  } catch (error) {
    throw new FsyncError('io_error', `${path} is damaged`, {
      cause: error,
      hints: ['Restore it from a backup, or move it away and sign in again.'],
    });
  }
}

/** The file's text, or null when there is none. */
export function readTextFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw new FsyncError('io_error', `cannot read ${path}`, { cause: error });
  }
}

export function writeJsonFile(path: string, value: unknown): void {
  writeTextFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Writes beside, syncs, renames, syncs the directory: after a crash the file holds the old or the new text. Mode 0600. */
export function writeTextFile(path: string, text: string): void {
  makePrivateDirectory(dirname(path));
  const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = openSync(beside, 'wx', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(beside, { force: true });
    const code = errnoOf(error) === 'ENOSPC' ? 'disk_full' : 'io_error';
    throw new FsyncError(code, `cannot write ${path}`, { cause: error });
  }
}

/** Makes the directory with 0700, and takes away what others could do with one that exists. */
export function makePrivateDirectory(path: string): void {
  makeDirectories(path, 0o700, { mkdirSync, statSync });
  chmodSync(path, 0o700);
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
