/** What a commit changed, in words a person can read: the lines behind `fsync log`. */
import type { DecodedCommit } from '../../core/log/commit.js';
import type { NodeState } from '../../core/tree/node.js';
import { sameContent } from '../../core/tree/node.js';
import type { LogState } from '../../core/log/log-verifier.js';
import type { HistoryEntry, MemberChange } from '../vault-history.js';
import type { VaultTrees } from './vault-trees.js';

export type HistoryChange = HistoryEntry['changes'][number];

type DescribedState = Pick<NodeState, 'node' | 'parent' | 'name' | 'kind' | 'deleted' | 'content' | 'target'>;

/** A node at one moment, and the path it had then. */
export interface PlacedState {
  readonly state: DescribedState;
  readonly path: string;
}

/** A verified commit with its opened records. */
export interface ReadCommit {
  readonly decoded: DecodedCommit;
  /** By the server's word, epoch ms. */
  readonly at: number;
  readonly states: readonly NodeState[];
  /** The members until then; null before the genesis. */
  readonly before: LogState['members'] | null;
}

/** Call it before the states are taken over: it compares them with what was there. */
export function historyEntry(trees: VaultTrees, { decoded: { header, hash }, states, at, before: members }: ReadCommit): HistoryEntry {
  const after = new Map(states.map((state) => [state.node, state]));
  const isTold = ({ node, rev }: { node: NodeState['node']; rev: number }): boolean =>
    after.has(node) && (rev === 1 || trees.remoteState(node)?.rev === rev - 1);
  const told = header.ops.filter(isTold);
  const changes = told.flatMap(({ node }) => {
    const state = after.get(node);
    return state === undefined ? [] : (describeChange(before(trees, node), { state, path: pathAfter(trees, after, state) }) ?? []);
  });
  const untold = header.ops.filter((op) => !isTold(op)).map(({ node }) => node);
  const { seq, account, device, epoch } = header;
  const member = memberChange(header, members);
  return { seq, hash, at, account, device, deviceName: states[0]?.deviceName ?? '', epoch, untold, member, changes };
}

function memberChange(header: DecodedCommit['header'], members: ReadCommit['before']): MemberChange | null {
  if (header.type === 'genesis') return { account: header.body.owner, role: 'owner', before: null };
  if (header.type !== 'member') return null;
  const { account, role } = header.body;
  return { account, role, before: members?.get(account) ?? null };
}

/** Null for a deletion of what was gone already. */
export function describeChange(before: PlacedState | null, { state, path }: PlacedState): HistoryChange | null {
  const { node, kind } = state;
  const live = before === null || before.state.deleted ? null : before;
  if (state.deleted)
    return live === null ? null : { node, path: live.path, kind: live.state.kind, change: 'deleted', from: null, size: null };
  const change = live === null ? 'added' : kindOfChange(live.state, state);
  return { node, path, kind, change, from: live === null || live.path === path ? null : live.path, size: state.content?.size ?? null };
}

function kindOfChange(before: DescribedState, state: DescribedState): HistoryChange['change'] {
  if (!sameContent(before, state)) return 'modified';
  return before.parent !== state.parent || before.name !== state.name ? 'moved' : 'attributes';
}

function before(trees: VaultTrees, node: NodeState['node']): PlacedState | null {
  const state = trees.remoteState(node);
  return state === undefined ? null : { state, path: trees.remotePath(node) ?? state.name };
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
