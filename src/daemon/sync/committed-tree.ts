/** The vault's tree on the server as it is after a commit, the newest or an old one: states by node and by path. */
import type { NodeId } from '../../core/base/ids.js';
import { ROOT_NODE } from '../../core/base/ids.js';
import { pathComponents } from '../../core/base/rel-path.js';
import { nameKey } from '../../core/tree/name-key.js';
import type { NodeState } from '../../core/tree/node.js';
import type { CycleContext } from './cycle.js';
import type { RecordReader } from './record-reader.js';
import type { VaultTrees } from './vault-trees.js';

export class CommittedTree {
  readonly #nodes: ReadonlyMap<NodeId, NodeState>;
  readonly #children = new Map<NodeId, Map<string, NodeState>>();

  /** Live states only. */
  constructor(states: Iterable<NodeState>) {
    this.#nodes = new Map([...states].map((state) => [state.node, state]));
    for (const state of this.#nodes.values()) {
      const siblings = this.#children.get(state.parent) ?? new Map<string, NodeState>();
      siblings.set(nameKey(state.name), state);
      this.#children.set(state.parent, siblings);
    }
  }

  get(node: NodeId): NodeState | undefined {
    return this.#nodes.get(node);
  }

  values(): Iterable<NodeState> {
    return this.#nodes.values();
  }

  child(parent: NodeId, name: string): NodeState | undefined {
    return this.#children.get(parent)?.get(nameKey(name));
  }

  /** ROOT_NODE: the top level. */
  childrenOf(parent: NodeId): Iterable<NodeState> {
    return this.#children.get(parent)?.values() ?? [];
  }

  /** The node at a path; undefined for the root and for what is not there. */
  at(path: string): NodeState | undefined {
    let parent = ROOT_NODE;
    let found: NodeState | undefined;
    for (const name of pathComponents(path)) {
      found = this.child(parent, name);
      if (found === undefined) return undefined;
      parent = found.node;
    }
    return found;
  }

  /** Undefined for what is not reached from the root. */
  pathOf(node: NodeId): string | undefined {
    const names: string[] = [];
    for (let at = node; at !== ROOT_NODE;) {
      const state = this.#nodes.get(at);
      if (state === undefined || names.length > 4096) return undefined;
      names.push(state.name);
      at = state.parent;
    }
    return names.reverse().join('/');
  }

  /** Everything below a directory (ROOT_NODE: the vault) with its path, directories before what is in them. */
  *below(directory: NodeId, path: string): Generator<{ readonly state: NodeState; readonly path: string }> {
    for (const state of this.childrenOf(directory)) {
      const at = path === '' ? state.name : `${path}/${state.name}`;
      yield { state, path: at };
      if (state.kind === 'directory') yield* this.below(state.node, at);
    }
  }
}

/** As the newest commit that this device has verified left it. */
export function newestTree(trees: VaultTrees): CommittedTree {
  return new CommittedTree(liveStates(trees).values());
}

/** As a commit left it. Reads what later commits changed. @throws FsyncError not_found when the server no longer keeps a part of it */
export async function treeAfter({ deps, trees }: CycleContext, seq: number, reader: RecordReader): Promise<CommittedTree> {
  const states = liveStates(trees);
  const changed = deps.folder.store.changedAfter(seq);
  await reader.fetch([...changed.values()].filter((op) => op !== null));
  for (const [node, op] of changed) {
    const state = op === null ? null : reader.require(op);
    if (state === null || state.deleted) states.delete(node);
    else states.set(node, state);
  }
  return new CommittedTree(states.values());
}

function liveStates(trees: VaultTrees): Map<NodeId, NodeState> {
  const states = new Map<NodeId, NodeState>();
  for (const { state } of trees.base.values()) states.set(state.node, state);
  for (const [node, state] of trees.remote) states.set(node, state);
  for (const [node, state] of states) if (state.deleted) states.delete(node);
  return states;
}
