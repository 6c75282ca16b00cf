/**
 * The 'copy-chunks' task: takes chunks from files that are on the disk already, as far as they
 * still hold them, and writes them to their places in staged files.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { chunkId } from '../../core/chunk/chunk.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import type { ChunkRef } from '../../core/tree/node.js';
import type { TaskContext } from '../workers/task.js';
import { scratchBuffer } from './scratch-buffer.js';
import { StagedFiles, type StagedFile, type StagedTarget, type StagedTrouble } from './staged-files.js';
import { fileTrouble, readFully } from './verified-file.js';
import { keysByEpoch } from './worker-keys.js';

export interface CopyChunksInput {
  /** Absolute. */
  readonly root: string;
  /** `.fsync/tmp`, absolute. */
  readonly tmp: string;
  readonly keys: VaultKeyring;
  readonly files: readonly StagedFile[];
  readonly chunks: readonly {
    readonly ref: ChunkRef;
    /** Relative to the root. */
    readonly sources: readonly { readonly path: string; readonly offset: number }[];
    readonly targets: readonly StagedTarget[];
  }[];
}

export interface CopyChunksOutput {
  /** Chunks, by index, that no source holds any more. */
  readonly absent: readonly number[];
  readonly troubles: readonly StagedTrouble[];
}

export function run({ root, tmp, keys, files, chunks }: CopyChunksInput, context: TaskContext): CopyChunksOutput {
  const keysOf = keysByEpoch(keys);
  const staged = new StagedFiles(tmp, files);
  const sources = new SourceFiles(root);
  const absent: number[] = [];
  let troubles: StagedTrouble[] = [];
  try {
    for (const [index, { ref, sources: places, targets }] of chunks.entries()) {
      context.throwIfAborted();
      const raw = scratchBuffer(ref.size).subarray(0, ref.size);
      const found = places.some(({ path, offset }) => sources.read(path, raw, offset) && chunkId(keysOf(ref.epoch), raw) === ref.id);
      if (found) staged.write(raw, targets);
      else absent.push(index);
    }
  } finally {
    sources.close();
    troubles = staged.finish();
  }
  return { absent, troubles };
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Keeps the last file open, since neighbouring chunks come from the same one. */
class SourceFiles {
  readonly #root: string;
  #path: string | null = null;
  #fd: number | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  /** False when the file is not there or too short. What was read has still to be checked. */
  read(path: string, target: Uint8Array, offset: number): boolean {
    try {
      if (path !== this.#path) this.#open(path);
      return this.#fd !== null && readFully(this.#fd, target, offset);
    } catch (error) {
      // Whatever the trouble with a source is, the server has the chunk as well.
      fileTrouble(error);
      return false;
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#path = null;
  }

  #open(path: string): void {
    this.close();
    this.#path = path;
    const fd = openSync(`${this.#root}/${path}`, FLAGS);
    if (fstatSync(fd).isFile()) this.#fd = fd;
    else closeSync(fd);
  }
}
