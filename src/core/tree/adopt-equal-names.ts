/**
 * A new local entry at a name under which the server has a node of the same kind that is not in this
 * folder: it is that node, and its facets merge like any other's. This is how two devices that made
 * the same file, a re-linked folder, a lost state database, or a crash right after a node was put
 * where the server has it, come together without duplicates. A node that was in sync and is gone here was deleted: what is
 * new at the name it was moved to since is another one, unless it holds the same. After such a crash a scan may take the entry
 * for the node that had the name before, as if it had been edited: where the server deleted that one and the entry holds what
 * the server has there now, it is the server's. Works top-down, so that the children of an adopted directory are adopted with it.
 *
 * Two directories always hold the same, nothing: one that was moved on one side, and deleted there where another was made at
 * its new name, are one directory with the children of both. The move wins over the deletion, for what was in it as well.
 */
import type { NodeId } from '../base/ids.js';
import type { BaseNode, BaseTree } from './base-tree.js';
import type { LocalNode, LocalTree } from './local-tree.js';
import { nameKey } from './name-key.js';
import type { NodeState } from './node.js';
import { sameContent } from './node.js';

export interface Adoption {
  /** What became what. */
  readonly adopted: ReadonlyMap<NodeId, NodeId>;
  /**
   * Nodes that went from this folder with a directory that the server has elsewhere now and that was adopted there. Their
   * deletion does not count: BASE must forget them at once, for the adopted directory no longer tells why they are not in it.
   */
  readonly overruled: ReadonlySet<NodeId>;
}

/** Renames nodes in `local`. */
export function adoptEqualNames(base: BaseTree, local: LocalTree, remote: ReadonlyMap<NodeId, NodeState>): Adoption {
  const adopted = new Map<NodeId, NodeId>();
  const overruled = new Set<NodeId>();
  const states = [...remote.values()].filter((state) => !state.deleted && local.get(state.node) === undefined);
  const newcomers = new Map(states.map((state) => [placeKey(state.parent, state.name), state]));

  const isNewThere = (node: NodeId): boolean => base.get(node) === undefined && !remote.has(node);
  const wasHere = (node: NodeId): boolean => base.get(node) !== undefined && !overruled.has(node);
  const mayBe = (entry: LocalNode, state: NodeState): boolean => {
    if (entry.kind !== state.kind) return false;
    if (isNewThere(entry.node)) return !wasHere(state.node) || sameContent(entry, state);
    if (remote.get(entry.node)?.deleted !== true) return false;
    return state.kind === 'directory' ? isElsewhere(entry.parent, entry.diskName, base.get(entry.node)) : sameContent(entry, state);
  };
  const overrule = (directory: NodeId): void => {
    for (const child of base.childrenOf(directory).values()) {
      if (local.get(child) !== undefined) continue;
      overruled.add(child);
      const state = remote.get(child) ?? base.get(child)?.state;
      if (state?.deleted === false) newcomers.set(placeKey(state.parent, state.name), state);
      overrule(child);
    }
  };

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
      if (state.kind !== 'directory') continue;
      queue.push(state.node);
      if (isElsewhere(state.parent, state.name, base.get(state.node))) overrule(state.node);
    }
  }
  return { adopted, overruled };
}

/** A directory that was not moved has no say in what became of its children. */
function isElsewhere(parent: NodeId, name: string, was: BaseNode | undefined): boolean {
  return was !== undefined && placeKey(parent, name) !== placeKey(was.state.parent, was.state.name);
}

function placeKey(parent: NodeId, name: string): string {
  return `${parent}/${nameKey(name)}`;
}
