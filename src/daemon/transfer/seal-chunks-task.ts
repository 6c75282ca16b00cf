/**
 * The 'seal-chunks' task: reads chunks from files of the folder, seals them and makes one pack of
 * them. Each chunk's id is computed again: what leaves the machine is exactly what its name says.
 */
import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import { chunkId, sealChunk } from '../../core/chunk/chunk.js';
import { PackWriter } from '../../core/chunk/pack.js';
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
  /** Lent: moves here and back with the output. Large enough for a pack of all chunks. */
  readonly memory: ArrayBuffer;
}

export interface SealChunksOutput {
  readonly memory: ArrayBuffer;
  /** Length of the pack, which begins where the memory does; 0 when nothing could be read. */
  readonly packBytes: number;
  /** What the pack holds. */
  readonly sealed: readonly ChunkId[];
  /** Files, by index, that are not what they were; chunks read from them before are sealed all the same. */
  readonly troubles: readonly { readonly file: number; readonly status: FileTrouble }[];
}

export function run({ root, keys, files, memory }: SealChunksInput, context: TaskContext): SealChunksOutput {
  const keysOf = keysByEpoch(keys);
  const pack = new PackWriter(new Uint8Array(memory));
  const troubles: { file: number; status: FileTrouble }[] = [];
  for (const [index, file] of files.entries()) {
    context.throwIfAborted();
    const status = sealFile(root, file, keysOf, pack);
    if (status !== null) troubles.push({ file: index, status });
  }
  const sealed = pack.chunks;
  const packBytes = sealed.length === 0 ? 0 : pack.finish().length;
  context.transfer(memory);
  return { memory, packBytes, sealed, troubles };
}

function sealFile(root: string, file: SealFile, keysOf: (epoch: number) => VaultKeys, pack: PackWriter): FileTrouble | null {
  const opened = openVerified(root, file.path, file.expected);
  if (typeof opened === 'string') return opened;
  try {
    for (const { ref, offset } of file.chunks) {
      const raw = scratchBuffer(ref.size).subarray(0, ref.size);
      const keys = keysOf(ref.epoch);
      if (!readFully(opened.fd, raw, offset) || chunkId(keys, raw) !== ref.id) return 'changed';
      sealChunk(randomBytes, keys, raw, { id: ref.id, allocate: (bytes) => pack.append(ref.id, bytes) });
    }
    return confirmUnchanged(opened) === null ? 'changed' : null;
  } catch (error) {
    return fileTrouble(error);
  } finally {
    closeSync(opened.fd);
  }
}
