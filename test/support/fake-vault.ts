/**
 * The server's side of a vault in memory: one log of commits, folded into a tree that is checked after
 * every one of them. Contents are short texts; their ids are hashes, nothing is sealed.
 */
import { createHash } from 'node:crypto';
import type { NodeId } from '../../src/core/base/ids.js';
import { parseChunkId, parseContentId, parseCredentialId, parseNodeId, ROOT_NODE } from '../../src/core/base/ids.js';
import { nameKey } from '../../src/core/tree/name-key.js';
import type { FileContent, NodeState } from '../../src/core/tree/node.js';

export class FakeVault {
  readonly nodes = new Map<NodeId, NodeState>();
  readonly commits: (readonly NodeState[])[] = [];
  /** Content ids whose bytes were uploaded. */
  readonly stored = new Set<string>();

  get head(): number {
    return this.commits.length;
  }

  /** Accepts a commit on top of `head` only, and throws when the tree would not be whole after it. */
  commit(head: number, states: readonly NodeState[]): 'accepted' | 'behind' {
    if (head !== this.head) return 'behind';
    for (const state of states) {
      const rev = this.nodes.get(state.node)?.rev ?? 0;
      if (state.rev !== rev + 1) throw new Error(`revision ${state.rev} of ${describe(state)} does not follow ${rev}`);
      if (state.content !== null && !this.stored.has(state.content.id)) throw new Error(`content of ${describe(state)} was never uploaded`);
    }
    for (const state of states) this.nodes.set(state.node, state);
    this.commits.push(states);
    const problem = treeProblem([...this.nodes.values()].filter((state) => !state.deleted));
    if (problem !== null) throw new Error(`commit ${this.head} leaves a broken tree: ${problem}`);
    return 'accepted';
  }

  /** Live entries by path. */
  paths(): ReadonlyMap<string, NodeState> {
    const found = new Map<string, NodeState>();
    for (const state of this.nodes.values()) {
      if (state.deleted) continue;
      const names = [state.name];
      for (let at = this.nodes.get(state.parent); at !== undefined && names.length < 100; at = this.nodes.get(at.parent))
        names.push(at.name);
      found.set(names.reverse().join('/'), state);
    }
    return found;
  }
}

interface Placed {
  readonly node: NodeId;
  readonly parent: NodeId;
  readonly name: string;
  readonly kind: string;
}

/** One root, every parent there and a directory, names unique, no cycle; null when all of it holds. */
export function treeProblem(live: readonly Placed[]): string | null {
  const nodes = new Map(live.map((state) => [state.node, state]));
  const names = new Map<string, Placed>();
  for (const state of live) {
    const slot = `${state.parent}/${nameKey(state.name)}`;
    const other = names.get(slot);
    if (other !== undefined) return `${describe(state)} and ${describe(other)} have one name`;
    names.set(slot, state);
    const seen = new Set<NodeId>();
    for (let at = state; at.parent !== ROOT_NODE;) {
      if (seen.has(at.node)) return `${describe(state)} is in a cycle`;
      seen.add(at.node);
      const parent = nodes.get(at.parent);
      if (parent === undefined) return `the parent of ${describe(at)} is not there`;
      if (parent.kind !== 'directory') return `the parent of ${describe(at)} is no directory`;
      at = parent;
    }
  }
  return null;
}

export function describe({ node, name }: { readonly node: NodeId; readonly name: string }): string {
  return `${JSON.stringify(name)} (${node.slice(0, 6)})`;
}

export function fakeContent(text: string): FileContent {
  const hash = createHash('sha256').update(text).digest('hex');
  return { id: parseContentId(hash), size: text.length, inline: null, chunks: [{ epoch: 1, id: parseChunkId(hash), size: text.length }] };
}

/** Ids that look random and are the same in every run. */
export function fakeNodeId(seed: string): NodeId {
  return parseNodeId(createHash('sha256').update(seed).digest('hex').slice(0, 32));
}

export function fakeDevice(name: string): ReturnType<typeof parseCredentialId> {
  return parseCredentialId(createHash('sha256').update(`device ${name}`).digest('hex').slice(0, 32));
}
