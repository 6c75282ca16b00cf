/**
 * Where the folder must not be changed: below a directory that cannot be read or that a rule hides,
 * and a directory that holds such a thing must not go. What is in sight here and was moved out of sight by another device goes
 * there all the same: left where it is, it would pass for what others see there as well.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { LocalStatus } from '../tree/local-tree.js';
import type { Merge, MergedNode } from './merge.js';

export type Hindrance = Exclude<LocalStatus, 'present'>;

export class Reach {
  readonly #merge: Merge;
  readonly #below = new Map<NodeId, Hindrance | null>();

  constructor(merge: Merge) {
    this.#merge = merge;
  }

  /** What keeps the folder from becoming as merged at this node; null when nothing does. */
  hindrance(merged: MergedNode): Hindrance | null {
    if (merged.deleted) return this.#inside(merged.node);
    const above = this.#above(merged);
    return above === 'excluded' && this.#merge.local(merged.node) !== undefined ? null : above;
  }

  /** The first directory on its way that exists in the folder is where it would be put. */
  #above({ parent }: MergedNode): Hindrance | null {
    const seen = new Set<NodeId>();
    for (let at: NodeId | undefined = parent; at !== undefined && at !== ROOT_NODE && !seen.has(at); at = this.#merge.get(at)?.parent) {
      if (this.#merge.local(at) !== undefined) return this.#merge.frozenStatus(at);
      seen.add(at);
    }
    return null;
  }

  #inside(node: NodeId): Hindrance | null {
    const known = this.#below.get(node);
    if (known !== undefined) return known;
    let found: Hindrance | null = null;
    for (const child of this.#merge.localChildren(node)) {
      const status = this.#merge.local(child)?.status ?? 'present';
      found = status === 'present' ? this.#inside(child) : status;
      if (found !== null) break;
    }
    this.#below.set(node, found);
    return found;
  }
}
