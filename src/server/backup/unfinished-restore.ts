/** The mark of a restore that has not come to its end: no server starts on such a folder, and only the same restore goes on. */
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FsyncError } from '../../core/base/errors.js';
import { storageError, syncDirectory } from '../blobs/blob-files.js';
import { writeFileDurably } from './durable-files.js';

export const RESTORE_MARK = 'restore-unfinished';

const mark = z.strictObject({
  /** Id of the backup. */
  backup: z.string(),
  /** What the restored database is called. */
  instance: z.string(),
});

export type RestoreMark = z.infer<typeof mark>;

export async function readRestoreMark(dataDir: string): Promise<RestoreMark | null> {
  try {
    return mark.parse(JSON.parse(await readFile(join(dataDir, RESTORE_MARK), 'utf8')));
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError)
      throw new FsyncError('integrity', `${RESTORE_MARK} cannot be read`, { cause });
    const error = storageError(cause);
    if (error.code === 'not_found') return null;
    throw error;
  }
}

export async function writeRestoreMark(dataDir: string, content: RestoreMark): Promise<void> {
  await writeFileDurably(join(dataDir, RESTORE_MARK), `${JSON.stringify(content)}\n`);
}

export async function removeRestoreMark(dataDir: string): Promise<void> {
  const path = join(dataDir, RESTORE_MARK);
  await rm(path, { force: true });
  await syncDirectory(dirname(path));
}

/** @throws FsyncError unavailable */
export async function refuseUnfinishedRestore(dataDir: string): Promise<void> {
  if ((await readRestoreMark(dataDir)) === null) return;
  throw new FsyncError('unavailable', `a restore into ${dataDir} was not finished`, {
    hints: ['Run the same `fsync server restore` again: it goes on where it ended.'],
  });
}
