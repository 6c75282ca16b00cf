/**
 * The verified log of one vault: takes pages of the feed and our own accepted commits, checks every
 * signature, link and record, and moves the REMOTE tree, the head and the history in one transaction.
 */
import type { AccountState } from '../../core/account/chain.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { AccountId, CommitHash, CredentialId, NodeId, RecordDigest, VaultId } from '../../core/base/ids.js';
import type { DecodedCommit } from '../../core/log/commit.js';
import { decodeCommit } from '../../core/log/commit.js';
import type { LogState } from '../../core/log/log-verifier.js';
import { acceptCommit, decodeLogState, encodeLogState } from '../../core/log/log-verifier.js';
import { openCommitRecord } from '../../core/log/commit-record.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import type { NodeState } from '../../core/tree/node.js';
import { forgetHidden } from '../../core/tree/release-hidden.js';
import type { Watermarks } from '../engine-deps.js';
import type { FeedCommit, FeedPage, Intent, StateStore, StateWriter } from '../ports.js';
import { historyEntry, type ReadCommit } from './history.js';
import type { VaultTrees } from './vault-trees.js';

export interface VaultLogDeps {
  readonly vault: VaultId;
  /** Whose commits are our own. */
  readonly device: CredentialId;
  readonly store: StateStore;
  readonly trees: VaultTrees;
  readonly keyring: VaultKeyring;
  readonly verifyAuthor: (account: AccountId, minChainSeq: number, options: { signal: AbortSignal }) => Promise<AccountState>;
}

/** Commits of others that come one upon the other are one batch. */
const BURST_MS = 3_000;

/** The newest commit that this device ever verified. */
type Verified = Awaited<ReturnType<Watermarks['get']>> & object;

type LogNode = { readonly rev: number; readonly digest: RecordDigest };

export class VaultLog {
  readonly #deps: VaultLogDeps;
  #state: LogState | null;
  #historyId: string | null;
  #headAt: number | null = null;

  constructor(deps: VaultLogDeps) {
    this.#deps = deps;
    const { verifier, historyId } = deps.store.progress();
    this.#state = verifier === null ? null : decodeLogState(verifier);
    this.#historyId = historyId;
    this.#headAt = deps.store.history({ limit: 1 })[0]?.at ?? null;
  }

  get head(): { readonly seq: number; readonly hash: CommitHash | null } {
    return this.#state?.head ?? { seq: 0, hash: null };
  }

  get state(): LogState {
    if (this.#state === null) throw new FsyncError('internal', 'the log has no genesis yet');
    return this.#state;
  }

  /** Null before the genesis was read. */
  get members(): LogState['members'] | null {
    return this.#state?.members ?? null;
  }

  /** Someone who was removed may still hold the vault key. */
  get isRotationPending(): boolean {
    return this.#state?.rotationPending ?? false;
  }

  get historyId(): string | null {
    return this.#historyId;
  }

  /** When the newest commit was accepted, by the server's word. */
  get headAt(): number | null {
    return this.#headAt;
  }

  /** Of the commit with this number; null when it is not known here. */
  hashOf(seq: number): CommitHash | null {
    if (seq === this.head.seq) return this.head.hash;
    const [entry] = this.#deps.store.history({ limit: 1, untilSeq: seq });
    return entry?.seq === seq ? entry.hash : null;
  }

  /** The counter of this device's newest commit in the log. */
  counterOf(device: CredentialId): number {
    return this.#state?.counters.get(device) ?? 0;
  }

  /**
   * Verifies a page and takes it over, or throws and changes nothing. `verified`: a commit that this
   * device has seen before, even if this log has not.
   * @returns how many commits were new
   * @throws FsyncError rollback when the server's log is not the one that was verified, else what the verifier says
   */
  async integrate(page: FeedPage, options: { signal: AbortSignal; verified: Verified | null }): Promise<number> {
    refuseRollback(this.head.seq, page);
    const { state, accepted } = await this.#verify(page.commits, { from: this.#state, ...options });
    refuseFork(state, page);
    if (state !== null && accepted.length > 0) this.#store(state, accepted, page.historyId);
    else if (this.#historyId !== page.historyId) this.#rememberHistory(page.historyId);
    return accepted.length;
  }

  /** Takes over our own commit that changes no node and that the server accepted. */
  async integrateOwn(commit: FeedCommit, options: { signal: AbortSignal }): Promise<void> {
    const { state, accepted } = await this.#verify([commit], { from: this.#state, verified: null, ...options });
    if (state !== null) this.#store(state, accepted, this.#historyId);
  }

  /**
   * Takes the whole log as the server has it now, from its genesis: what was verified before counts no more.
   * Verified like any other; on throw nothing is changed.
   */
  async relearn(commits: readonly FeedCommit[], options: { historyId: string; signal: AbortSignal }): Promise<void> {
    const { state, accepted } = await this.#verify(commits, { from: null, verified: null, signal: options.signal });
    if (state === null) throw new FsyncError('integrity', 'the server sends a log without any commit');
    const { store, trees } = this.#deps;
    store.transaction((write) => {
      write.forgetLog();
      const agreed = trees.unsettle();
      this.#write(write, accepted);
      trees.settleAgain(write, agreed);
      write.setProgress({ historyId: options.historyId, head: state.head, verifier: encodeLogState(state) });
    });
    this.#take(state, accepted, options.historyId);
  }

  async #verify(
    commits: readonly FeedCommit[],
    { from, verified, signal }: { from: LogState | null; verified: Verified | null; signal: AbortSignal },
  ): Promise<{ state: LogState | null; accepted: readonly ReadCommit[] }> {
    const accepted: ReadCommit[] = [];
    const revisions = new Map<NodeId, LogNode>();
    const known = (node: NodeId): LogNode | null => (from === null ? null : this.#deps.store.logNode(node));
    let state = from;
    for (const commit of commits) {
      const decoded = decodeCommit(commit.signed);
      const { header } = decoded;
      if (state !== null && header.seq <= state.head.seq) continue;
      refuseOtherHistory(decoded, [from?.head ?? null, verified]);
      const author = await this.#deps.verifyAuthor(header.account, header.chainSeq, { signal });
      const before = state?.members ?? null;
      state = acceptServed(state, decoded, author, (node) => revisions.get(node) ?? known(node));
      for (const { node, rev, digest } of header.ops) revisions.set(node, { rev, digest });
      accepted.push({ decoded, at: commit.at, states: this.#openRecords(decoded, commit), before });
    }
    if (state !== null && state.vault !== this.#deps.vault) throw new FsyncError('key_mismatch', 'the log belongs to another vault');
    return { state, accepted };
  }

  /** Takes over our own commit that the server accepted; `states` are the records it carried. */
  acceptOwn(intent: Intent, states: readonly NodeState[], author: AccountState, at: number): void {
    const decoded = decodeCommit(intent.request.signed);
    const before = this.#state?.members ?? null;
    const state = acceptCommit(this.#state, decoded, author, (node) => this.#deps.store.logNode(node));
    this.#store(state, [{ decoded, at, states, before }], this.#historyId);
  }

  #openRecords({ header }: DecodedCommit, commit: FeedCommit): NodeState[] {
    const ops = new Map(header.ops.map((op) => [op.node, op]));
    return commit.records.map(({ node, rev, bytes }) => {
      const op = ops.get(node);
      if (op?.rev !== rev) throw new FsyncError('integrity', 'a record does not belong to its commit');
      return openCommitRecord(this.#deps.keyring, header, op, bytes);
    });
  }

  #store(state: LogState, accepted: readonly ReadCommit[], historyId: string | null): void {
    const { store } = this.#deps;
    const intent = store.intent();
    store.transaction((write) => {
      this.#noteRemoteBatch(write, accepted);
      this.#write(write, accepted);
      if (intent !== null && accepted.some(({ decoded }) => decoded.hash === intent.hash)) this.#rebase(write, intent);
      if (intent !== null && state.head.seq >= intent.seq) write.setIntent(null);
      write.setProgress({ historyId, head: state.head, verifier: encodeLogState(state) });
    });
    this.#take(state, accepted, historyId);
  }

  #write(write: StateWriter, accepted: readonly ReadCommit[]): void {
    const { trees } = this.#deps;
    for (const commit of accepted) {
      write.addHistory(historyEntry(trees, commit));
      const { seq, ops } = commit.decoded.header;
      for (const { node, rev, digest } of ops) write.putLogOp({ node, rev, seq, digest });
      for (const next of commit.states) trees.setRemote(write, next);
    }
  }

  #take(state: LogState, accepted: readonly ReadCommit[], historyId: string | null): void {
    this.#state = state;
    this.#historyId = historyId;
    this.#headAt = accepted.at(-1)?.at ?? this.#headAt;
  }

  /** What others did since this folder was in sync can be taken back as one; a burst counts as one. */
  #noteRemoteBatch(write: StateWriter, accepted: readonly ReadCommit[]): void {
    const { store, device } = this.#deps;
    if (store.progress().lastSyncedAtMs === null) return;
    const foreign = accepted.filter(({ decoded }) => decoded.header.device !== device && decoded.header.ops.length > 0);
    const [first, last] = [foreign[0], foreign.at(-1)];
    if (first === undefined || last === undefined) return;
    const batch = { kind: 'remote' as const, first: first.decoded.header.seq, last: last.decoded.header.seq, at: last.at, undoneBy: null };
    const [before] = store.operations(1);
    const goesOn =
      before?.kind === 'remote' && before.undoneBy === null && before.last + 1 === batch.first && first.at - before.at < BURST_MS;
    write.putOperation(goesOn ? { ...batch, first: before.first } : batch);
  }

  /** Our commit is in the log: what it said about the folder is now in sync. */
  #rebase(write: StateWriter, intent: Intent): void {
    const { trees } = this.#deps;
    for (const entry of intent.base) trees.setBase(write, entry);
    // A rule may hide since then what was gone when the commit was signed.
    forgetHidden(trees.local, intent.dropped);
    for (const node of intent.dropped) trees.dropBase(write, node);
  }

  #rememberHistory(historyId: string): void {
    this.#deps.store.transaction((write) => {
      write.setProgress({ historyId });
    });
    this.#historyId = historyId;
  }
}

/** As acceptCommit. The server has let through what it must refuse: nothing that the caller may not do. */
function acceptServed(...commit: Parameters<typeof acceptCommit>): LogState {
  try {
    return acceptCommit(...commit);
  } catch (error) {
    if (!isFsyncError(error, 'forbidden')) throw error;
    throw new FsyncError('integrity', `the server shows what nobody was allowed to write: ${error.message}`, { cause: error });
  }
}

const OTHER_HISTORY_HINT = 'Local files are untouched. See what it means and decide: fsync guard show';

function refuseRollback(verifiedSeq: number, { head }: FeedPage): void {
  if (head.seq >= verifiedSeq) return;
  throw new FsyncError(
    'rollback',
    `the server went back in time: it has commit ${String(head.seq)}, this device verified ${String(verifiedSeq)}`,
    { hints: [OTHER_HISTORY_HINT], details: { head: head.seq } },
  );
}

function refuseFork(state: LogState | null, { head }: FeedPage): void {
  if (state?.head.seq !== head.seq || state.head.hash === head.hash) return;
  throw otherHistory(head.seq);
}

/** A log that went back and then on again: a commit is not the verified one, or does not follow it. */
function refuseOtherHistory({ header, hash }: DecodedCommit, verified: readonly (Verified | null)[]): void {
  for (const commit of verified) {
    if (commit?.seq === header.seq && commit.hash !== hash) throw otherHistory(header.seq);
    if (commit?.seq === header.seq - 1 && commit.hash !== header.prev) throw otherHistory(commit.seq);
  }
}

function otherHistory(seq: number): FsyncError {
  return new FsyncError('rollback', `the server shows another history: its commit ${String(seq)} is not the one this device verified`, {
    hints: [OTHER_HISTORY_HINT],
  });
}
