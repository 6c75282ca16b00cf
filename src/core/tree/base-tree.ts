/** The BASE tree: every node that was last equal in the folder and on the server. */
import type { NodeId } from '../base/ids.js';
import { nameKey } from './name-key.js';
import type { Fingerprint, NodeState } from './node.js';

/** A node that was equal on both sides: its record, and the fingerprint of what is on disk for it. */
export interface BaseNode {
  readonly state: NodeState;
  /** Name as on disk (original bytes, may differ from state.name in Unicode form). */
  readonly diskName: string;
  readonly fingerprint: Fingerprint;
  /** Epoch ms when the content was last read or written by us: stamps younger than 2 s before it are racy. */
  readonly verifiedAtMs: number;
}

const NO_CHILDREN: ReadonlyMap<string, NodeId> = new Map();

export class BaseTree {
  readonly #nodes = new Map<NodeId, BaseNode>();
  readonly #children = new Map<NodeId, Map<string, NodeId>>();

  get size(): number {
    return this.#nodes.size;
  }

  get(node: NodeId): BaseNode | undefined {
    return this.#nodes.get(node);
  }

  values(): Iterable<BaseNode> {
    return this.#nodes.values();
  }

  /** Children of a directory by name key. */
  childrenOf(parent: NodeId): ReadonlyMap<string, NodeId> {
    return this.#children.get(parent) ?? NO_CHILDREN;
  }

  set(entry: BaseNode): void {
    const { node, parent, name } = entry.state;
    this.delete(node);
    this.#nodes.set(node, entry);
    const siblings = this.#children.get(parent) ?? new Map<string, NodeId>();
    siblings.set(nameKey(name), node);
    this.#children.set(parent, siblings);
  }

  delete(node: NodeId): void {
    const old = this.#nodes.get(node);
    if (old === undefined) return;
    this.#nodes.delete(node);
    const siblings = this.#children.get(old.state.parent);
    const key = nameKey(old.state.name);
    if (siblings?.get(key) === node) siblings.delete(key);
    if (siblings?.size === 0) this.#children.delete(old.state.parent);
  }
}
