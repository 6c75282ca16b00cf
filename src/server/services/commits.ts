/**
 * Accepting a commit. One transaction, of which the first statement locks the vault: the head is
 * compared and swapped, names are freed and then taken, chunks must be there, and the head moves
 * last. Every check that the clients make and that needs no key is made here first.
 */
import { FsyncError } from '../../core/base/errors.js';
import { boxHash } from '../../core/account/user-key.js';
import type { AccountId, CommitHash, NodeId, VaultId } from '../../core/base/ids.js';
import { acceptCommit, decodeLogState, encodeLogState, type LogState } from '../../core/log/log-verifier.js';
import type { Caller } from '../http/route.js';
import { findAccount } from '../store/account-store.js';
import { closeRefs, openRefs, readHeldChunks, readOpenRefs, reviveChunks } from '../store/chunk-store.js';
import { inTransaction, type Queries } from '../store/database.js';
import {
  clearTags,
  findCommit,
  insertCommit,
  insertRevisions,
  readNodes,
  readTagOwners,
  writeNodes,
  type NodeRow,
} from '../store/log-store.js';
import { putKeyBoxes, putMember, removeMember } from '../store/member-store.js';
import { updateVault, type KeyBox, type LockedVault, type VaultRow, type VaultWithRole } from '../store/vault-store.js';
import { activeCredential, type Chains } from './chains.js';
import { nodesThatFreeNames, nodeWrites, planCommit, refChanges, takenNames, type CommitInput, type CommitPlan } from './commit-plan.js';
import type { Feed } from './feed.js';
import type { ServiceContext } from './service-context.js';
import { requireLock, requireVault } from './vault-access.js';

export interface CommitAnswer {
  readonly seq: number;
  readonly hash: CommitHash;
  readonly at: number;
}

export interface Commits {
  /**
   * The same bytes again get the same answer. Throws behind with details {page}, chunks_missing
   * with {chunks}, name_taken with {nodes}, quota_exceeded, and what acceptCommit throws.
   */
  accept(caller: Caller, input: CommitInput): Promise<CommitAnswer>;
}

/** Thrown to roll back; the page that goes with it is read after that. */
class BehindHead extends Error {
  readonly vault: VaultRow;
  constructor(vault: VaultRow) {
    super('behind');
    this.vault = vault;
  }
}

async function checkNames(trx: Queries, vaultNo: number, plan: CommitPlan): Promise<void> {
  const tags = plan.ops.flatMap((op) => (op.tag === null ? [] : [op.tag]));
  const taken = takenNames(plan.ops, await readTagOwners(trx, vaultNo, tags));
  if (taken.length > 0) throw new FsyncError('name_taken', 'a name in the commit is taken by another node', { details: { nodes: taken } });
}

async function writeOps(trx: Queries, vault: LockedVault, plan: CommitPlan, before: ReadonlyMap<NodeId, NodeRow>): Promise<void> {
  const { seq } = plan.decoded.header;
  const { lengths, orphans } = await readHeldChunks(trx, vault.no, plan.chunks);
  const missing = plan.chunks.filter((chunk) => !lengths.has(chunk));
  if (missing.length > 0) {
    throw new FsyncError('chunks_missing', `${String(missing.length)} chunks of the commit are not stored`, {
      details: { chunks: missing },
    });
  }
  await reviveChunks(trx, vault.no, orphans);
  await checkNames(trx, vault.no, plan);
  const known = plan.ops.filter((op) => op.rev > 1).map((op) => op.node);
  const { opened, closed } = refChanges(plan.ops, await readOpenRefs(trx, vault.no, known));
  await clearTags(trx, vault.no, nodesThatFreeNames(plan.ops, before));
  await writeNodes(trx, vault.no, nodeWrites(plan.ops, seq, lengths));
  await insertRevisions(
    trx,
    vault.no,
    plan.ops.map(({ node, rev, record }) => ({ seq, node, rev, record })),
  );
  await closeRefs(trx, vault.no, closed);
  await openRefs(trx, vault.no, opened);
}

/** Keeps the access list equal to what the log says. */
async function writeMembers(
  trx: Queries,
  vaultNo: number,
  plan: CommitPlan,
  request: { boxes: readonly KeyBox[]; now: number },
): Promise<void> {
  const { header } = plan.decoded;
  if (header.type === 'member') {
    const { account, role } = header.body;
    if (role === null) await removeMember(trx, vaultNo, account);
    else if ((await findAccount(trx, account)) === null) throw new FsyncError('invalid_input', 'the new member has no account here');
    else await putMember(trx, { vaultNo, account, role, now: request.now });
  }
  await putKeyBoxes(trx, vaultNo, request.boxes);
}

function checkKeyBoxes(state: LogState, plan: CommitPlan, boxes: readonly KeyBox[]): void {
  const { header } = plan.decoded;
  if (boxes.length > 0 && header.type !== 'member' && header.type !== 'rotate') {
    throw new FsyncError('invalid_input', 'keys travel with member and rotate commits only');
  }
  if (boxes.some((one) => !state.members.has(one.account) || one.epoch > state.epoch)) {
    throw new FsyncError('invalid_input', 'a key is boxed to someone who is not a member');
  }
  const isThere = (account: AccountId, hash: string): boolean =>
    boxes.some((one) => one.account === account && one.epoch === state.epoch && boxHash(one.box) === hash);
  if (header.type === 'member') {
    const { account, boxHash: signed } = header.body;
    if (boxes.some((one) => one.account !== account)) throw new FsyncError('invalid_input', 'a key is boxed to another than the member');
    if (signed !== null && !isThere(account, signed)) throw new FsyncError('invalid_input', 'the key that was signed for is missing');
  }
  if (header.type === 'rotate' && !header.body.members.every((one) => isThere(one.account, one.boxHash))) {
    throw new FsyncError('invalid_input', 'a key that was signed for is missing');
  }
}

export function createCommits(deps: ServiceContext & { readonly chains: Chains; readonly feed: Feed }): Commits {
  const { database, clock, bus, metrics, chains, feed } = deps;

  async function advance(trx: Queries, vault: LockedVault, plan: CommitPlan, keyBoxes: readonly KeyBox[]): Promise<CommitAnswer> {
    const { decoded } = plan;
    const { header, hash } = decoded;
    if (header.seq !== vault.head.seq + 1 || header.prev !== vault.head.hash) throw new BehindHead(vault);
    const author = await chains.stateOf(trx, header.account);
    activeCredential(author, header.device);
    const before = await readNodes(
      trx,
      vault.no,
      plan.ops.map((op) => op.node),
    );
    const state = acceptCommit(decodeLogState(vault.logState), decoded, author, (node) => before.get(node) ?? null);
    checkKeyBoxes(state, plan, keyBoxes);
    await writeOps(trx, vault, plan, before);
    const now = clock.now();
    await writeMembers(trx, vault.no, plan, { boxes: keyBoxes, now });
    await insertCommit(trx, vault.no, { seq: header.seq, hash, signed: plan.signed, at: now });
    await updateVault(trx, vault.no, { head: state.head, logState: encodeLogState(state), now });
    return { seq: header.seq, hash, at: now };
  }

  async function inLock(vault: VaultWithRole, plan: CommitPlan, keyBoxes: readonly KeyBox[]): Promise<CommitAnswer> {
    return inTransaction(database, async (trx) => {
      const locked = await requireLock(trx, vault.no);
      const repeated = await findCommit(trx, vault.no, plan.decoded.hash);
      return repeated ?? advance(trx, locked, plan, keyBoxes);
    });
  }

  /** An old head is refused without the lock, so that many writers at once do not queue up only to be sent back. */
  async function checkHead(vault: VaultWithRole, plan: CommitPlan): Promise<CommitAnswer | null> {
    const { header, hash } = plan.decoded;
    if (header.seq > vault.head.seq) return null;
    const repeated = await findCommit(database, vault.no, hash);
    if (repeated === null) throw new BehindHead(vault);
    return repeated;
  }

  async function refuseBehind(vault: VaultRow, seq: number): Promise<never> {
    const page = await feed.pageOf(vault, Math.max(0, seq - 1));
    throw new FsyncError('behind', 'there are newer commits', { details: { page } });
  }

  function announce(vault: VaultId, plan: CommitPlan, seq: number): void {
    bus.publish({ type: 'head', vault, seq });
    const { header } = plan.decoded;
    if (header.type === 'member') bus.publish({ type: 'access', vault, account: header.body.account });
    metrics.lastCommit.set(clock.now() / 1000);
    metrics.commitOps.observe(plan.ops.length);
  }

  async function run(caller: Caller, input: CommitInput): Promise<CommitAnswer> {
    const vault = await requireVault(database, caller, input.vault, 'writer');
    const plan = planCommit(caller, input);
    try {
      const answer = (await checkHead(vault, plan)) ?? (await inLock(vault, plan, input.keyBoxes));
      announce(input.vault, plan, answer.seq);
      return answer;
    } catch (error) {
      if (error instanceof BehindHead) return refuseBehind(error.vault, plan.decoded.header.seq);
      throw error;
    }
  }

  return {
    async accept(caller, input) {
      const stop = metrics.commitSeconds.startTimer();
      try {
        const answer = await run(caller, input);
        metrics.commits.inc({ outcome: 'accepted' });
        return answer;
      } catch (error) {
        metrics.commits.inc({ outcome: error instanceof FsyncError ? error.code : 'internal' });
        throw error;
      } finally {
        stop();
      }
    },
  };
}
