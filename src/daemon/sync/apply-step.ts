/**
 * Makes changes to the folder: orders them, hands them to the writer in batches, and brings LOCAL up
 * to date with what was done. BASE follows in the next planning run, so it is never ahead of the disk.
 */
import type { Clock } from '../../core/base/effects.js';
import { assertNever } from '../../core/base/errors.js';
import type { ErrorCode } from '../../core/base/errors.js';
import type { ContentId, NodeId } from '../../core/base/ids.js';
import type { ApplyOp, MergedFacets } from '../../core/plan/operation.js';
import type { OrderedStep } from '../../core/plan/order-apply.js';
import { orderApply } from '../../core/plan/order-apply.js';
import type { LocalNode, LocalTree } from '../../core/tree/local-tree.js';
import type { Fingerprint } from '../../core/tree/node.js';
import { UnmadeDirectories } from '../folder/unmade-directories.js';
import type { FolderStep, FolderWriter, StepResult } from '../ports.js';
import { parentPath } from './observe.js';
import type { VaultTrees } from './vault-trees.js';

export interface ApplyDeps {
  readonly trees: VaultTrees;
  readonly writer: FolderWriter;
  readonly clock: Clock;
  /** The complete, verified file in `.fsync/tmp` for a node, if it is there. */
  readonly stagedFor: (node: NodeId, content: ContentId) => string | undefined;
  /** The staged file is in its place now, or may be gone: it is not to be counted on any more. */
  readonly onUsed: (node: NodeId) => void;
}

export interface ApplyOutcome {
  readonly done: number;
  /** Directories that stand somewhere now where nobody has listed them. */
  readonly directories: readonly NodeId[];
  /** Directories where the folder was not as expected: look again. */
  readonly dirty: readonly string[];
  readonly failed: readonly { readonly node: NodeId; readonly path: string; readonly code: ErrorCode; readonly message: string }[];
  /** Not done, because the folder was not as the planner saw it. */
  readonly unexpected: readonly { readonly node: NodeId; readonly path: string }[];
  readonly waiting: readonly { readonly op: ApplyOp; readonly reason: string }[];
  /** Stash entries with bytes that nobody expected, and the path they were found at. */
  readonly displaced: readonly { readonly path: string; readonly stash: string }[];
}

const BATCH = 256;

interface Run {
  readonly deps: ApplyDeps;
  readonly parked: Map<NodeId, LocalNode>;
  /** In this run, since a directory and what comes into it may be in different batches. */
  readonly unmade: UnmadeDirectories;
  done: number;
  readonly directories: Set<NodeId>;
  readonly dirty: Set<string>;
  readonly failed: ApplyOutcome['failed'][number][];
  readonly unexpected: ApplyOutcome['unexpected'][number][];
  readonly displaced: ApplyOutcome['displaced'][number][];
}

/** True when nothing has to be fetched before the change can be made. */
export function isStaged(deps: Pick<ApplyDeps, 'stagedFor'>, op: ApplyOp): boolean {
  if (op.op !== 'create' && op.op !== 'replace') return true;
  const { content } = op.facets;
  return content === null || deps.stagedFor(op.node, content.id) !== undefined;
}

export async function applyOps(deps: ApplyDeps, ops: readonly ApplyOp[], signal: AbortSignal): Promise<ApplyOutcome> {
  const lists = { failed: [], unexpected: [], displaced: [] };
  const sets = { parked: new Map<NodeId, LocalNode>(), directories: new Set<NodeId>(), dirty: new Set<string>() };
  const run: Run = { deps, ...sets, unmade: new UnmadeDirectories(), done: 0, ...lists };
  const { steps, waiting } = orderApply(takeModes(run, ops), deps.trees.local);
  for (const batch of batches(steps)) await runBatch(run, batch, signal);
  const { done, directories, dirty, failed, unexpected, displaced } = run;
  return { done, directories: [...directories], dirty: [...dirty], failed, unexpected, waiting, displaced };
}

/** What would come into a directory that is not there waits: it is planned anew when the folder was looked at again. */
async function runBatch(run: Run, batch: readonly OrderedStep[], signal: AbortSignal): Promise<void> {
  const { deps, unmade } = run;
  const steps = batch.map((step) => ({ step, asked: folderStep(run, step) }));
  const possible = steps.map(({ asked }) => asked).filter((asked) => !unmade.areOnTheWayOf(asked));
  const results = possible.length === 0 ? [] : await deps.writer.apply(possible, { signal });
  const resultOf = new Map(possible.map((asked, index) => [asked, results[index]]));
  for (const { step, asked } of steps) {
    const result = resultOf.get(asked) ?? { status: 'changed' };
    unmade.note(asked, result);
    takeResult(run, step, result);
  }
}

/** Where the disk keeps no modes, LOCAL does; the other changes are returned. */
function takeModes(run: Run, ops: readonly ApplyOp[]): readonly ApplyOp[] {
  const { local } = run.deps.trees;
  if (local.traits.keepsModes) return ops;
  return ops.filter((op) => {
    const entry = local.get(op.node);
    if (op.op !== 'set-mode' || entry === undefined) return true;
    local.set({ ...entry, mode: op.facets.mode });
    run.done += 1;
    return false;
  });
}

/** A node stands at most once in a batch: its second step needs the fingerprint that the first one leaves. */
function batches(steps: readonly OrderedStep[]): readonly (readonly OrderedStep[])[] {
  const all: OrderedStep[][] = [];
  let current: OrderedStep[] = [];
  let nodes = new Set<NodeId>();
  for (const step of steps) {
    if (current.length >= BATCH || nodes.has(step.node)) {
      all.push(current);
      current = [];
      nodes = new Set();
    }
    current.push(step);
    nodes.add(step.node);
  }
  if (current.length > 0) all.push(current);
  return all;
}

function folderStep(run: Run, step: OrderedStep): FolderStep {
  const { trees } = run.deps;
  const local = trees.local.get(step.node);
  switch (step.op) {
    case 'create':
    case 'replace':
      return placeStep(run, step, local?.fingerprint ?? null);
    case 'set-mode':
      return { op: 'set-mode', path: step.path, mode: step.facets.mode, expected: fingerprintOf(local) };
    case 'move':
      return { op: 'move', from: step.from, to: step.to, expected: fingerprintOf(local) };
    case 'park':
      return { op: 'park', from: step.from, parked: step.node, expected: fingerprintOf(local) };
    case 'unpark':
      return { op: 'unpark', parked: step.node, to: step.to };
    case 'remove':
      return local?.kind === 'directory'
        ? { op: 'remove-directory', path: step.path }
        : { op: 'remove-file', path: step.path, expected: fingerprintOf(local) };
    default:
      return assertNever(step);
  }
}

function placeStep(run: Run, step: OrderedStep & { path: string; facets: MergedFacets }, expected: Fingerprint | null): FolderStep {
  const { path, facets, node } = step;
  const { kind, mode, mtimeMs, content, target } = facets;
  if (kind === 'directory') return { op: 'make-directory', path, mode };
  if (kind === 'symlink') return { op: 'place-symlink', path, target: target ?? '', expected };
  const staged = content === null ? undefined : run.deps.stagedFor(node, content.id);
  return { op: 'place-file', path, staged: staged ?? '', expected, mode, mtimeMs };
}

const NOTHING: Fingerprint = { size: 0, mtimeNs: '0', ctimeNs: '0', birthtimeNs: '0', dev: '0', ino: '0', nlink: 0, mode: 0 };

/** A node that LOCAL does not hold any more matches nothing on disk, so its step ends as 'changed'. */
function fingerprintOf(local: LocalNode | undefined): Fingerprint {
  return local?.fingerprint ?? NOTHING;
}

function pathsOf(step: OrderedStep): readonly string[] {
  if (step.op === 'move') return [step.from, step.to];
  if (step.op === 'park') return [step.from];
  return step.op === 'unpark' ? [step.to] : [step.path];
}

function takeResult(run: Run, step: OrderedStep, result: StepResult): void {
  const paths = pathsOf(step);
  const displaced = result.status === 'failed' ? null : (result.displaced ?? null);
  if (displaced !== null) run.displaced.push({ path: paths[0] ?? '', stash: displaced });
  if (result.status === 'done') {
    takeDone(run, step, result.fingerprint);
    run.done += 1;
    return;
  }
  // A step may have used the staged file up before it found out: the next try stages it again, or finds it whole.
  if (step.op === 'create' || step.op === 'replace') run.deps.onUsed(step.node);
  for (const path of paths) run.dirty.add(parentPath(path));
  const at = { node: step.node, path: paths.at(-1) ?? '' };
  if (result.status === 'failed') run.failed.push({ ...at, code: result.code, message: result.message });
  else run.unexpected.push(at);
}

function takeDone(run: Run, step: OrderedStep, fingerprint: Fingerprint | null): void {
  const { local } = run.deps.trees;
  const { node } = step;
  const entry = local.get(node) ?? run.parked.get(node);
  if (step.op === 'remove' || step.op === 'park') {
    if (step.op === 'park' && entry !== undefined) run.parked.set(node, entry);
    if (step.op === 'remove') removeContents(local, node);
    local.remove(node);
    return;
  }
  if (fingerprint !== null) takePlaced(run, step, { entry, fingerprint });
}

/** A directory that could be removed was empty: what LOCAL still had in it is not there, and no scan would come by again. */
function removeContents(local: LocalTree, directory: NodeId): void {
  for (const child of [...local.childrenOf(directory).values()]) {
    removeContents(local, child);
    local.remove(child);
  }
}

function isTakenByOther(local: LocalTree, { node, parent, diskName }: Pick<LocalNode, 'node' | 'parent' | 'diskName'>): boolean {
  const there = local.childNamed(parent, diskName);
  return there !== undefined && there !== node;
}

function takePlaced(
  run: Run,
  step: Exclude<OrderedStep, { op: 'remove' | 'park' }>,
  now: { entry: LocalNode | undefined; fingerprint: Fingerprint },
): void {
  const { local } = run.deps.trees;
  const { entry, fingerprint } = now;
  const { node } = step;
  const { parent, name: diskName, kind, mode, mtimeMs, content, target } = step.facets;
  const verifiedAtMs = run.deps.clock.now();
  if (step.op === 'create' || step.op === 'replace') run.deps.onUsed(node);
  if (isTakenByOther(local, { node, parent, diskName }) || local.pathOf(parent) === undefined) {
    // The disk had room where LOCAL still has another node, or the directory there is not the one that was to be made, and may
    // be gone by now: only a scan can tell.
    for (const path of pathsOf(step)) run.dirty.add(parentPath(path));
    return;
  }
  if (kind === 'directory') run.directories.add(node);
  if (step.op === 'create')
    local.set({ node, parent, diskName, kind, status: 'present', mode, mtimeMs, content, target, fingerprint, verifiedAtMs });
  else if (entry === undefined) run.dirty.add('');
  else if (step.op === 'replace') local.set({ ...entry, mode, mtimeMs, content, target, fingerprint, verifiedAtMs });
  else if (step.op === 'set-mode') local.set({ ...entry, mode, fingerprint });
  else local.set({ ...entry, parent, diskName, fingerprint });
}
