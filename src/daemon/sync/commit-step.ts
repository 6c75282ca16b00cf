/**
 * Sends what the planner wants on the server. Each commit carries a set of operations that is closed
 * under their dependencies, so that the server's tree is whole after every one of them. The signed
 * bytes are stored before they are sent: an answer that got lost is asked for again, never guessed.
 */
import type { NodeId } from '../../core/base/ids.js';
import { FsyncError } from '../../core/base/errors.js';
import type { CommitOp } from '../../core/plan/operation.js';
import type { AccountKeys } from '../engine-deps.js';
import type { RandomBytes } from '../../core/base/effects.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import { openRecord } from '../../core/log/record.js';
import { decodeCommit } from '../../core/log/commit.js';
import { nextCounter } from '../../core/log/commit-counter.js';
import type { CommitReply, Intent, RemoteVault, StateStore } from '../ports.js';
import type { NodeState } from '../../core/tree/node.js';
import type { BuiltCommit } from './build-commit.js';
import { buildCommit } from './build-commit.js';
import type { VaultLog } from './vault-log.js';
import type { VaultTrees } from './vault-trees.js';

export interface CommitDeps {
  readonly trees: VaultTrees;
  readonly log: VaultLog;
  readonly store: StateStore;
  readonly remote: RemoteVault;
  readonly keyring: VaultKeyring;
  readonly account: () => AccountKeys;
  readonly random: RandomBytes;
  /** Epoch milliseconds by the server's clock. */
  readonly serverNow: () => number;
  /** Chunks the server says it lacks although they were taken for stored. */
  readonly onChunksMissing: (chunks: readonly string[]) => void;
}

export type CommitOutcome = 'accepted' | 'behind' | 'chunks-missing';

/** @throws FsyncError behind while it is not known what became of the last commit: `settleIntent` comes first */
export async function commitOps(deps: CommitDeps, ops: readonly CommitOp[], signal: AbortSignal): Promise<CommitOutcome> {
  if (deps.store.intent() !== null)
    throw new FsyncError('behind', 'the server has not answered the last commit yet', { hints: ['Run the command again.'] });
  const account = deps.account();
  const revisionOf = (node: NodeId): number => deps.store.logNode(node)?.rev ?? 0;
  const counter = nextCounter(deps.log.counterOf(account.device.id), deps.serverNow());
  const { intent, states } = buildCommit({ ...deps, account, logState: deps.log.state, counter, revisionOf }, ops);
  deps.store.transaction((write) => {
    write.setIntent(intent);
  });
  return sendIntent(deps, { intent, states }, signal);
}

/**
 * Clears up a commit whose answer never came: sends the same bytes again. Must run before any other
 * commit is signed, because its counter may have been used. The log must be pulled up to date first.
 */
export async function settleIntent(deps: CommitDeps, signal: AbortSignal): Promise<void> {
  const intent = deps.store.intent();
  if (intent === null) return;
  if (deps.log.head.seq >= intent.seq)
    deps.store.transaction((write) => {
      write.setIntent(null);
    });
  else await sendIntent(deps, { intent, states: openIntent(deps, intent) }, signal);
}

function openIntent(deps: CommitDeps, { request }: Intent): readonly NodeState[] {
  const { epoch } = decodeCommit(request.signed).header;
  return request.records.map(({ node, rev, bytes }) => openRecord(deps.keyring, { node, rev }, epoch, bytes));
}

async function sendIntent(deps: CommitDeps, { intent, states }: BuiltCommit, signal: AbortSignal): Promise<CommitOutcome> {
  const reply = await send(deps, intent, signal);
  if (reply.status === 'accepted') {
    deps.log.acceptOwn(intent, states, deps.account().chain, reply.at);
    return 'accepted';
  }
  if (reply.status === 'chunks-missing') {
    dropIntent(deps);
    deps.onChunksMissing(reply.chunks);
    return 'chunks-missing';
  }
  await deps.log.integrate(reply.page, { signal, verified: null });
  // Refused for good: the log has another commit in its place. `integrate` keeps the intent only while its place is still free.
  dropIntent(deps);
  return 'behind';
}

async function send(deps: CommitDeps, intent: Intent, signal: AbortSignal): Promise<CommitReply> {
  try {
    return await deps.remote.commit(intent.request, { signal });
  } catch (error) {
    // A refusal with a definite answer frees the counter; anything else leaves the question open.
    if (error instanceof FsyncError && (error.kind.category === 'user' || error.code === 'quota_exceeded')) dropIntent(deps);
    throw error;
  }
}

function dropIntent(deps: CommitDeps): void {
  deps.store.transaction((write) => {
    write.setIntent(null);
  });
}
