/** The three trees of one vault in memory, bound to its state database: what is stored is changed here and there together. */
import type { NodeId } from '../../core/base/ids.js';
import { ROOT_NODE } from '../../core/base/ids.js';
import { isElsewhere, type Adoption } from '../../core/tree/adopt-equal-names.js';
import { BaseTree } from '../../core/tree/base-tree.js';
import type { BaseNode } from '../../core/tree/base-tree.js';
import { FULL_TRAITS } from '../../core/tree/disk-traits.js';
import type { LocalNode } from '../../core/tree/local-tree.js';
import { LocalTree } from '../../core/tree/local-tree.js';
import { nameKey } from '../../core/tree/name-key.js';
import type { NodeState } from '../../core/tree/node.js';
import { compareVectors } from '../../core/plan/version-vector.js';
import type { StateStore, StateWriter } from '../ports.js';

export class VaultTrees {
  readonly base = new BaseTree();
  readonly local: LocalTree;
  /** Remote states that differ from BASE, tombstones included. */
  readonly remote = new Map<NodeId, NodeState>();
  /** Live nodes that carry a conflict mark, on the server's side. */
  readonly conflicts = new Set<NodeId>();

  /** LOCAL starts as BASE: the first scan tells what changed while nobody looked. */
  constructor(store: StateStore, traits = FULL_TRAITS) {
    this.local = new LocalTree(traits);
    for (const entry of store.loadBase()) {
      this.base.set(entry);
      this.local.adopt(entry);
      this.#noteConflict(entry.state);
    }
    this.local.dropUnreachable();
    for (const state of store.loadRemote()) {
      this.remote.set(state.node, state);
      this.#noteConflict(state);
    }
  }

  /** The server's state of a node as last verified, tombstones included. */
  remoteState(node: NodeId): NodeState | undefined {
    return this.remote.get(node) ?? this.base.get(node)?.state;
  }

  /** Path in the server's tree; undefined for orphans. */
  remotePath(node: NodeId): string | undefined {
    const names: string[] = [];
    for (let at = node; at !== ROOT_NODE;) {
      const state = this.remoteState(at);
      if (state === undefined || names.length > 4096) return undefined;
      names.push(state.name);
      at = state.parent;
    }
    return names.reverse().join('/');
  }

  /** Before the log is read again from its beginning: no node counts as agreed. Returns those that were, for `settleAgain`. */
  unsettle(): readonly BaseNode[] {
    const agreed = [...this.base.values()];
    for (const { state } of agreed) this.base.delete(state.node);
    this.remote.clear();
    this.conflicts.clear();
    return agreed;
  }

  /**
   * After that: what the server's present log bears out is agreed as before. A node that it does not have, or has
   * in a version made beside ours, is new here as far as the planner can tell, so nothing is deleted for it.
   */
  settleAgain(write: StateWriter, agreed: readonly BaseNode[]): void {
    for (const entry of agreed) {
      const { node, vector } = entry.state;
      const now = this.remote.get(node);
      if (now !== undefined && compareVectors(vector, now.vector) !== 'concurrent') this.base.set(entry);
      else {
        write.dropBase(node);
        if (this.local.get(node) === undefined) this.local.forgetIdentity(entry.fingerprint, node);
        this.local.touched.add(node);
      }
    }
  }

  setRemote(write: StateWriter, state: NodeState): void {
    this.remote.set(state.node, state);
    this.#noteConflict(state);
    write.putRemote(state);
  }

  setBase(write: StateWriter, entry: BaseNode): void {
    this.base.set(entry);
    write.putBase(entry);
  }

  dropBase(write: StateWriter, node: NodeId): void {
    const entry = this.base.get(node);
    if (entry === undefined) return;
    this.base.delete(node);
    if (this.local.get(node) === undefined) this.local.forgetIdentity(entry.fingerprint, node);
    write.dropBase(node);
  }

  /** Both sides agree on these nodes: BASE follows, and nothing about them is pending any more. */
  settle(write: StateWriter, nodes: readonly NodeId[]): void {
    for (const node of nodes) {
      const local = this.local.get(node);
      const remote = this.remoteState(node);
      if (local !== undefined && remote !== undefined) this.setBase(write, baseFromLocal(local, remote));
      else if (local === undefined) this.dropBase(write, node);
      this.forgetChange(write, node);
    }
  }

  /**
   * Nodes that turned out to be others: BASE knows a directory that stayed where it was, and what is in it, under its new id.
   * What is in one that was moved has moved with it.
   */
  followAdoption(write: StateWriter, { adopted, overruled }: Adoption): void {
    for (const node of overruled) this.forgetDeletion(write, node);
    for (const [from, to] of adopted) {
      const row = this.base.get(from);
      const remote = this.remoteState(to);
      if (row?.state.kind !== 'directory' || remote === undefined || isElsewhere(remote, row.state)) continue;
      const { mode, mtimeMs } = row.state;
      for (const child of [...this.base.childrenOf(from).values()]) {
        const below = this.base.get(child);
        if (below !== undefined) this.setBase(write, { ...below, state: { ...below.state, parent: to } });
      }
      this.setBase(write, { ...row, state: { ...remote, mode, mtimeMs } });
      this.dropBase(write, from);
    }
  }

  /** The node lives on although one side had deleted it: without BASE, its absence there no longer means anything. */
  forgetDeletion(write: StateWriter, node: NodeId): void {
    const state = this.remoteState(node);
    this.dropBase(write, node);
    if (state !== undefined) this.setRemote(write, state);
  }

  /** The node is equal everywhere: it is no candidate for the planner any more. */
  forgetChange(write: StateWriter, node: NodeId): void {
    this.local.touched.delete(node);
    if (this.remote.delete(node)) write.dropRemote(node);
  }

  #noteConflict(state: NodeState): void {
    if (state.conflict !== null && !state.deleted) this.conflicts.add(state.node);
    else this.conflicts.delete(state.node);
  }
}

/**
 * The BASE row of what is on disk now, once the server holds all of it: the facets are the local
 * ones (a facet where the server's won stays different from the record, and is applied next), the
 * revision is the server's.
 */
export function baseFromLocal(local: LocalNode, remote: NodeState): BaseNode {
  const { parent, diskName, mode, mtimeMs, content, target, fingerprint, verifiedAtMs } = local;
  const name = nameKey(remote.name) === nameKey(diskName) ? remote.name : diskName;
  return { state: { ...remote, deleted: false, parent, name, mode, mtimeMs, content, target }, diskName, fingerprint, verifiedAtMs };
}
