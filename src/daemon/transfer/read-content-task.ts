/** The 'read-content' task: cuts whole files into chunks and names chunks and content. */
import { closeSync } from 'node:fs';
import { contentIdOfBytes, contentIdOfChunks } from '../../core/chunk/content-id.js';
import type { VaultKeys } from '../../core/log/vault-keys.js';
import { INLINE_LIMIT, type FileContent } from '../../core/tree/node.js';
import type { ContentJob, ContentResult } from '../ports.js';
import type { TaskContext } from '../workers/task.js';
import { cutFile } from './cut-file.js';
import { progressSum, type ProgressSum } from './progress-sum.js';
import { confirmUnchanged, fileTrouble, openVerified, readFully, type VerifiedFile } from './verified-file.js';
import { knownKeys } from './worker-keys.js';

export interface ReadContentInput {
  /** Absolute. */
  readonly root: string;
  readonly keys: VaultKeys;
  readonly jobs: readonly ContentJob[];
}

interface Reading {
  readonly root: string;
  readonly keys: VaultKeys;
  readonly context: TaskContext;
  readonly progress: ProgressSum;
}

/** Progress is in bytes read. Throws aborted; trouble with one file is in its result. */
export function run({ root, keys, jobs }: ReadContentInput, context: TaskContext): ContentResult[] {
  const reading: Reading = { root, keys: knownKeys(keys), context, progress: progressSum(context) };
  const results = jobs.map((job) => {
    context.throwIfAborted();
    return readOne(reading, job);
  });
  reading.progress.flush();
  return results;
}

function readOne(reading: Reading, { path, expected }: ContentJob): ContentResult {
  const file = openVerified(reading.root, path, expected);
  if (typeof file === 'string') return { status: file, path };
  try {
    const content = expected.size <= INLINE_LIMIT ? readInline(reading, file) : readChunks(reading, file);
    const fingerprint = content === null ? null : confirmUnchanged(file);
    if (content === null || fingerprint === null) return { status: 'changed', path };
    return { status: 'read', path, content, fingerprint };
  } catch (error) {
    return { status: fileTrouble(error), path };
  } finally {
    closeSync(file.fd);
  }
}

function readInline({ progress }: Reading, { fd, expected: { size } }: VerifiedFile): FileContent | null {
  const inline = new Uint8Array(size);
  if (!readFully(fd, inline, 0)) return null;
  progress.add(size);
  return { id: contentIdOfBytes(inline), size, inline, chunks: [] };
}

function readChunks({ keys, context, progress }: Reading, { fd, expected: { size } }: VerifiedFile): FileContent | null {
  const chunks = cutFile({ fd, size, keys, from: 0, isEnd: () => false, context, progress });
  return chunks === null ? null : { id: contentIdOfChunks(chunks), size, inline: null, chunks };
}
