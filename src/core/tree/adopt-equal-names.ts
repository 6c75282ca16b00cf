/**
 * A new local entry at a name under which the server has a node of the same kind that this folder
 * has never had: it is that node, and its facets merge like any other's. This is how two devices
 * that made the same file, a re-linked folder or a lost state database come together without
 * duplicates. Works top-down, so that the children of an adopted directory are adopted with it.
 */
import type { NodeId } from '../base/ids.js';
import type { BaseTree } from './base-tree.js';
import type { LocalTree } from './local-tree.js';
import { nameKey } from './name-key.js';
import type { NodeState } from './node.js';

/** Renames nodes in `local`; returns what became what. */
export function adoptEqualNames(base: BaseTree, local: LocalTree, remote: ReadonlyMap<NodeId, NodeState>): ReadonlyMap<NodeId, NodeId> {
  const newcomers = new Map<string, NodeState>();
  const directories = new Set<NodeId>();
  for (const state of remote.values()) {
    if (state.deleted || base.get(state.node) !== undefined || local.get(state.node) !== undefined) continue;
    newcomers.set(placeKey(state.parent, state.name), state);
    directories.add(state.parent);
  }
  const adopted = new Map<NodeId, NodeId>();
  const queue = [...directories];
  for (let directory = queue.pop(); directory !== undefined; directory = queue.pop()) {
    for (const [name, node] of new Map(local.childrenOf(directory))) {
      const state = newcomers.get(placeKey(directory, name));
      if (state === undefined || base.get(node) !== undefined || remote.has(node) || local.get(node)?.kind !== state.kind) continue;
      newcomers.delete(placeKey(directory, name));
      local.rename(node, state.node);
      adopted.set(node, state.node);
      if (state.kind === 'directory') queue.push(state.node);
    }
  }
  return adopted;
}

function placeKey(parent: NodeId, name: string): string {
  return `${parent}/${nameKey(name)}`;
}
