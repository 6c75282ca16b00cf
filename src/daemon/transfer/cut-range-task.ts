/** The 'cut-range' task: cuts part of a large file, so that several threads can work on one file. */
import { closeSync } from 'node:fs';
import type { VaultKeys } from '../../core/log/vault-keys.js';
import type { ChunkRef, Fingerprint } from '../../core/tree/node.js';
import type { TaskContext } from '../workers/task.js';
import { cutFile } from './cut-file.js';
import { progressSum } from './progress-sum.js';
import { confirmUnchanged, fileTrouble, openVerified, type FileTrouble } from './verified-file.js';
import { knownKeys } from './worker-keys.js';

export interface CutRangeInput {
  /** Absolute. */
  readonly root: string;
  readonly keys: VaultKeys;
  readonly path: string;
  readonly expected: Fingerprint;
  /** Offset at which the first chunk begins. */
  readonly from: number;
  /** The first chunk that ends here or later is the last one. */
  readonly to: number;
  /** Or one that ends at any of these offsets. */
  readonly stops: readonly number[];
}

export type CutRangeOutput =
  { readonly status: 'cut'; readonly chunks: readonly ChunkRef[]; readonly fingerprint: Fingerprint } | { readonly status: FileTrouble };

/** Progress is in bytes read. */
export function run({ root, keys, path, expected, from, to, stops }: CutRangeInput, context: TaskContext): CutRangeOutput {
  const file = openVerified(root, path, expected);
  if (typeof file === 'string') return { status: file };
  const known = new Set(stops);
  const progress = progressSum(context);
  const isEnd = (position: number): boolean => position >= to || known.has(position);
  try {
    const chunks = cutFile({ fd: file.fd, size: expected.size, keys: knownKeys(keys), from, isEnd, context, progress });
    progress.flush();
    const fingerprint = chunks === null ? null : confirmUnchanged(file);
    return chunks === null || fingerprint === null ? { status: 'changed' } : { status: 'cut', chunks, fingerprint };
  } catch (error) {
    return { status: fileTrouble(error) };
  } finally {
    closeSync(file.fd);
  }
}
