/**
 * The 'join-chunks' task: opens sealed chunks and writes them to their places in staged files. Only
 * bytes whose id was computed again and found right are written.
 */
import { isFsyncError, type ErrorCode } from '../../core/base/errors.js';
import { openChunk } from '../../core/chunk/chunk.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import type { ChunkRef } from '../../core/tree/node.js';
import type { TaskContext } from '../workers/task.js';
import { StagedFiles, type StagedFile, type StagedTarget, type StagedTrouble } from './staged-files.js';

export interface JoinChunksInput {
  /** `.fsync/tmp`, absolute. */
  readonly tmp: string;
  readonly keys: VaultKeyring;
  readonly files: readonly StagedFile[];
  readonly chunks: readonly { readonly ref: ChunkRef; readonly sealed: Uint8Array; readonly targets: readonly StagedTarget[] }[];
}

export interface JoinChunksOutput {
  /** Chunks, by index, that are not what they should be. */
  readonly bad: readonly { readonly chunk: number; readonly code: ErrorCode; readonly message: string }[];
  readonly troubles: readonly StagedTrouble[];
}

export function run({ tmp, keys, files, chunks }: JoinChunksInput, context: TaskContext): JoinChunksOutput {
  const staged = new StagedFiles(tmp, files);
  const bad: { chunk: number; code: ErrorCode; message: string }[] = [];
  let troubles: StagedTrouble[] = [];
  try {
    for (const [index, { ref, sealed, targets }] of chunks.entries()) {
      context.throwIfAborted();
      try {
        staged.write(openChunk(keys, ref, sealed), targets);
      } catch (error) {
        if (!isFsyncError(error)) throw error;
        bad.push({ chunk: index, code: error.code, message: error.message });
      }
    }
  } finally {
    troubles = staged.finish();
  }
  return { bad, troubles };
}
