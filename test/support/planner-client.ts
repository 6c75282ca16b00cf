/**
 * One device of the planner's world: the real identify, adopt, plan and orderApply around a fake
 * folder and a fake vault, in the same order and with the same bookkeeping as the daemon's cycle. Every
 * choice that depends on timing in reality (which uploads are done, which downloads, how large
 * commits are) is read from a tape.
 */
import type { CredentialId, NodeId } from '../../src/core/base/ids.js';
import { closedSubset } from '../../src/core/plan/closed-subset.js';
import type { ApplyOp, CommitOp, Plan } from '../../src/core/plan/operation.js';
import type { OrderedStep } from '../../src/core/plan/order-apply.js';
import { orderApply } from '../../src/core/plan/order-apply.js';
import { plan, type PlanContext } from '../../src/core/plan/plan.js';
import { splitIntoCommits } from '../../src/core/plan/split-commits.js';
import { advanceVector } from '../../src/core/plan/version-vector.js';
import { adoptEqualNames } from '../../src/core/tree/adopt-equal-names.js';
import { identify } from '../../src/core/tree/identify.js';
import type { LocalNode } from '../../src/core/tree/local-tree.js';
import { releaseHidden } from '../../src/core/tree/release-hidden.js';
import type { Fingerprint, NodeState } from '../../src/core/tree/node.js';
import { baseFromLocal, VaultTrees } from '../../src/daemon/sync/vault-trees.js';
import { FakeFolder } from './fake-folder.js';
import type { ScanScope } from './fake-folder.js';
import type { FakeVault } from './fake-vault.js';
import { fakeContent, fakeDevice, fakeNodeId } from './fake-vault.js';
import { parentOf, pathsOf, showStep, takeStep, whatChanged } from './fake-steps.js';
import type { MemoryStateStore } from './memory-state-store.js';
import { createMemoryStateStore } from './memory-state-store.js';
import { checkFrozen } from './planner-checks.js';

/** Decides what timing decides in reality. */
export interface Tape {
  /** A number from 0 to below `choices`. */
  pick(choices: number): number;
}

/** Everything is ready at once, commits are as large as they can be. */
export const EAGER: Tape = { pick: () => 0 };

export interface ClientDeps {
  readonly name: string;
  readonly vault: FakeVault;
  readonly now: () => number;
  /** Text of each content id that ever was. */
  readonly texts: Map<string, string>;
}

export interface Waiting {
  readonly op: ApplyOp;
  readonly reason: string;
}

export class PlannerClient {
  readonly name: string;
  readonly device: CredentialId;
  readonly folder: FakeFolder;
  online = true;
  trees: VaultTrees;
  head = 0;
  waiting: readonly Waiting[] = [];
  /** The folder was changed by its user since it was last looked at, so steps may find it changed. */
  stale = false;
  /** Its account may only read: it commits nothing. */
  readOnly = false;
  /** Hard links: a step at one path changes the stamp at another. */
  hasLinks = false;
  readonly #deps: ClientDeps;
  #store: MemoryStateStore = createMemoryStateStore();
  #counter = 0;
  #lastNode = 0;
  #dirty = new Set<string>();
  /** The rules that all of the folder was last looked at with. */
  #hidden: ReadonlySet<string> = new Set();

  constructor(deps: ClientDeps) {
    this.#deps = deps;
    this.name = deps.name;
    this.device = fakeDevice(deps.name);
    this.folder = new FakeFolder(deps.now);
    this.trees = new VaultTrees(this.#store);
  }

  /** The process ends and starts again: only what is in the database is still known. */
  restart(): void {
    this.trees = new VaultTrees(this.#store);
    this.stale = true;
  }

  /** The database is gone, the folder stays. */
  loseState(): void {
    this.#store = createMemoryStateStore();
    this.trees = new VaultTrees(this.#store);
    this.head = 0;
    this.stale = true;
  }

  // ------------------------------------------------------------ the steps of a cycle

  observe(scope: ScanScope = { directories: [], recursive: [''] }): void {
    const { local, base } = this.trees;
    const unread = new Map<NodeId, Fingerprint>();
    let request = scope;
    for (let round = 0; request.directories.length + request.recursive.length > 0; round += 1) {
      if (round > 16) throw new Error(`${this.name}: listing never ends: ${JSON.stringify(request)}`);
      const listings = this.folder.scan(request);
      const found = identify(local, base, listings, {
        newNode: () => fakeNodeId(`${this.name} ${(this.#lastNode += 1)}`),
        isIgnored: (path) => this.folder.isIgnored(path),
        nowMs: this.#deps.now(),
      });
      for (const file of found.unread) unread.set(file.node, file.fingerprint);
      request = { directories: found.lookAlso, recursive: found.lookInto };
    }
    for (const node of unread.keys()) this.#read(node);
    if (!scope.recursive.includes('')) return;
    this.#hidden = new Set(this.folder.hidden);
    this.stale = this.hasLinks || this.folder.isHindered;
  }

  /** Takes over the next `limit` commits of the log. @returns how many there were */
  pull(limit = Infinity): number {
    const news = this.#deps.vault.commits.slice(this.head, this.head + limit);
    for (const states of news) {
      for (const state of states) this.trees.setRemote(this.#store.write, state);
      this.head += 1;
    }
    return news.length;
  }

  plan(): Plan {
    const { base, local, remote } = this.trees;
    const isIgnored = (path: string): boolean => path.split('/').some((name) => this.#hidden.has(name));
    const released = releaseHidden(local, remote, { remotePath: (node) => this.trees.remotePath(node), isIgnored });
    for (const node of released) this.trees.forgetDeletion(this.#store.write, node);
    this.trees.followAdoption(this.#store.write, adoptEqualNames(base, local, remote));
    const made = plan({ base, local, remote, context: this.context() });
    checkFrozen(this.name, this.trees, made);
    for (const entry of made.agreed) this.trees.setBase(this.#store.write, entry);
    for (const node of made.overruled) this.trees.forgetDeletion(this.#store.write, node);
    this.trees.settle(this.#store.write, made.settle);
    for (const node of made.equal) this.trees.forgetChange(this.#store.write, node);
    return made;
  }

  context(): PlanContext {
    return { device: this.device, deviceName: this.name, nowMs: this.#deps.now(), serverOffsetMs: 0, readOnly: this.readOnly };
  }

  /** Commits what the tape says is ready. @returns how many commits were accepted, or 'behind' */
  commit(made: Plan, tape = EAGER): number | 'behind' {
    if (this.readOnly) return 0;
    const ready = closedSubset(made.commit, (op) => tape.pick(4) !== 3 && this.#uploaded(op));
    const commits = splitIntoCommits(ready, [1000, 1, 2, 3][tape.pick(4)] ?? 1000);
    let accepted = 0;
    for (const ops of commits) {
      if (this.#commitOps(ops) === 'behind') return 'behind';
      accepted += 1;
    }
    return accepted;
  }

  /** Makes the changes to the folder whose content the tape says is there. @returns how many steps were done */
  apply(made: Plan, tape = EAGER): number {
    const ready = made.apply.filter(
      (op) => (op.op !== 'create' && op.op !== 'replace') || op.facets.content === null || tape.pick(4) !== 3,
    );
    const { steps, waiting } = orderApply(ready, this.trees.local);
    this.waiting = waiting;
    const parked = new Map<NodeId, LocalNode>();
    let done = 0;
    for (const step of steps) if (this.#applyStep(step, parked)) done += 1;
    if (this.folder.parked > 0) {
      if (!this.stale) throw new Error(`${this.name}: something stays parked after ${JSON.stringify(steps.map(showStep))}`);
      this.folder.sweep();
      this.#dirty.add('');
    }
    const dirty = [...this.#dirty];
    this.#dirty = new Set();
    if (dirty.length > 0) this.observe({ directories: dirty.filter((path) => this.folder.has(path) || path === ''), recursive: [] });
    return done;
  }

  /** One whole cycle. @returns true when something was committed or applied */
  cycle(tape = EAGER): boolean {
    this.observe();
    this.pull();
    let moved = false;
    for (let round = 0; ; round += 1) {
      if (round > 500) throw new Error(`${this.name}: planning never ends`);
      const made = this.plan();
      const committed = this.commit(made, tape);
      if (committed === 'behind') this.pull();
      const progress = committed === 'behind' || committed > 0 || this.apply(made, tape) > 0;
      if (!progress) return moved;
      moved = true;
    }
  }

  /** What is still open for a device that is quiet: empty when BASE, folder and server agree. */
  open(): readonly string[] {
    const { base, local, remote } = this.trees;
    for (const node of local.touched)
      if (local.get(node) === undefined && base.get(node) === undefined && !remote.has(node)) local.touched.delete(node);
    const made = this.plan();
    return [
      ...made.commit.map((op) => `commit ${op.node.slice(0, 6)} ${op.facets.name}`),
      ...made.apply.map((op) => `apply ${op.op} ${op.node.slice(0, 6)}`),
      ...made.agreed.map(({ state }) => `agreed ${state.node.slice(0, 6)}`),
      ...made.settle.map((node) => `settle ${node.slice(0, 6)}`),
      ...made.overruled.map((node) => `overruled ${node.slice(0, 6)}`),
      ...[...made.blocked].map(([node, reason]) => `blocked ${node.slice(0, 6)} ${reason}`),
      ...[...remote.keys()].map((node) => `remote ${node.slice(0, 6)}`),
      ...[...local.touched].map((node) => `touched ${node.slice(0, 6)}`),
    ];
  }

  // ------------------------------------------------------------ inside

  #read(node: NodeId): void {
    const { local } = this.trees;
    const entry = local.get(node);
    const path = local.pathOf(node);
    if (entry?.status !== 'unknown' || path === undefined) return;
    const found = this.folder.read(path);
    if (found === undefined || (found.fingerprint.mode & 0o400) === 0) return;
    const content = fakeContent(found.text);
    this.#deps.texts.set(content.id, found.text);
    local.set({ ...entry, status: 'present', content, fingerprint: found.fingerprint, verifiedAtMs: this.#deps.now() });
  }

  /** The engine can upload a content only from the file that the operation is about, or from the one it lost against. */
  #uploaded(op: CommitOp): boolean {
    const { content, conflict } = op.facets;
    const { stored, texts } = { ...this.#deps, stored: this.#deps.vault.stored };
    if (content === null || !op.needsUpload || stored.has(content.id)) return true;
    const { local } = this.trees;
    const holder = [op.node, conflict?.of].find((node) => node !== undefined && local.get(node)?.content?.id === content.id);
    const path = holder === undefined ? undefined : local.pathOf(holder);
    if (path === undefined || this.folder.read(path)?.text !== texts.get(content.id)) return false;
    stored.add(content.id);
    return true;
  }

  #commitOps(ops: readonly CommitOp[]): 'accepted' | 'behind' {
    const { vault } = this.#deps;
    const counter = this.#counter + 1;
    const states = ops.map((op) => this.#nextState(op, counter));
    if (vault.commit(this.head, states) === 'behind') return 'behind';
    const committed = new Map(states.map((state) => [state.node, state]));
    const rebase = ops
      .flatMap((op) => op.rebase)
      .map((node) => ({ node, local: this.trees.local.get(node), remote: committed.get(node) ?? this.trees.remoteState(node) }));
    this.#counter = counter;
    this.head += 1;
    for (const state of states) this.trees.setRemote(this.#store.write, state);
    for (const { node, local, remote } of rebase) {
      if (local === undefined) this.trees.dropBase(this.#store.write, node);
      else if (remote !== undefined && local.status === 'present') this.trees.setBase(this.#store.write, baseFromLocal(local, remote));
    }
    return 'accepted';
  }

  #nextState({ node, facets, stamp }: CommitOp, counter: number): NodeState {
    const { parent, name, kind, deleted, mode, mtimeMs, content, target, conflict } = facets;
    const vector = advanceVector(
      this.trees.remoteState(node)?.vector ?? {},
      this.trees.base.get(node)?.state.vector ?? {},
      this.device,
      counter,
    );
    const rev = (this.#deps.vault.nodes.get(node)?.rev ?? 0) + 1;
    const place = { node, rev, parent, name, kind, deleted, mode, mtimeMs };
    return {
      ...place,
      content: deleted ? null : content,
      target: deleted ? null : target,
      stamp,
      vector,
      device: this.device,
      deviceName: this.name,
      conflict,
    };
  }

  /** As the folder's writer and the engine's bookkeeping do it: checked first, LOCAL follows. */
  #applyStep(step: OrderedStep, parked: Map<NodeId, LocalNode>): boolean {
    const { local } = this.trees;
    const entry = local.get(step.node) ?? parked.get(step.node);
    const changed = whatChanged(this.folder, step, entry);
    if (changed !== null) {
      if (!this.stale) throw new Error(`${this.name}: ${showStep(step)} does not fit the folder: ${changed}`);
      for (const path of pathsOf(step)) this.#dirty.add(parentOf(path));
      return false;
    }
    takeStep({ folder: this.folder, local, parked, nowMs: this.#deps.now(), textOf: (id) => this.#download(id) }, step, entry);
    return true;
  }

  #download(id: string): string {
    const text = this.#deps.texts.get(id);
    // A reader's conflict copy is made of the file here; the server never has it.
    const isHere = this.readOnly && [...this.trees.local.values()].some(({ content }) => content?.id === id);
    if (text === undefined || (!isHere && !this.#deps.vault.stored.has(id)))
      throw new Error(`${this.name}: the server has no content ${id.slice(0, 8)}`);
    return text;
  }
}
