/**
 * A new local entry at a name under which the server has a node of the same kind that is not in this
 * folder: it is that node, and its facets merge like any other's. This is how two devices that made
 * the same file, a re-linked folder, a lost state database, or a crash right after a node was put
 * where the server has it, come together without duplicates. A node that was in sync and is gone here was deleted: what is
 * new at the name it was moved to since is another one, unless it holds the same. After such a crash a scan may take the entry
 * for the node that had the name before, as if it had been edited: where the server deleted that one and the entry holds what
 * the server has there now, it is the server's. Works top-down, so that the children of an adopted directory are adopted with it.
 */
import type { NodeId } from '../base/ids.js';
import type { BaseTree } from './base-tree.js';
import type { LocalNode, LocalTree } from './local-tree.js';
import { nameKey } from './name-key.js';
import type { NodeState } from './node.js';
import { sameContent } from './node.js';

/** Renames nodes in `local`; returns what became what. */
export function adoptEqualNames(base: BaseTree, local: LocalTree, remote: ReadonlyMap<NodeId, NodeState>): ReadonlyMap<NodeId, NodeId> {
  const isNewThere = (node: NodeId): boolean => base.get(node) === undefined && !remote.has(node);
  const mayBe = (entry: LocalNode, state: NodeState): boolean => {
    if (isNewThere(entry.node)) return entry.kind === state.kind && (base.get(state.node) === undefined || sameContent(entry, state));
    return state.kind !== 'directory' && remote.get(entry.node)?.deleted === true && sameContent(entry, state);
  };
  const states = [...remote.values()].filter((state) => !state.deleted && local.get(state.node) === undefined);
  const newcomers = new Map(states.map((state) => [placeKey(state.parent, state.name), state]));
  const adopted = new Map<NodeId, NodeId>();
  const queue = [...new Set(states.map((state) => state.parent))];
  for (let directory = queue.pop(); directory !== undefined; directory = queue.pop()) {
    for (const [name, node] of new Map(local.childrenOf(directory))) {
      const state = newcomers.get(placeKey(directory, name));
      const entry = local.get(node);
      if (state === undefined || entry === undefined || !mayBe(entry, state)) continue;
      newcomers.delete(placeKey(directory, name));
      local.rename(node, state.node);
      // Its deletion is still to be agreed on.
      if (base.get(node) !== undefined) local.touched.add(node);
      adopted.set(node, state.node);
      if (state.kind === 'directory') queue.push(state.node);
    }
  }
  return adopted;
}

function placeKey(parent: NodeId, name: string): string {
  return `${parent}/${nameKey(name)}`;
}
