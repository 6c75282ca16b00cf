/**
 * What has to be committed so that a path is again as it was after some commit. Only what is at the
 * path changes: what was moved out of it since stays where it is, and a copy takes its old place.
 */
import { FsyncError } from '../../core/base/errors.js';
import type { NodeId } from '../../core/base/ids.js';
import { ROOT_NODE } from '../../core/base/ids.js';
import { isAtOrInside, parentPath, pathComponents, pathName } from '../../core/base/rel-path.js';
import { nameKey } from '../../core/tree/name-key.js';
import { sameContent, type NodeState } from '../../core/tree/node.js';
import type { CommittedTree } from './committed-tree.js';
import { CommitPlan, type PlannedOp } from './commit-plan.js';

export interface RestoreInput {
  readonly then: CommittedTree;
  readonly now: CommittedTree;
  readonly path: string;
  /** Where it goes; `path` itself to bring it back in place. */
  readonly to: string;
  readonly newNode: () => NodeId;
  readonly nowMs: number;
}

/** @throws FsyncError not_found when nothing was at the path, already_exists when something is in the way of a copy */
export function planRestore(input: RestoreInput): readonly PlannedOp[] {
  return new RestorePlan(input).plan();
}

class RestorePlan {
  readonly #input: RestoreInput;
  readonly #plan: CommitPlan;
  readonly #used = new Set<NodeId>();

  constructor(input: RestoreInput) {
    this.#input = input;
    this.#plan = new CommitPlan(input.now, input.nowMs);
  }

  plan(): readonly PlannedOp[] {
    const { then, now, path, to } = this.#input;
    const source = path === '' ? undefined : then.at(path);
    if (path !== '' && source === undefined)
      throw new FsyncError('not_found', `nothing was at ${path} then`, { hints: ['See its versions: fsync log'] });
    if (to !== path && (to === '' || now.at(to) !== undefined)) {
      throw new FsyncError('already_exists', `something is at ${to === '' ? 'the root of the vault' : to} already`);
    }
    const parent = this.#directory(parentPath(to));
    if (source === undefined) this.#contents(ROOT_NODE, to === '' ? ROOT_NODE : this.#makeDirectory(parent, to), to);
    else this.#bring(source, parent, to);
    if (to === path) this.#removeRest();
    return this.#plan.operations();
  }

  #bring(source: NodeState, parent: NodeId, path: string): void {
    const node = this.#nodeFor(source);
    const name = pathName(path);
    const current = this.#input.now.get(node);
    if (current === undefined || !isSame(current, { ...source, parent, name })) {
      this.#plan.set(node, path, { ...source, parent, name, conflict: null });
    }
    if (source.kind === 'directory') this.#contents(source.node, node, path);
  }

  #contents(source: NodeId, parent: NodeId, path: string): void {
    for (const state of this.#input.then.childrenOf(source)) this.#bring(state, parent, path === '' ? state.name : `${path}/${state.name}`);
  }

  /** The node itself, where that takes it away from nowhere; else a new one. */
  #nodeFor({ node, kind }: NodeState): NodeId {
    const { now, path, to, newNode } = this.#input;
    const current = now.get(node);
    const at = current === undefined ? null : (now.pathOf(node) ?? '');
    const isFree = to === path && (current === undefined || current.kind === kind) && (at === null || isAtOrInside(at, path));
    const chosen = isFree ? node : newNode();
    this.#used.add(chosen);
    return chosen;
  }

  /** The directory at a path now; made anew, or brought back if it was deleted, where there is none. */
  #directory(path: string): NodeId {
    const { then, now } = this.#input;
    let parent: NodeId = ROOT_NODE;
    let at = '';
    for (const name of pathComponents(path)) {
      at = at === '' ? name : `${at}/${name}`;
      const here = now.child(parent, name);
      if (here !== undefined && here.kind !== 'directory') throw new FsyncError('already_exists', `${at} is not a directory`);
      const before = then.at(at);
      if (here !== undefined) parent = here.node;
      else if (before?.kind === 'directory' && now.get(before.node) === undefined) {
        this.#plan.set(before.node, at, { ...before, parent, name, conflict: null });
        parent = before.node;
      } else parent = this.#makeDirectory(parent, at);
    }
    return parent;
  }

  #makeDirectory(parent: NodeId, path: string): NodeId {
    const node = this.#input.newNode();
    const name = pathName(path);
    this.#plan.set(node, path, {
      parent,
      name,
      kind: 'directory',
      deleted: false,
      mode: 0o755,
      mtimeMs: this.#input.nowMs,
      content: null,
      target: null,
      conflict: null,
    });
    return node;
  }

  #removeRest(): void {
    const { now, path } = this.#input;
    const top = path === '' ? undefined : now.at(path);
    const below =
      path === '' ? [...now.below(ROOT_NODE, '')] : top === undefined ? [] : [{ state: top, path }, ...now.below(top.node, path)];
    for (const { state, path: at } of below) if (!this.#used.has(state.node)) this.#plan.remove(state, at);
  }
}

function isSame(a: NodeState, b: NodeState): boolean {
  return a.parent === b.parent && nameKey(a.name) === nameKey(b.name) && a.mode === b.mode && sameContent(a, b);
}
