/** Seals operations into one signed commit, and says which BASE rows become true with it. */
import type { RandomBytes } from '../../core/base/effects.js';
import type { CredentialId } from '../../core/base/ids.js';
import type { CommitHeader } from '../../core/log/commit.js';
import { decodeCommit, signCommit } from '../../core/log/commit.js';
import type { LogState } from '../../core/log/log-verifier.js';
import { nameTag } from '../../core/log/name-tag.js';
import { recordDigest, sealRecord } from '../../core/log/record.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import type { CommitOp } from '../../core/plan/operation.js';
import { advanceVector } from '../../core/plan/version-vector.js';
import type { NodeState } from '../../core/tree/node.js';
import type { AccountKeys } from '../engine-deps.js';
import type { BaseNode, Intent } from '../ports.js';
import type { VaultTrees } from './vault-trees.js';
import { baseFromLocal } from './vault-trees.js';

export interface BuildCommitDeps {
  readonly trees: VaultTrees;
  readonly keyring: VaultKeyring;
  readonly account: AccountKeys;
  readonly random: RandomBytes;
  readonly logState: LogState;
  readonly counter: number;
  /** Newest revision the log names for a node, 0 when none. */
  readonly revisionOf: (node: CommitOp['node']) => number;
}

export interface BuiltCommit {
  readonly intent: Intent;
  readonly states: readonly NodeState[];
}

export function buildCommit(deps: BuildCommitDeps, ops: readonly CommitOp[]): BuiltCommit {
  const { account, keyring, logState, counter, random } = deps;
  const keys = keyring.current;
  const states = ops.map((op) => nextState(deps, op));
  const records = states.map((state) => {
    const bytes = sealRecord(random, keys, state);
    return {
      node: state.node,
      rev: state.rev,
      bytes,
      digest: recordDigest(bytes),
      chunks: state.content?.chunks.map((chunk) => chunk.id) ?? [],
    };
  });
  const header: CommitHeader = {
    vault: logState.vault,
    seq: logState.head.seq + 1,
    prev: logState.head.hash,
    epoch: keys.epoch,
    account: account.account,
    device: account.device.id,
    chainSeq: account.chain.seq,
    counter,
    stamp: Math.max(...ops.map((op) => op.stamp)),
    type: 'data',
    body: null,
    ops: states.map((state, index) => ({
      node: state.node,
      rev: state.rev,
      digest: records[index]?.digest ?? recordDigest(new Uint8Array()),
      tag: state.deleted ? null : nameTag(keys, state.parent, state.name),
    })),
  };
  const signed = signCommit(account.credential, header);
  const request = { signed, records: records.map(({ node, rev, bytes, chunks }) => ({ node, rev, bytes, chunks })) };
  return { intent: { seq: header.seq, hash: decodeCommit(signed).hash, request, ...baseEffects(deps, ops, states) }, states };
}

function nextState(deps: BuildCommitDeps, { node, facets, stamp }: CommitOp): NodeState {
  const { trees, account, counter } = deps;
  const device: CredentialId = account.device.id;
  const remoteVector = trees.remoteState(node)?.vector ?? {};
  const baseVector = trees.base.get(node)?.state.vector ?? {};
  const { parent, name, kind, deleted, mode, mtimeMs, content, target, conflict } = facets;
  return {
    node,
    rev: deps.revisionOf(node) + 1,
    parent,
    name,
    kind,
    deleted,
    mode,
    mtimeMs,
    content: deleted ? null : content,
    target: deleted ? null : target,
    stamp,
    vector: advanceVector(remoteVector, baseVector, device, counter),
    device,
    deviceName: account.device.name,
    conflict,
  };
}

/** BASE takes over what is on disk for every node whose local state is accounted for by these operations. */
function baseEffects({ trees }: BuildCommitDeps, ops: readonly CommitOp[], states: readonly NodeState[]): Pick<Intent, 'base' | 'dropped'> {
  const committed = new Map(states.map((state) => [state.node, state]));
  const base: BaseNode[] = [];
  const dropped: CommitOp['node'][] = [];
  for (const node of ops.flatMap((op) => op.rebase)) {
    const local = trees.local.get(node);
    const remote = committed.get(node) ?? trees.remoteState(node);
    if (local === undefined) dropped.push(node);
    else if (remote !== undefined && local.status === 'present') base.push(baseFromLocal(local, remote));
  }
  return { base, dropped };
}
