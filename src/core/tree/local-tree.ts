/**
 * The LOCAL tree: what the scanner last saw, by node. Unlike BASE it is never stored: after a
 * restart it starts as a copy of BASE and the first scan corrects it.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { BaseNode } from './base-tree.js';
import type { DiskTraits } from './disk-traits.js';
import { diskNameKey, FULL_TRAITS } from './disk-traits.js';
import type { FileContent, Fingerprint, NodeKind } from './node.js';
import { normaliseMode } from './node.js';

/**
 * 'present': seen, and its content is known. 'unknown': something is there that could not be read
 * or is still changing. 'excluded': an ignore rule hides a node that is in sync since before.
 * A node that is not in the tree is absent; only absent can mean deleted.
 */
export type LocalStatus = 'present' | 'unknown' | 'excluded';

export interface LocalNode {
  readonly node: NodeId;
  readonly parent: NodeId;
  readonly diskName: string;
  readonly kind: NodeKind;
  readonly status: LocalStatus;
  /** Normalised permission bits. */
  readonly mode: number;
  readonly mtimeMs: number;
  readonly content: FileContent | null;
  readonly target: string | null;
  readonly fingerprint: Fingerprint;
  readonly verifiedAtMs: number;
}

const NO_CHILDREN: ReadonlyMap<string, NodeId> = new Map();
const NO_UNTRACKED: ReadonlyMap<string, string> = new Map();

export class LocalTree {
  readonly #nodes = new Map<NodeId, LocalNode>();
  readonly #children = new Map<NodeId, Map<string, NodeId>>();
  readonly traits: DiskTraits;
  /** Nodes whose spelling on disk is not their name key, by place. */
  readonly #respelled = new Map<string, NodeId>();
  readonly #byIdentity = new Map<string, NodeId>();
  readonly #untracked = new Map<NodeId, ReadonlyMap<string, string>>();
  /** Nodes that may differ from BASE; whoever finds one equal again takes it out. */
  readonly touched = new Set<NodeId>();
  #files = 0;
  #bytes = 0;

  constructor(traits: DiskTraits = FULL_TRAITS) {
    this.traits = traits;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Counted as they come and go: `status` asks for it however many there are. */
  get files(): { readonly count: number; readonly bytes: number } {
    return { count: this.#files, bytes: this.#bytes };
  }

  get(node: NodeId): LocalNode | undefined {
    return this.#nodes.get(node);
  }

  values(): Iterable<LocalNode> {
    return this.#nodes.values();
  }

  /** Children of a directory by their name on disk. */
  childrenOf(parent: NodeId): ReadonlyMap<string, NodeId> {
    return this.#children.get(parent) ?? NO_CHILDREN;
  }

  /** The child whose name is the same to the disk, in whatever Unicode form and, where the disk ignores it, case. */
  childNamed(parent: NodeId, name: string): NodeId | undefined {
    const key = this.keyOf(name);
    return this.#children.get(parent)?.get(key) ?? this.#respelled.get(`${parent}/${key}`);
  }

  /** Equal for names of which the disk holds only one. */
  keyOf(name: string): string {
    return diskNameKey(name, this.traits);
  }

  /**
   * The node that was last seen under this device, inode and birth time. Undefined where the file system tells no birth times:
   * such ones (exFAT and others by FUSE) number their files anew with each mount, so that a known inode may be any file.
   */
  byIdentity(fingerprint: Fingerprint): NodeId | undefined {
    if (fingerprint.birthtimeNs === '0') return undefined;
    return this.#byIdentity.get(identityKey(fingerprint));
  }

  /**
   * Takes over a BASE node as it is: not touched. BASE may be behind the disk and have two nodes in one slot, of
   * which one is gone or elsewhere: the second is absent until a scan finds it by its identity.
   */
  adopt(base: BaseNode): void {
    const { state, fingerprint, diskName, verifiedAtMs } = base;
    const { node, parent, kind, content, target, mtimeMs } = state;
    if (this.childrenOf(parent).has(diskName)) {
      this.#byIdentity.set(identityKey(fingerprint), node);
      this.touched.add(node);
      return;
    }
    const mode = normaliseMode(kind, state.mode);
    this.#attach({ node, parent, diskName, kind, status: 'present', mode, mtimeMs, content, target, fingerprint, verifiedAtMs });
  }

  /**
   * After the last `adopt`: BASE may hold what is in a directory that it does not hold itself yet. No scan comes by there, so
   * such nodes are absent until one finds them by their identity.
   */
  dropUnreachable(): void {
    const reached = new Set<NodeId>();
    const queue: NodeId[] = [ROOT_NODE];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const child of this.childrenOf(at).values()) {
        reached.add(child);
        queue.push(child);
      }
    }
    if (reached.size === this.#nodes.size) return;
    for (const node of [...this.#nodes.keys()]) if (!reached.has(node)) this.remove(node);
  }

  /** Adds or replaces a node. Its slot must be free or its own. */
  set(entry: LocalNode): void {
    const old = this.#nodes.get(entry.node);
    if (old !== undefined && identityKey(old.fingerprint) !== identityKey(entry.fingerprint))
      this.forgetIdentity(old.fingerprint, entry.node);
    this.#detach(entry.node);
    this.#attach(entry);
    this.touched.add(entry.node);
  }

  /** The node leaves its slot (moved elsewhere, or absent); its children stay its children. */
  remove(node: NodeId): void {
    this.#detach(node);
    this.#nodes.delete(node);
    this.#untracked.delete(node);
    this.touched.add(node);
  }

  /** The same thing on disk turns out to be another node: it and its children change hands. */
  rename(from: NodeId, to: NodeId): void {
    const entry = this.#nodes.get(from);
    if (entry === undefined) return;
    const children = [...this.childrenOf(from).values()];
    const untracked = this.untrackedIn(from);
    this.remove(from);
    this.touched.delete(from);
    this.set({ ...entry, node: to });
    this.setUntracked(to, untracked);
    for (const child of children) {
      const below = this.#nodes.get(child);
      if (below !== undefined) this.set({ ...below, parent: to });
    }
  }

  /** Forgets the identity of a node that is in no tree any more, so that its inode may be re-used. */
  forgetIdentity(fingerprint: Fingerprint, node: NodeId): void {
    const key = identityKey(fingerprint);
    if (this.#byIdentity.get(key) === node) this.#byIdentity.delete(key);
  }

  /** The path of a node as on disk; undefined when it or an ancestor is absent. */
  pathOf(node: NodeId): string | undefined {
    const names: string[] = [];
    for (let at = node; at !== ROOT_NODE;) {
      const entry = this.#nodes.get(at);
      if (entry === undefined || names.length > 4096) return undefined;
      names.push(entry.diskName);
      at = entry.parent;
    }
    return names.reverse().join('/');
  }

  /** The node at a path as spelled on disk; ROOT_NODE for ''. */
  nodeAt(path: string): NodeId | undefined {
    if (path === '') return ROOT_NODE;
    let at: NodeId = ROOT_NODE;
    for (const name of path.split('/')) {
      const next = this.#children.get(at)?.get(name);
      if (next === undefined) return undefined;
      at = next;
    }
    return at;
  }

  /** Entries of a directory that are no nodes, by name, with the reason ('ignored', 'special-file', …). */
  untrackedIn(directory: NodeId): ReadonlyMap<string, string> {
    return this.#untracked.get(directory) ?? NO_UNTRACKED;
  }

  setUntracked(directory: NodeId, entries: ReadonlyMap<string, string>): void {
    if (entries.size === 0) this.#untracked.delete(directory);
    else this.#untracked.set(directory, entries);
  }

  untracked(): Iterable<readonly [NodeId, ReadonlyMap<string, string>]> {
    return this.#untracked;
  }

  #attach(entry: LocalNode): void {
    this.#count(entry, 1);
    this.#nodes.set(entry.node, entry);
    const siblings = this.#children.get(entry.parent) ?? new Map<string, NodeId>();
    siblings.set(entry.diskName, entry.node);
    const key = this.keyOf(entry.diskName);
    if (key !== entry.diskName) this.#respelled.set(`${entry.parent}/${key}`, entry.node);
    this.#children.set(entry.parent, siblings);
    this.#byIdentity.set(identityKey(entry.fingerprint), entry.node);
  }

  #count({ kind, fingerprint }: LocalNode, by: 1 | -1): void {
    if (kind !== 'file') return;
    this.#files += by;
    this.#bytes += by * fingerprint.size;
  }

  #detach(node: NodeId): void {
    const old = this.#nodes.get(node);
    if (old === undefined) return;
    this.#count(old, -1);
    const siblings = this.#children.get(old.parent);
    if (siblings?.get(old.diskName) === node) siblings.delete(old.diskName);
    if (siblings?.size === 0) this.#children.delete(old.parent);
    const place = `${old.parent}/${this.keyOf(old.diskName)}`;
    if (this.#respelled.get(place) === node) this.#respelled.delete(place);
  }
}

function identityKey(fingerprint: Fingerprint): string {
  return `${fingerprint.dev}:${fingerprint.ino}:${fingerprint.birthtimeNs}`;
}
