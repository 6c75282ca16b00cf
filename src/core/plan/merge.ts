/**
 * The working set of one planning run: the three sides of every node that differs anywhere, and the
 * merged state decided for it so far. Nodes that differ nowhere are read through to BASE, so the
 * cost follows the number of changes, not the size of the vault.
 */
import type { CredentialId, NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { LocalNode } from '../tree/local-tree.js';
import { nameKey } from '../tree/name-key.js';
import type { FileContent, NodeState } from '../tree/node.js';
import type { MergedFacets } from './operation.js';
import type { PlanContext, PlanInput } from './plan.js';
import { compareVectors } from './version-vector.js';

/** A version that lost a content conflict and must live on as a conflict copy. */
export interface LosingVersion {
  readonly content: FileContent | null;
  readonly target: string | null;
  readonly mode: number;
  readonly mtimeMs: number;
  readonly stamp: number;
  readonly device: CredentialId;
  readonly deviceName: string;
  readonly winnerName: string;
  readonly isLocal: boolean;
}

export interface MergedNode extends MergedFacets {
  readonly node: NodeId;
  /** One side had deleted it and the other side's change brought it back: it yields its name to others. */
  readonly revived: boolean;
  readonly loser: LosingVersion | null;
  /** The conflict copy that holds the loser, when the server does not have it yet. */
  readonly copy: NodeId | null;
}

export class Merge {
  readonly context: PlanContext;
  readonly blocked = new Map<NodeId, string>();
  /** Nodes whose deletion does not count, because the directory they went with was moved by the other side. */
  readonly overruled = new Set<NodeId>();
  readonly #input: PlanInput;
  readonly #merged = new Map<NodeId, MergedNode>();
  readonly #placed = new Map<NodeId, Set<NodeId>>();
  readonly #named = new Map<string, Set<NodeId>>();
  readonly candidates: readonly NodeId[];

  constructor(input: PlanInput) {
    this.#input = input;
    this.context = input.context;
    this.candidates = [...new Set([...input.local.touched, ...input.remote.keys()])].sort();
  }

  base(node: NodeId): NodeState | undefined {
    return this.#input.base.get(node)?.state;
  }

  baseEntry(node: NodeId): ReturnType<PlanInput['base']['get']> {
    return this.#input.base.get(node);
  }

  local(node: NodeId): LocalNode | undefined {
    return this.#input.local.get(node);
  }

  /** What is in a directory of the folder. */
  localChildren(node: NodeId): Iterable<NodeId> {
    return this.#input.local.childrenOf(node).values();
  }

  /** The server's state, tombstones included; what equals BASE is read from there. */
  remote(node: NodeId): NodeState | undefined {
    return this.#input.remote.get(node) ?? this.base(node);
  }

  /** As `remote`, but a server that went back behind BASE counts as unchanged, so that what it lost is sent again. */
  remoteForMerging(node: NodeId): NodeState | undefined {
    const base = this.base(node);
    const remote = this.remote(node);
    return base !== undefined && remote !== undefined && compareVectors(remote.vector, base.vector) === 'before' ? base : remote;
  }

  /** It is in the folder, but it or something on the way to it cannot be read or is hidden: nobody may conclude anything about it. */
  isFrozenHere(node: NodeId): boolean {
    return this.frozenStatus(node) !== null;
  }

  /** Why nothing may be done at a node of the folder: the status of the lowest node on its way that is not 'present'. */
  frozenStatus(node: NodeId): 'unknown' | 'excluded' | null {
    for (let at = node; at !== ROOT_NODE;) {
      const entry = this.local(at);
      if (entry === undefined) return null;
      if (entry.status !== 'present') return entry.status;
      at = entry.parent;
    }
    return null;
  }

  /** What it holds cannot be told, but the directories that it is in can be read: where it is, is known all the same. */
  isOnlyContentUnknown(node: NodeId): boolean {
    const local = this.local(node);
    return local?.status === 'unknown' && !(local.parent !== ROOT_NODE && this.isFrozenHere(local.parent));
  }

  /** The merged state decided so far; a node that differs nowhere is as in BASE. */
  get(node: NodeId): MergedNode | undefined {
    const merged = this.#merged.get(node);
    if (merged !== undefined) return merged;
    const base = this.base(node);
    return base === undefined ? undefined : fromState(base);
  }

  set(merged: MergedNode): void {
    const { node, parent, name } = merged;
    const old = this.#merged.get(node);
    if (old !== undefined) {
      this.#placed.get(old.parent)?.delete(node);
      this.#named.get(placeKey(old.parent, old.name))?.delete(node);
    }
    this.#merged.set(node, merged);
    addTo(this.#placed, parent, node);
    addTo(this.#named, placeKey(parent, name), node);
  }

  /** Every node that was decided, conflict copies included. */
  decided(): readonly MergedNode[] {
    return [...this.#merged.values()];
  }

  /** Live children of a directory in the merged tree. */
  liveChildren(parent: NodeId): readonly NodeId[] {
    const untouched = [...this.#input.base.childrenOf(parent).values()].filter((node) => !this.#merged.has(node));
    const placed = [...(this.#placed.get(parent) ?? [])].filter((node) => this.#merged.get(node)?.deleted === false);
    return [...untouched, ...placed];
  }

  /** Live nodes of the merged tree under one name. */
  liveNamed(parent: NodeId, name: string): readonly NodeId[] {
    const held = this.#input.base.childrenOf(parent).get(nameKey(name));
    const untouched = held !== undefined && !this.#merged.has(held) ? [held] : [];
    const placed = [...(this.#named.get(placeKey(parent, name)) ?? [])].filter((node) => this.#merged.get(node)?.deleted === false);
    return [...untouched, ...placed];
  }
}

function placeKey(parent: NodeId, name: string): string {
  return `${parent}/${nameKey(name)}`;
}

function addTo<Key>(sets: Map<Key, Set<NodeId>>, key: Key, node: NodeId): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([node]));
  else set.add(node);
}

/** The merged facets that are simply a record's. */
export function fromState(state: NodeState): MergedNode {
  const { node, parent, name, kind, deleted, mode, mtimeMs, content, target, conflict } = state;
  return { node, parent, name, kind, deleted, mode, mtimeMs, content, target, conflict, revived: false, loser: null, copy: null };
}

/** The merged facets that are simply what is in the folder. */
export function fromLocal(local: LocalNode, known: NodeState | undefined): MergedNode {
  const { node, parent, kind, mode, mtimeMs, content, target } = local;
  const name = known !== undefined && nameKey(known.name) === nameKey(local.diskName) ? known.name : local.diskName;
  const moved = known !== undefined && (known.parent !== parent || known.name !== name);
  const conflict = moved ? null : (known?.conflict ?? null);
  return { node, parent, name, kind, deleted: false, mode, mtimeMs, content, target, conflict, revived: false, loser: null, copy: null };
}
