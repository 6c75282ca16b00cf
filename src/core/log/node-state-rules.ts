/**
 * What a node's state must satisfy before it is sealed and after it was opened. Records are
 * written by other members: nothing in them is believed before it passed here.
 */
import { FsyncError } from '../base/errors.js';
import { nameProblem } from '../base/name-rules.js';
import { contentIdOfBytes, contentIdOfChunks } from '../chunk/content-id.js';
import { CHUNK_SIZE_LIMIT } from '../chunk/cut-class.js';
import { INLINE_LIMIT, normaliseMode, type FileContent, type NodeState } from '../tree/node.js';

/** Most chunks of one file: 2 TiB in the large class. */
export const CHUNK_COUNT_LIMIT = 524_288;
/** Most devices in one version vector. */
export const VECTOR_LIMIT = 10_000;
/** Longest link target and device name, in UTF-16 units. */
export const TARGET_LIMIT = 4096;
export const DEVICE_NAME_LIMIT = 255;
/** ECMAScript's range of times, in milliseconds around 1970. */
export const TIME_LIMIT = 8.64e15;

/** Throws integrity for the first rule that the state breaks. */
export function checkNodeState(state: NodeState): void {
  const problem = nodeProblem(state);
  if (problem !== null) {
    throw new FsyncError('integrity', `the record of a node breaks a rule: ${problem}`, { details: { node: state.node, rev: state.rev } });
  }
}

function nodeProblem(state: NodeState): string | null {
  return (
    placeProblem(state) ?? kindProblem(state) ?? numberProblem(state) ?? (state.content === null ? null : contentProblem(state.content))
  );
}

function placeProblem(state: NodeState): string | null {
  const problem = nameProblem(state.name);
  if (problem !== null) return `name (${problem})`;
  return state.parent === state.node ? 'a node inside itself' : null;
}

function kindProblem(state: NodeState): string | null {
  const live = !state.deleted;
  if ((state.content !== null) !== (live && state.kind === 'file')) return 'content';
  if ((state.target !== null) !== (live && state.kind === 'symlink')) return 'link target';
  if (state.target !== null && !isTarget(state.target)) return 'link target';
  if (live && state.mode !== normaliseMode(state.kind, state.mode)) return 'mode';
  return null;
}

function isTarget(target: string): boolean {
  return target !== '' && target.length <= TARGET_LIMIT && !target.includes('\0') && !/\p{Surrogate}/u.test(target);
}

function numberProblem(state: NodeState): string | null {
  if (!isWhole(state.rev, 1)) return 'revision';
  if (!isWhole(state.mode, 0, 0o777)) return 'mode';
  if (!isWhole(state.mtimeMs, -TIME_LIMIT, TIME_LIMIT)) return 'time';
  if (!isWhole(state.stamp, 0)) return 'stamp';
  const counters = Object.values(state.vector);
  return counters.length <= VECTOR_LIMIT && counters.every((counter) => isWhole(counter, 0)) ? null : 'version vector';
}

function contentProblem(content: FileContent): string | null {
  if (!isWhole(content.size, 0)) return 'size';
  return content.inline === null ? chunksProblem(content) : inlineProblem(content, content.inline);
}

function inlineProblem({ id, size, chunks }: FileContent, inline: Uint8Array): string | null {
  if (inline.length !== size || size > INLINE_LIMIT || chunks.length !== 0) return 'inline content';
  return contentIdOfBytes(inline) === id ? null : 'content id';
}

function chunksProblem({ id, size, chunks }: FileContent): string | null {
  if (size <= INLINE_LIMIT || chunks.length > CHUNK_COUNT_LIMIT) return 'chunk list';
  let total = 0;
  for (const chunk of chunks) {
    if (!isWhole(chunk.size, 1, CHUNK_SIZE_LIMIT) || !isWhole(chunk.epoch, 1, 0xffffffff)) return 'chunk list';
    total += chunk.size;
  }
  if (total !== size) return 'size';
  return contentIdOfChunks(chunks) === id ? null : 'content id';
}

function isWhole(value: number, min: number, max = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}
