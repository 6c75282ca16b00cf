/**
 * The 'check-part' task: what an earlier download left of a file. Every range is read and its chunk
 * id computed again, so nothing has to be believed about how that download ended.
 */
import { closeSync, constants, fstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { chunkId } from '../../core/chunk/chunk.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import type { ChunkRef } from '../../core/tree/node.js';
import { errnoOf } from '../home/errno.js';
import type { TaskContext } from '../workers/task.js';
import { scratchBuffer } from './scratch-buffer.js';
import { fileTrouble, isFileError, readFully } from './verified-file.js';
import { keysByEpoch } from './worker-keys.js';

export interface CheckPartInput {
  /** `.fsync/tmp`, absolute. */
  readonly tmp: string;
  readonly keys: VaultKeyring;
  /** A file of this name was complete and becomes a part again. */
  readonly staged: string;
  readonly part: string;
  readonly chunks: readonly { readonly ref: ChunkRef; readonly offset: number }[];
}

/** Indexes of the chunks that are in place. What cannot be continued is removed. */
export function run({ tmp, keys, staged, part, chunks }: CheckPartInput, context: TaskContext): readonly number[] {
  const keysOf = keysByEpoch(keys);
  const path = `${tmp}/${part}`;
  const fd = openLeftover(`${tmp}/${staged}`, path);
  if (fd === null) return [];
  try {
    const present: number[] = [];
    for (const [index, { ref, offset }] of chunks.entries()) {
      context.throwIfAborted();
      const raw = scratchBuffer(ref.size).subarray(0, ref.size);
      if (readFully(fd, raw, offset) && chunkId(keysOf(ref.epoch), raw) === ref.id) present.push(index);
    }
    return present;
  } catch (error) {
    if (!isFileError(error)) throw error;
    rmSync(path, { force: true });
    return [];
  } finally {
    closeSync(fd);
  }
}

/** A file with a second name is not ours any more: a crash may have come between placing it and removing its staged name. */
function openLeftover(staged: string, part: string): number | null {
  try {
    renameSync(staged, part);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  let fd: number;
  try {
    fd = openSync(part, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (fileTrouble(error) !== 'missing') rmSync(part, { recursive: true, force: true });
    return null;
  }
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1) return fd;
  closeSync(fd);
  rmSync(part, { recursive: true, force: true });
  return null;
}
