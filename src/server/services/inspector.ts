/**
 * Is everything that a vault refers to there and right? The database is read as of one moment, so
 * a server may run beside. What needs a key is checked by the clients, at each commit.
 */
import { FsyncError } from '../../core/base/errors.js';
import type { NodeId } from '../../core/base/ids.js';
import { commitHash, decodeCommit, vaultIdOf, type DecodedCommit } from '../../core/log/commit.js';
import { recordDigest } from '../../core/log/record.js';
import type { BlobStore } from '../ports.js';
import { inSnapshot, type Queries } from '../store/database.js';
import {
  commitsAfter,
  nodesAfter,
  packIsThere,
  packsOf,
  storageSums,
  vaultsToInspect,
  type CommitRow,
  type CurrentNode,
  type InspectedVault,
} from '../store/inspection-store.js';
import { readNodes } from '../store/log-store.js';
import { markChecked, type StoredPack } from '../store/scrub-store.js';
import { damageOf } from './pack-check.js';
import type { ServiceContext } from './service-context.js';

const COMMITS_PER_PAGE = 200;
const NODES_PER_PAGE = 500;
/** Of one vault, this many are told; all are counted. */
const TOLD_PROBLEMS = 100;

export interface VaultFindings {
  readonly id: string;
  /** Login name of the owner. */
  readonly owner: string;
  commits: number;
  nodes: number;
  chunks: number;
  packs: number;
  bytes: number;
  readonly problems: string[];
  problemCount: number;
}

export interface InspectionDeps extends Pick<ServiceContext, 'database' | 'clock'> {
  readonly blobs: BlobStore;
}

/** All vaults, one after the other. `readData`: every pack is read and hashed, too. */
export async function* inspect(
  deps: InspectionDeps,
  options: { readonly readData: boolean; readonly signal: AbortSignal },
): AsyncGenerator<VaultFindings> {
  const { database } = deps;
  for (const { no } of await vaultsToInspect(database)) {
    options.signal.throwIfAborted();
    const seen = await inSnapshot(database, async (trx) => {
      const vault = (await vaultsToInspect(trx)).find((one) => one.no === no);
      return vault === undefined ? null : inspectRows(trx, vault);
    });
    if (seen === null) continue;
    await inspectPacks(deps, seen, options);
    yield seen.findings;
  }
}

interface Seen {
  readonly findings: VaultFindings;
  readonly packs: readonly StoredPack[];
}

async function inspectRows(trx: Queries, vault: InspectedVault): Promise<Seen> {
  const packs = await packsOf(trx, vault.no);
  const sums = await storageSums(trx, vault.no);
  const findings: VaultFindings = {
    id: vault.id,
    owner: vault.owner,
    commits: 0,
    nodes: 0,
    chunks: sums.chunks,
    packs: packs.length,
    bytes: sums.packBytes,
    problems: [],
    problemCount: 0,
  };
  await inspectLog(trx, vault, findings);
  await inspectNodes(trx, vault, findings);
  if (sums.dangling > 0) tell(findings, `${String(sums.dangling)} references are to chunks that are missing`);
  if (sums.misplaced > 0) tell(findings, `${String(sums.misplaced)} chunks do not lie within a pack`);
  if (sums.packBytes !== vault.usedBytes) {
    tell(findings, `the packs have ${String(sums.packBytes)} bytes and ${String(vault.usedBytes)} are counted`);
  }
  return { findings, packs };
}

function tell(findings: VaultFindings, problem: string): void {
  findings.problemCount += 1;
  if (findings.problems.length < TOLD_PROBLEMS) findings.problems.push(problem);
}

async function inspectLog(trx: Queries, vault: InspectedVault, findings: VaultFindings): Promise<void> {
  let seq = 0;
  let hash: string | null = null;
  for (;;) {
    const page = await commitsAfter(trx, vault.no, seq, COMMITS_PER_PAGE);
    if (page.length === 0) break;
    for (const row of page) {
      if (row.seq !== seq + 1) tell(findings, `commits ${String(seq + 1)} to ${String(row.seq - 1)} are missing`);
      const decoded = readCommit(row, findings);
      if (decoded !== null) {
        inspectPlace(decoded, { row, vault, before: row.seq === seq + 1 ? hash : undefined }, findings);
        await inspectOps(trx, vault.no, decoded, findings);
      }
      findings.commits += 1;
      seq = row.seq;
      hash = row.hash;
    }
  }
  if (seq !== vault.headSeq || hash !== vault.headHash) {
    tell(findings, `the log ends with commit ${String(seq)}, the head is ${String(vault.headSeq)}`);
  }
}

/** `before`: hash of the commit before it, null for the first one, undefined when that one is missing. */
function inspectPlace(
  { header }: DecodedCommit,
  { row, vault, before }: { readonly row: CommitRow; readonly vault: InspectedVault; readonly before: string | null | undefined },
  findings: VaultFindings,
): void {
  // The id of a vault is the hash of its first commit, which cannot name it.
  const of = header.vault ?? vaultIdOf(row.signed);
  if (header.seq !== row.seq || of !== vault.id) tell(findings, `commit ${String(row.seq)} belongs elsewhere`);
  if (before !== undefined && header.prev !== before) tell(findings, `commit ${String(row.seq)} does not follow the one before it`);
}

function readCommit(row: CommitRow, findings: VaultFindings): DecodedCommit | null {
  const name = `commit ${String(row.seq)}`;
  if (row.signed.length !== row.signedBytes) tell(findings, `${name} is not as long as counted`);
  if (commitHash(row.signed) !== row.hash) tell(findings, `${name} does not have its hash`);
  try {
    return decodeCommit(row.signed);
  } catch (error) {
    if (!(error instanceof FsyncError)) throw error;
    tell(findings, `${name} cannot be read: ${error.message}`);
    return null;
  }
}

/** Each node is at least as new as the log says, and of the same revision it is the same. */
async function inspectOps(trx: Queries, vaultNo: number, { header }: DecodedCommit, findings: VaultFindings): Promise<void> {
  const rows = await readNodes(
    trx,
    vaultNo,
    header.ops.map(({ node }) => node),
  );
  for (const op of header.ops) {
    const row = rows.get(op.node);
    if (row === undefined || row.rev < op.rev) tell(findings, `node ${op.node} lacks revision ${String(op.rev)}`);
    else if (row.rev === op.rev && (row.digest !== op.digest || row.tag !== op.tag))
      tell(findings, `node ${op.node} is not what was signed`);
  }
}

async function inspectNodes(trx: Queries, vault: InspectedVault, findings: VaultFindings): Promise<void> {
  let after: NodeId | null = null;
  for (;;) {
    const page: readonly CurrentNode[] = await nodesAfter(trx, vault.no, after, NODES_PER_PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    for (const node of page) inspectNode(node, findings);
    findings.nodes += page.length;
    after = last.node;
  }
}

function inspectNode({ node, record, digest, recordBytes, sizeBytes, chunkBytes }: CurrentNode, findings: VaultFindings): void {
  if (record === null) tell(findings, `the newest record of node ${node} is missing`);
  else if (recordDigest(record) !== digest) tell(findings, `the newest record of node ${node} is damaged`);
  else if (record.length !== recordBytes || recordBytes + chunkBytes !== sizeBytes)
    tell(findings, `the size of node ${node} is counted wrong`);
}

async function inspectPacks(
  { database, clock, blobs }: InspectionDeps,
  { findings, packs }: Seen,
  { readData, signal }: { readonly readData: boolean; readonly signal: AbortSignal },
): Promise<void> {
  for (const pack of packs) {
    signal.throwIfAborted();
    const damage = await damageOf(blobs, pack, { readData });
    if (damage !== null && !(await packIsThere(database, pack))) continue;
    if (damage !== null) tell(findings, `pack ${String(pack.no)} (${pack.blobKey}): ${damage}`);
    // What was found here need not be found out again by the scrubber, and shows in the health of the server.
    if (damage !== null || readData) await markChecked(database, pack, { sound: damage === null, now: clock.now() });
  }
}
