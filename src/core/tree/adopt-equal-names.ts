/**
 * A new local entry at a name under which the server has a node of the same kind that is not in this
 * folder: it is that node, and its facets merge like any other's. This is how two devices that made
 * the same file, a re-linked folder, a lost state database, or a crash right after a node was put
 * where the server has it, come together without duplicates. A node that was in sync and is gone here was deleted: what is
 * new at the name it was moved to since is another one, unless it holds the same. After such a crash a scan may take the entry
 * for the node that had the name before, as if it had been edited: where the server deleted that one and the entry holds what
 * the server has there now, it is the server's.
 *
 * A directory that is deleted and made anew at its place is one directory, however much time or how many commits lie between:
 * a new one here is the one that the server still has there, and one whose successor the server has is that successor.
 * One that was moved on one side, and deleted there where another was made at its new name, is that one, with the children of
 * both: the move wins over the deletion, for what was in it as well. Works top-down, so that the children of an adopted
 * directory are adopted with it.
 */
import type { NodeId } from '../base/ids.js';
import type { BaseTree } from './base-tree.js';
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

/** Renames nodes in `local`; `adopted` is in order from the top down. BASE must follow, see `VaultTrees.followAdoption`. */
export function adoptEqualNames(base: BaseTree, local: LocalTree, remote: ReadonlyMap<NodeId, NodeState>): Adoption {
  const adopted = new Map<NodeId, NodeId>();
  const overruled = new Set<NodeId>();
  const states = [...remote.values(), ...directoriesGone(base, local, remote)].filter(
    (state) => !state.deleted && local.get(state.node) === undefined,
  );
  const newcomers = new Map(states.map((state) => [placeKey(state.parent, state.name), state]));

  const isNewThere = (node: NodeId): boolean => base.get(node) === undefined && !remote.has(node);
  const wasHere = (node: NodeId): boolean => base.get(node) !== undefined && !overruled.has(node);
  const isMoved = ({ node, parent, diskName }: LocalNode): boolean => {
    const was = base.get(node)?.state;
    return was !== undefined && isElsewhere({ parent: adopted.get(was.parent) ?? was.parent, name: was.name }, { parent, name: diskName });
  };
  const mayBe = (entry: LocalNode, state: NodeState): boolean => {
    if (entry.kind !== state.kind) return false;
    if (isNewThere(entry.node)) return !wasHere(state.node) || sameContent(entry, state);
    if (remote.get(entry.node)?.deleted !== true) return false;
    if (state.kind !== 'directory') return sameContent(entry, state);
    return isMoved(entry) || (base.get(entry.node) !== undefined && base.get(state.node) === undefined && entry.status === 'present');
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
      const was = base.get(state.node)?.state;
      if (was !== undefined && isElsewhere(state, was)) overrule(state.node);
    }
  }
  return { adopted, overruled };
}

type Place = Pick<NodeState, 'parent' | 'name'>;

export function isElsewhere(here: Place, there: Place): boolean {
  return placeKey(here.parent, here.name) !== placeKey(there.parent, there.name);
}

/** Directories that were deleted here alone, as the server still has them. */
function directoriesGone(base: BaseTree, local: LocalTree, remote: ReadonlyMap<NodeId, NodeState>): readonly NodeState[] {
  return [...local.touched].flatMap((node) => {
    const state = base.get(node)?.state;
    return state?.kind === 'directory' && !remote.has(node) ? [state] : [];
  });
}

function placeKey(parent: NodeId, name: string): string {
  return `${parent}/${nameKey(name)}`;
}
