/**
 * The 'seal-chunks' task: reads chunks from files of the folder, seals them and makes one pack of
 * them. Each chunk's id is computed again: what leaves the machine is exactly what its name says.
 */
import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import { chunkId, sealChunk } from '../../core/chunk/chunk.js';
import { encodePack } from '../../core/chunk/pack.js';
import type { ChunkId } from '../../core/base/ids.js';
import type { VaultKeyring, VaultKeys } from '../../core/log/vault-keys.js';
import type { ChunkRef, Fingerprint } from '../../core/tree/node.js';
import type { TaskContext } from '../workers/task.js';
import { scratchBuffer } from './scratch-buffer.js';
import { confirmUnchanged, fileTrouble, openVerified, readFully, type FileTrouble } from './verified-file.js';
import { keysByEpoch } from './worker-keys.js';

export interface SealFile {
  readonly path: string;
  readonly expected: Fingerprint;
  readonly chunks: readonly { readonly ref: ChunkRef; readonly offset: number }[];
}

export interface SealChunksInput {
  /** Absolute. */
  readonly root: string;
  readonly keys: VaultKeyring;
  /** Distinct chunks that fit into one pack. */
  readonly files: readonly SealFile[];
}

export interface SealChunksOutput {
  /** Null when nothing could be read. */
  readonly pack: Uint8Array | null;
  /** What the pack holds. */
  readonly sealed: readonly ChunkId[];
  /** Files, by index, that are not what they were; chunks read from them before are sealed all the same. */
  readonly troubles: readonly { readonly file: number; readonly status: FileTrouble }[];
}

interface SealedChunk {
  readonly id: ChunkId;
  readonly bytes: Uint8Array;
}

export function run({ root, keys, files }: SealChunksInput, context: TaskContext): SealChunksOutput {
  const keysOf = keysByEpoch(keys);
  const chunks: SealedChunk[] = [];
  const troubles: { file: number; status: FileTrouble }[] = [];
  for (const [index, file] of files.entries()) {
    context.throwIfAborted();
    const status = sealFile(root, file, keysOf, chunks);
    if (status !== null) troubles.push({ file: index, status });
  }
  const sealed = chunks.map(({ id }) => id);
  if (chunks.length === 0) return { pack: null, sealed, troubles };
  const pack = encodePack(chunks);
  if (pack.buffer instanceof ArrayBuffer) context.transfer(pack.buffer);
  return { pack, sealed, troubles };
}

function sealFile(root: string, file: SealFile, keysOf: (epoch: number) => VaultKeys, chunks: SealedChunk[]): FileTrouble | null {
  const opened = openVerified(root, file.path, file.expected);
  if (typeof opened === 'string') return opened;
  try {
    for (const { ref, offset } of file.chunks) {
      const raw = scratchBuffer(ref.size).subarray(0, ref.size);
      const keys = keysOf(ref.epoch);
      if (!readFully(opened.fd, raw, offset) || chunkId(keys, raw) !== ref.id) return 'changed';
      chunks.push({ id: ref.id, bytes: sealChunk(randomBytes, keys, raw, ref.id) });
    }
    return confirmUnchanged(opened) === null ? 'changed' : null;
  } catch (error) {
    return fileTrouble(error);
  } finally {
    closeSync(opened.fd);
  }
}
