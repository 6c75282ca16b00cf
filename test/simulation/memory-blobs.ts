/** A BlobStore in memory, with keys in the order of arrival. `beforeCall` may throw what a call is to fail with. */
import { FsyncError } from '../../src/core/base/errors.js';
import type { BlobStore } from '../../src/server/ports.js';

export interface MemoryBlobs extends BlobStore {
  copy(): ReadonlyMap<string, Buffer>;
  /** Holds these from now on and nothing else. Keys are not used again. */
  become(others: ReadonlyMap<string, Buffer>): void;
}

export function createMemoryBlobs(beforeCall: () => void): MemoryBlobs {
  let blobs = new Map<string, Buffer>();
  let made = 0;
  return {
    create: (given) => {
      let bytes = Buffer.alloc(0);
      return Promise.resolve({
        write: (piece: Uint8Array) => {
          beforeCall();
          bytes = Buffer.concat([bytes, piece]);
          return Promise.resolve();
        },
        read: (offset: number, length: number) => Promise.resolve(bytes.subarray(offset, offset + length)),
        commit: () => {
          beforeCall();
          made += 1;
          const key = given ?? made.toString(16).padStart(32, '0');
          blobs.set(key, bytes);
          return Promise.resolve(key);
        },
        abort: () => Promise.resolve(),
      });
    },
    async *read(key, { offset, length }) {
      beforeCall();
      const bytes = blobs.get(key);
      if (bytes === undefined) throw new FsyncError('not_found', 'no such blob');
      yield Promise.resolve(bytes.subarray(offset, offset + length));
    },
    size: (key) => Promise.resolve(blobs.get(key)?.length ?? null),
    remove: (key) => {
      blobs.delete(key);
      return Promise.resolve();
    },
    async *list() {
      yield* await Promise.resolve(blobs.keys());
    },
    dropUnfinished: () => Promise.resolve(),
    claim: (mine) => Promise.resolve(mine),
    check: () => Promise.resolve(),
    copy: () => new Map(blobs),
    become: (others) => {
      blobs = new Map(others);
    },
  };
}
