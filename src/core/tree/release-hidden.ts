/**
 * Nodes that are hidden here, by an ignore rule or by something that cannot be synced and has their name, and that another
 * device has moved to where nothing hides them: what is hidden must not be touched, so the node comes there like a new one, and
 * what is on this disk stays as a file that is not synced. BASE has to forget them with it, so that their absence is no deletion.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { LocalTree } from './local-tree.js';
import type { NodeState } from './node.js';

export interface HiddenContext {
  /** Where the server has a node; undefined when that cannot be told. */
  readonly remotePath: (node: NodeId) => string | undefined;
  readonly isIgnored: (path: string, isDirectory: boolean) => boolean;
}

/** Takes them, and what is below them, out of `local`, and returns their ids. */
export function releaseHidden(local: LocalTree, remote: ReadonlyMap<NodeId, NodeState>, context: HiddenContext): readonly NodeId[] {
  const released: NodeId[] = [];
  for (const state of remote.values())
    if (!state.deleted && isHidden(local, state.node) && isMovedToSight(local, state, context)) release(local, state.node, released);
  return released;
}

/**
 * Takes out of `local` those of `nodes` that are there only as hidden, when BASE is about to forget them: what has no BASE is
 * no node that a rule can hide. A directory stays as long as it holds another node.
 */
export function forgetHidden(local: LocalTree, nodes: readonly NodeId[]): void {
  const hidden = nodes.filter((node) => isHidden(local, node)).map((node) => ({ node, path: local.pathOf(node) ?? '' }));
  // A path is longer than that of the directory it is in.
  const deepestFirst = hidden.sort((a, b) => b.path.length - a.path.length);
  for (const { node } of deepestFirst) if (local.childrenOf(node).size === 0) local.remove(node);
}

function isHidden(local: LocalTree, node: NodeId): boolean {
  for (let at = node; at !== ROOT_NODE;) {
    const entry = local.get(at);
    if (entry === undefined) return false;
    if (entry.status === 'excluded') return true;
    at = entry.parent;
  }
  return false;
}

function isMovedToSight(local: LocalTree, { node, kind }: NodeState, { remotePath, isIgnored }: HiddenContext): boolean {
  const path = remotePath(node);
  return path !== undefined && path !== local.pathOf(node) && !isIgnored(path, kind === 'directory');
}

function release(local: LocalTree, node: NodeId, released: NodeId[]): void {
  for (const child of [...local.childrenOf(node).values()]) release(local, child, released);
  local.remove(node);
  released.push(node);
}
