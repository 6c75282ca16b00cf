/** What a commit changed, in words a person can read: the lines behind `fsync log`. */
import type { DecodedCommit } from '../../core/log/commit.js';
import type { NodeState } from '../../core/tree/node.js';
import { sameContent } from '../../core/tree/node.js';
import type { HistoryEntry } from '../ports.js';
import type { VaultTrees } from './vault-trees.js';

type Change = HistoryEntry['changes'][number];

/** Call it before the states are taken over: it compares them with what was there. */
export function historyEntry(trees: VaultTrees, { header }: DecodedCommit, states: readonly NodeState[], at: number): HistoryEntry {
  const after = new Map(states.map((state) => [state.node, state]));
  const changes = states.flatMap((state) => describeChange(trees, after, state) ?? []);
  return { seq: header.seq, at, device: header.device, deviceName: states[0]?.deviceName ?? '', changes };
}

function describeChange(trees: VaultTrees, after: ReadonlyMap<string, NodeState>, state: NodeState): Change | null {
  const { node } = state;
  const before = trees.remoteState(node);
  const wasLive = before?.deleted === false;
  const pathBefore = wasLive ? (trees.remotePath(node) ?? null) : null;
  if (state.deleted) return wasLive ? { node, path: pathBefore ?? state.name, change: 'deleted', from: null, size: null } : null;
  const path = pathAfter(trees, after, state);
  const change = wasLive ? kindOfChange(before, state) : 'added';
  return { node, path, change, from: pathBefore === path ? null : pathBefore, size: state.content?.size ?? null };
}

function kindOfChange(before: NodeState, state: NodeState): Change['change'] {
  if (!sameContent(before, state)) return 'modified';
  return before.parent !== state.parent || before.name !== state.name ? 'moved' : 'attributes';
}

/** The path once the whole commit is in: ancestors of the same commit count. */
function pathAfter(trees: VaultTrees, after: ReadonlyMap<string, NodeState>, state: NodeState): string {
  const names = [state.name];
  let at = after.get(state.parent) ?? trees.remoteState(state.parent);
  while (at !== undefined && names.length < 4096) {
    names.push(at.name);
    at = after.get(at.parent) ?? trees.remoteState(at.parent);
  }
  return names.reverse().join('/');
}
