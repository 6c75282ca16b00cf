/**
 * A worker's work makes large buffers and few objects: cipher and compressor return new memory for
 * each piece. V8 looks at that memory only when 64 MiB of it are there, and each thread has its
 * own V8. A young collection between two jobs costs under a millisecond, since nothing survives.
 */
import v8 from 'node:v8';
import vm from 'node:vm';

/** Buffers, in bytes, above which it is worth a collection. */
const WORTH_COLLECTING = 16 * 1024 * 1024;

type CollectGarbage = (options: { readonly type: 'minor' }) => void;

let collect: CollectGarbage | null = null;

/** Frees the buffers that nothing refers to any more, if there are many. */
export function releaseMemory(): void {
  if (v8.getHeapStatistics().external_memory < WORTH_COLLECTING) return;
  collect ??= findCollector();
  collect({ type: 'minor' });
}

/** `--expose-gc` takes effect in contexts that are made after it. */
function findCollector(): CollectGarbage {
  v8.setFlagsFromString('--expose-gc');
  return vm.runInNewContext('gc') as CollectGarbage;
}
