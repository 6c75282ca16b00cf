/**
 * The pure part of accepting a commit: does what was sent fit together, and which rows does it
 * change. No record is opened; the server could not.
 */
import { FsyncError } from '../../core/base/errors.js';
import type { ChunkId, NodeId, VaultId } from '../../core/base/ids.js';
import { decodeCommit, type CommitOp, type DecodedCommit } from '../../core/log/commit.js';
import { recordDigest } from '../../core/log/record.js';
import { HTTP_LIMITS } from '../../core/protocol/http.js';
import type { Caller } from '../http/route.js';
import type { ChunkUse } from '../store/chunk-store.js';
import type { NodeRow, NodeWrite } from '../store/log-store.js';
import type { KeyBox } from '../store/vault-store.js';

export interface CommitInput {
  readonly vault: VaultId;
  readonly signed: Uint8Array;
  readonly records: readonly {
    readonly node: NodeId;
    readonly rev: number;
    readonly bytes: Uint8Array;
    readonly chunks: readonly ChunkId[];
  }[];
  readonly keyBoxes: readonly KeyBox[];
}

export interface PlannedOp extends CommitOp {
  readonly record: Uint8Array;
  readonly chunks: ReadonlySet<ChunkId>;
}

export interface CommitPlan {
  readonly decoded: DecodedCommit;
  readonly signed: Uint8Array;
  readonly ops: readonly PlannedOp[];
  readonly chunks: readonly ChunkId[];
}

function misfit(message: string): FsyncError {
  return new FsyncError('invalid_input', message);
}

/** One record for each operation, with the digest that was signed. */
function matchRecords(decoded: DecodedCommit, records: CommitInput['records']): readonly PlannedOp[] {
  const byNode = new Map(records.map((record) => [record.node, record]));
  if (byNode.size !== decoded.header.ops.length || records.length !== byNode.size) throw misfit('a commit needs one record for each node');
  return decoded.header.ops.map((op) => {
    const record = byNode.get(op.node);
    if (record === undefined || record.rev !== op.rev) throw misfit('a record does not belong to the commit');
    if (recordDigest(record.bytes) !== op.digest) throw new FsyncError('integrity', 'a record is not the one that was signed');
    if (op.tag === null && record.chunks.length > 0) throw misfit('a deleted node has no chunks');
    return { ...op, record: record.bytes, chunks: new Set(record.chunks) };
  });
}

/**
 * @throws FsyncError invalid_input, integrity, forbidden, limit_exceeded, unsupported_version
 */
export function planCommit(caller: Caller, input: CommitInput): CommitPlan {
  const decoded = decodeCommit(input.signed);
  const { header } = decoded;
  if (header.vault !== input.vault) throw misfit('the commit is for another vault');
  if (header.account !== caller.account || header.device !== caller.device) {
    throw new FsyncError('forbidden', 'a commit must be signed by the device that sends it');
  }
  const ops = matchRecords(decoded, input.records);
  const chunks = new Set<ChunkId>();
  for (const op of ops) for (const chunk of op.chunks) chunks.add(chunk);
  if (chunks.size > HTTP_LIMITS.commitChunks) throw new FsyncError('payload_too_large', 'a commit names too many chunks');
  return { decoded, signed: input.signed, ops, chunks: [...chunks] };
}

/** Nodes whose old name has to be free before the new ones are written. */
export function nodesThatFreeNames(ops: readonly PlannedOp[], before: ReadonlyMap<NodeId, NodeRow>): readonly NodeId[] {
  return ops
    .filter((op) => {
      const tag = before.get(op.node)?.tag ?? null;
      return tag !== null && tag !== op.tag;
    })
    .map((op) => op.node);
}

/** Operations that want a name which a node outside the commit holds. */
export function takenNames(ops: readonly PlannedOp[], owners: ReadonlyMap<string, NodeId>): readonly NodeId[] {
  const touched = new Set(ops.map((op) => op.node));
  return ops
    .filter((op) => {
      const owner = op.tag === null ? undefined : owners.get(op.tag);
      return owner !== undefined && !touched.has(owner);
    })
    .map((op) => op.node);
}

export function nodeWrites(ops: readonly PlannedOp[], seq: number, lengths: ReadonlyMap<ChunkId, number>): readonly NodeWrite[] {
  return ops.map((op) => {
    let sizeBytes = op.record.length;
    for (const chunk of op.chunks) sizeBytes += lengths.get(chunk) ?? 0;
    return { node: op.node, rev: op.rev, seq, digest: op.digest, tag: op.tag, recordBytes: op.record.length, sizeBytes };
  });
}

/** Which uses of chunks begin and which end with the commit. */
export function refChanges(
  ops: readonly PlannedOp[],
  open: ReadonlyMap<string, ReadonlySet<ChunkId>>,
): { readonly opened: readonly ChunkUse[]; readonly closed: readonly ChunkUse[] } {
  const none: ReadonlySet<ChunkId> = new Set();
  const opened: ChunkUse[] = [];
  const closed: ChunkUse[] = [];
  for (const { node, rev, chunks } of ops) {
    const held = open.get(node) ?? none;
    for (const chunk of chunks) if (!held.has(chunk)) opened.push({ node, chunk, rev });
    for (const chunk of held) if (!chunks.has(chunk)) closed.push({ node, chunk, rev });
  }
  return { opened, closed };
}
