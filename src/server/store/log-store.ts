/** The log of a vault: signed commits, the newest state of each node, and the records of all revisions. */
import { parseNodeId, parseRecordDigest, type CommitHash, type NameTag, type NodeId, type RecordDigest } from '../../core/base/ids.js';
import { batches, bin, blob, hex, type Queries } from './database.js';
import { insertRows, selectByKeys } from './rows.js';

export interface NodeRow {
  readonly node: NodeId;
  readonly rev: number;
  readonly digest: RecordDigest;
  /** Hex, null for a deleted node. */
  readonly tag: string | null;
}

export interface NodeWrite {
  readonly node: NodeId;
  readonly rev: number;
  readonly seq: number;
  readonly digest: RecordDigest;
  readonly tag: NameTag | null;
  readonly recordBytes: number;
  /** What the node takes on the server: its record and the sealed chunks of its newest revision. */
  readonly sizeBytes: number;
}

export interface StoredCommit {
  readonly seq: number;
  readonly hash: CommitHash;
  readonly at: number;
}

interface StoredNode {
  node_id: Buffer;
  rev: number;
  digest: Buffer;
  tag: Buffer | null;
}

export async function insertCommit(trx: Queries, vaultNo: number, commit: StoredCommit & { readonly signed: Uint8Array }): Promise<void> {
  await trx('commits').insert({
    vault_no: vaultNo,
    seq: commit.seq,
    hash: bin(commit.hash),
    signed: blob(commit.signed),
    signed_bytes: commit.signed.length,
    created_at: commit.at,
  });
}

export async function findCommit(db: Queries, vaultNo: number, hash: CommitHash): Promise<StoredCommit | null> {
  const row: { seq: number; created_at: number } | undefined = await db('commits')
    .where({ vault_no: vaultNo, hash: bin(hash) })
    .first('seq', 'created_at');
  return row === undefined ? null : { seq: row.seq, hash, at: row.created_at };
}

export async function readNodes(db: Queries, vaultNo: number, nodes: readonly NodeId[]): Promise<ReadonlyMap<NodeId, NodeRow>> {
  const rows = await selectByKeys<NodeId, StoredNode>(nodes, (batch) =>
    db('nodes').where({ vault_no: vaultNo }).whereIn('node_id', batch.map(bin)).select('node_id', 'rev', 'digest', 'tag'),
  );
  return new Map(
    rows.map((row) => {
      const node = parseNodeId(hex(row.node_id));
      const tag = row.tag === null ? null : hex(row.tag);
      return [node, { node, rev: row.rev, digest: parseRecordDigest(hex(row.digest)), tag }];
    }),
  );
}

/** Which live nodes hold these tags now. */
export async function readTagOwners(db: Queries, vaultNo: number, tags: readonly NameTag[]): Promise<ReadonlyMap<string, NodeId>> {
  const rows = await selectByKeys<NameTag, { node_id: Buffer; tag: Buffer }>(tags, (batch) =>
    db('nodes').where({ vault_no: vaultNo }).whereIn('tag', batch.map(bin)).select('node_id', 'tag'),
  );
  return new Map(rows.map((row) => [hex(row.tag), parseNodeId(hex(row.node_id))]));
}

/** Frees the names of nodes that are about to change, so that nodes may swap names in one commit. */
export async function clearTags(trx: Queries, vaultNo: number, nodes: readonly NodeId[]): Promise<void> {
  for (const batch of batches(nodes)) {
    await trx('nodes').where({ vault_no: vaultNo }).whereIn('node_id', batch.map(bin)).update({ tag: null });
  }
}

/** Writes the newest state of nodes; tags must be free. */
export async function writeNodes(trx: Queries, vaultNo: number, nodes: readonly NodeWrite[]): Promise<void> {
  for (const batch of batches(nodes)) {
    const rows = batch.map((node) => ({
      vault_no: vaultNo,
      node_id: bin(node.node),
      rev: node.rev,
      seq: node.seq,
      digest: bin(node.digest),
      tag: node.tag === null ? null : bin(node.tag),
      record_bytes: node.recordBytes,
      size_bytes: node.sizeBytes,
    }));
    await trx('nodes').insert(rows).onConflict(['vault_no', 'node_id']).merge();
  }
}

export async function insertRevisions(
  trx: Queries,
  vaultNo: number,
  revisions: readonly { readonly seq: number; readonly node: NodeId; readonly rev: number; readonly record: Uint8Array }[],
): Promise<void> {
  await insertRows(
    trx,
    'revisions',
    revisions.map((one) => ({ vault_no: vaultNo, seq: one.seq, node_id: bin(one.node), rev: one.rev, record: blob(one.record) })),
  );
}

// ---------------------------------------------------------------- reading for the feed

export interface CommitSize {
  readonly seq: number;
  readonly bytes: number;
}

/** Sizes of the next commits in order, each with those of its records that are still current. */
export async function nextCommitSizes(db: Queries, vaultNo: number, since: number, limit: number): Promise<readonly CommitSize[]> {
  const commits: { seq: number; signed_bytes: number }[] = await db('commits')
    .where({ vault_no: vaultNo })
    .where('seq', '>', since)
    .orderBy('seq')
    .limit(limit)
    .select('seq', 'signed_bytes');
  const last = commits.at(-1);
  if (last === undefined) return [];
  const records: { seq: number; bytes: number | string }[] = await db('nodes')
    .where({ vault_no: vaultNo })
    .whereBetween('seq', [since + 1, last.seq])
    .groupBy('seq')
    .select('seq')
    .sum({ bytes: 'record_bytes' });
  const bytes = new Map(records.map((row) => [row.seq, Number(row.bytes)]));
  return commits.map((row) => ({ seq: row.seq, bytes: row.signed_bytes + (bytes.get(row.seq) ?? 0) }));
}

export async function readCommits(
  db: Queries,
  vaultNo: number,
  range: { readonly from: number; readonly to: number },
): Promise<readonly { readonly seq: number; readonly signed: Buffer; readonly at: number }[]> {
  const rows: { seq: number; signed: Buffer; created_at: number }[] = await db('commits')
    .where({ vault_no: vaultNo })
    .whereBetween('seq', [range.from, range.to])
    .orderBy('seq')
    .select('seq', 'signed', 'created_at');
  return rows.map((row) => ({ seq: row.seq, signed: row.signed, at: row.created_at }));
}

/** Records of the range that no later commit replaced, in the order of the commits. */
export async function readCurrentRecords(
  db: Queries,
  vaultNo: number,
  range: { readonly from: number; readonly to: number },
): Promise<readonly { readonly seq: number; readonly node: Buffer; readonly rev: number; readonly record: Buffer }[]> {
  const rows: { seq: number; node_id: Buffer; rev: number; record: Buffer }[] = await db('nodes')
    .join('revisions', (on) => {
      on.on('revisions.vault_no', 'nodes.vault_no').andOn('revisions.seq', 'nodes.seq').andOn('revisions.node_id', 'nodes.node_id');
    })
    .where({ 'nodes.vault_no': vaultNo })
    .whereBetween('nodes.seq', [range.from, range.to])
    .orderBy('nodes.seq')
    .select('nodes.seq', 'nodes.node_id', 'nodes.rev', 'revisions.record');
  return rows.map((row) => ({ seq: row.seq, node: row.node_id, rev: row.rev, record: row.record }));
}

// ---------------------------------------------------------------- reading for lists

export interface LiveNode {
  readonly node: NodeId;
  readonly rev: number;
  readonly seq: number;
  readonly sizeBytes: number;
}

function liveNode(row: { node_id: Buffer; rev: number; seq: number; size_bytes: number }): LiveNode {
  return { node: parseNodeId(hex(row.node_id)), rev: row.rev, seq: row.seq, sizeBytes: row.size_bytes };
}

/** Live nodes in the order of their newest commit. */
export async function listLiveNodes(
  db: Queries,
  vaultNo: number,
  range: { readonly after: number; readonly limit: number },
): Promise<readonly LiveNode[]> {
  const rows: Parameters<typeof liveNode>[0][] = await db('nodes')
    .where({ vault_no: vaultNo })
    .whereNotNull('tag')
    .where('seq', '>', range.after)
    .orderBy(['seq', 'node_id'])
    .limit(range.limit)
    .select('node_id', 'rev', 'seq', 'size_bytes');
  return rows.map(liveNode);
}

/** Live nodes whose newest revision came with this commit. */
export async function listNodesOfCommit(db: Queries, vaultNo: number, seq: number): Promise<readonly LiveNode[]> {
  const rows: Parameters<typeof liveNode>[0][] = await db('nodes')
    .where({ vault_no: vaultNo, seq })
    .whereNotNull('tag')
    .select('node_id', 'rev', 'seq', 'size_bytes');
  return rows.map(liveNode);
}

/** Records of single revisions, in any order; those that are not there are left out. */
export async function readRecords(
  db: Queries,
  vaultNo: number,
  revisions: readonly { readonly node: NodeId; readonly rev: number }[],
): Promise<readonly { readonly node: NodeId; readonly rev: number; readonly record: Buffer }[]> {
  const rows = await selectByKeys<(typeof revisions)[number], { node_id: Buffer; rev: number; record: Buffer }>(revisions, (batch) =>
    db('revisions')
      .where({ vault_no: vaultNo })
      .whereIn(
        ['node_id', 'rev'],
        batch.map(({ node, rev }) => [bin(node), rev]),
      )
      .select('node_id', 'rev', 'record'),
  );
  return rows.map((row) => ({ node: parseNodeId(hex(row.node_id)), rev: row.rev, record: row.record }));
}

export async function listRevisions(
  db: Queries,
  vaultNo: number,
  node: NodeId,
  limit: number,
): Promise<readonly { readonly rev: number; readonly seq: number; readonly at: number; readonly record: Buffer }[]> {
  const rows: { rev: number; seq: number; created_at: number; record: Buffer }[] = await db('revisions')
    .join('commits', (on) => {
      on.on('commits.vault_no', 'revisions.vault_no').andOn('commits.seq', 'revisions.seq');
    })
    .where({ 'revisions.vault_no': vaultNo, 'revisions.node_id': bin(node) })
    .orderBy('revisions.rev', 'desc')
    .limit(limit)
    .select('revisions.rev', 'revisions.seq', 'commits.created_at', 'revisions.record');
  return rows.map((row) => ({ rev: row.rev, seq: row.seq, at: row.created_at, record: row.record }));
}
