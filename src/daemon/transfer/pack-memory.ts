/**
 * The memory of the packs of one upload. It moves to a worker to be filled, comes back to be sent
 * and is used again: fresh memory for each pack would wait for a garbage collection that sees no
 * need to hurry, a hundred megabytes of it in a long upload.
 */
import { sealedLimit } from '../../core/chunk/chunk.js';
import { packLength } from '../../core/chunk/pack.js';

export class PackMemory {
  readonly #free: ArrayBuffer[] = [];

  /** Enough for a pack of chunks of these sizes, in bytes of plaintext. */
  take(chunkSizes: readonly number[]): ArrayBuffer {
    const bytes = packLength(
      chunkSizes.length,
      chunkSizes.reduce((sum, size) => sum + sealedLimit(size), 0),
    );
    const found = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    const [memory] = found < 0 ? [] : this.#free.splice(found, 1);
    return memory ?? new ArrayBuffer(bytes);
  }

  /** Nobody reads it any more. */
  giveBack(memory: ArrayBuffer): void {
    this.#free.push(memory);
  }
}
