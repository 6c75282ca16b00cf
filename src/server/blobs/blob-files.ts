/** File-system calls of the disk store whose errors come out as FsyncError. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { FsyncError } from '../../core/base/errors.js';

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

/** disk_full, not_found or io_error. */
export function storageError(cause: unknown): FsyncError {
  if (cause instanceof FsyncError) return cause;
  if (hasCode(cause, 'ENOSPC', 'EDQUOT')) {
    return new FsyncError('disk_full', 'the disk of the server is full', { cause, hints: ['free space on the server, then try again'] });
  }
  if (hasCode(cause, 'ENOENT', 'ELOOP')) return new FsyncError('not_found', 'a stored pack is missing', { cause });
  return new FsyncError('io_error', 'the storage of the server failed', { cause });
}

/** Makes names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Fills the buffer; a file that ends before is an io_error. */
export async function readFully(handle: FileHandle, buffer: Buffer, position: number): Promise<void> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) throw new FsyncError('io_error', 'a stored pack is shorter than it was');
    filled += bytesRead;
  }
}
