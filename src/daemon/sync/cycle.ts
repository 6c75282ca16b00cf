/**
 * One cycle of a session, as a list of steps: check the root, observe the folder, pull the log,
 * then plan, commit and apply until nothing more can be done now. What needs bytes moved is handed
 * to the transfer lanes; when they have something, the next cycle goes on from there.
 */
import type { NodeId } from '../../core/base/ids.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { ConflictStrategy } from '../../core/conflict/conflict-strategy.js';
import { closedSubset } from '../../core/plan/closed-subset.js';
import type { Held } from '../../core/plan/guard.js';
import type { ApplyOp, CommitOp, Plan } from '../../core/plan/operation.js';
import { splitIntoCommits } from '../../core/plan/split-commits.js';
import type { DownloadItem, UploadItem } from '../ports.js';
import type { AppliedRules } from './applied-rules.js';
import { applyOps, isStaged } from './apply-step.js';
import { commitDeps } from './commit-deps.js';
import { commitOps, settleIntent } from './commit-step.js';
import { contentSources } from './content-sources.js';
import type { DownloadLane } from './download-lane.js';
import type { Failures } from './failures.js';
import type { FollowedDirectories } from './followed-directories.js';
import type { Observation } from './observe.js';
import { observeFolder } from './observe-folder.js';
import { lostRoot } from './lost-root.js';
import { rescueDisplaced } from './rescue-displaced.js';
import type { CheckedPlan, SafetyGuard } from './safety-guard.js';
import type { SessionDeps } from './session-ports.js';
import { settleConflicts } from './settle-conflicts.js';
import { settleEqual } from './settle-equal.js';
import type { UploadLane } from './upload-lane.js';
import type { VaultLog } from './vault-log.js';
import { outOfReach, roleHere } from './vault-role.js';
import type { VaultTrees } from './vault-trees.js';
import type { Work } from './work-list.js';
import type { WorkRate } from './work-rate.js';

export interface CycleContext {
  readonly deps: SessionDeps;
  readonly trees: VaultTrees;
  readonly log: VaultLog;
  readonly guard: SafetyGuard;
  readonly uploads: UploadLane;
  readonly downloads: DownloadLane;
  readonly appliedRules: AppliedRules;
  /** How far the reading of new and changed files is. */
  readonly reading: WorkRate;
  readonly failures: Failures;
  /** Chunks that the server said it lacks: content that has one is uploaded again. */
  readonly missingChunks: Set<string>;
  /** Conflict copies, with the strategy that could not settle them: another one may. */
  readonly leftToPerson: Map<NodeId, ConflictStrategy>;
  /** Told which directories were seen, and which this device itself made or moved. */
  readonly followed: FollowedDirectories;
  /** May the server be asked at all (not paused, not waiting after a network error)? */
  readonly mayExchange: () => boolean;
  readonly look: (directories: readonly string[]) => void;
}

export interface CycleOutcome {
  /** Without what the guard holds back. */
  readonly plan: Plan;
  readonly held: Held | null;
  /** Deletions keep coming: they are done together when no more do. */
  readonly isSettling: boolean;
  readonly observation: Observation | null;
  /** Changes to the folder that wait for something that only a person or another device can change. */
  readonly waiting: readonly { readonly op: ApplyOp; readonly reason: string }[];
}

type Converged = Omit<CycleOutcome, 'observation'>;

const MAX_ROUNDS = 200;
const PAGE_LIMIT = 1000;

export async function runCycle(session: CycleContext, work: Work, signal: AbortSignal): Promise<CycleOutcome> {
  const context = withFixedLeave(session);
  await checkRoot(context);
  const observation = await observeFolder(context, work, signal);
  if (observation !== null) await settleFound(context);
  if (work.pull && context.mayExchange()) await pullLog(context, signal);
  await settleDisk(context);
  const converged = await converge(context, signal);
  return { ...(await settleFurther(context, converged, signal)), observation };
}

/** Once all else is in sync: conflicts that a rule settles, and what follows from it. */
async function settleFurther(context: CycleContext, converged: Converged, signal: AbortSignal): Promise<Converged> {
  const { plan, held, isSettling } = converged;
  const isAtRest = plan.commit.length + plan.apply.length === 0 && held === null && !isSettling && context.mayExchange();
  if (!isAtRest || (await settleConflicts(context, signal)) === 0) return converged;
  return converge(context, signal);
}

/**
 * Whether the server may be asked is decided when a cycle begins; after that it can only be taken back. Leave that
 * came in the middle would let a cycle commit that did not pull, and so does not know what became of the last commit.
 */
function withFixedLeave(session: CycleContext): CycleContext {
  const had = session.mayExchange();
  return { ...session, mayExchange: () => had && session.mayExchange() };
}

/** A daemon that was killed may have placed what it did not write down: that is in sync before anything newer comes, and no edit. */
async function settleFound(context: CycleContext): Promise<void> {
  await settleDisk(context);
  settleEqual(context);
}

/**
 * What a scan found or a step left unsynced becomes BASE when the server has the same, or gets it: a power loss after that must
 * not undo it, or what the disk has forgotten would pass for the user's doing.
 */
async function settleDisk({ deps, trees }: CycleContext): Promise<void> {
  const mayBecomeBase = trees.remote.size + trees.local.touched.size > 0;
  if (mayBecomeBase && trees.local.size + trees.base.size > 0) await deps.folder.writer.makeDurable();
}

async function checkRoot({ deps }: CycleContext): Promise<void> {
  const state = await deps.folder.scanner.checkRoot();
  if (state !== 'ok') throw lostRoot(deps.root, state);
}

/** Fetches and verifies whatever the log has beyond our head, then clears up a commit whose answer was lost. */
export async function pullLog(context: CycleContext, signal: AbortSignal): Promise<void> {
  for (let page = 0; page < PAGE_LIMIT; page += 1) {
    const { more } = await pullPage(context, signal);
    if (!more) break;
  }
  await checkWatermark(context);
  await settleIntent(commitDeps(context), signal);
}

/** The newest head this device ever verified is kept with its keys: a state database and a server that both went back are still noticed. */
async function checkWatermark({ deps, log }: CycleContext): Promise<void> {
  const { seq, hash } = log.head;
  const mark = await deps.watermarks.get(deps.info.vault);
  if (mark !== null && (seq < mark.seq || (seq === mark.seq && hash !== mark.hash))) {
    throw new FsyncError('rollback', `the server does not have commit ${String(mark.seq)} any more, which this device has verified`, {
      hints: ['If the server was restored from a backup, ask its operator; local files are untouched.'],
    });
  }
  if (hash !== null) deps.watermarks.raise(deps.info.vault, { seq, hash });
}

async function pullPage({ deps, log }: CycleContext, signal: AbortSignal): Promise<{ more: boolean }> {
  const page = await deps.remote.changes(log.head.seq, { historyId: log.historyId, signal }).catch((error: unknown) => {
    throw isFsyncError(error, 'not_found') ? outOfReach(deps.info.name) : error;
  });
  const taken = await log.integrate(page, { signal, verified: await deps.watermarks.get(deps.info.vault) });
  if (page.more && taken === 0) throw new FsyncError('integrity', 'the server says there are more commits and sends none');
  return { more: page.more };
}

async function converge(context: CycleContext, signal: AbortSignal): Promise<Converged> {
  const { trees } = context;
  let waiting: CycleOutcome['waiting'] = [];
  let now = replan(context);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    signal.throwIfAborted();
    if (!context.mayExchange()) return { ...now, waiting };
    const committed = await commitReady(context, now.plan, signal);
    // A commit may have changed what is known of the server: apply only what the present plan says.
    if (committed > 0) {
      now = replan(context);
      continue;
    }
    const applied = await applyReady(context, now.plan, signal);
    waiting = applied.waiting;
    if (applied.done === 0) break;
    await settleDisk(context);
    now = replan(context);
  }
  const { plan, held } = now;
  wantTransfers(context, plan);
  context.failures.keepOnly(new Set(plan.apply.map((op) => op.node)));
  if (held === null && plan.apply.length === 0 && plan.commit.length === 0)
    trees.local.touched.forEach((node) => dropIfEqual(context, node));
  return { ...now, waiting };
}

function dropIfEqual({ trees }: CycleContext, node: NodeId): void {
  if (trees.local.get(node) === undefined && trees.base.get(node) === undefined && !trees.remote.has(node))
    trees.local.touched.delete(node);
}

/** Plans, writes down at once whatever turned out to be in sync, and asks the guard. */
export function replan(context: CycleContext): CheckedPlan {
  return context.guard.check(settleEqual(context));
}

async function commitReady(context: CycleContext, plan: Plan, signal: AbortSignal): Promise<number> {
  if (roleHere(context) === 'reader' || plan.commit.length === 0) return 0;
  const commits = splitIntoCommits(closedSubset(plan.commit, (op) => isStored(context, op)));
  let done = 0;
  for (const ops of commits) {
    signal.throwIfAborted();
    const outcome = await commitOps(commitDeps(context), ops, signal);
    done += 1;
    if (outcome !== 'accepted') break;
    const { seq, hash } = context.log.head;
    if (hash !== null) context.deps.watermarks.raise(context.deps.info.vault, { seq, hash });
  }
  return done;
}

function isStored(context: CycleContext, op: CommitOp): boolean {
  const { content } = op.facets;
  return content === null || !mustUpload(context, op) || context.uploads.isStored(content.id);
}

function mustUpload({ missingChunks }: CycleContext, op: CommitOp): boolean {
  return op.needsUpload || (missingChunks.size > 0 && op.facets.content?.chunks.some((chunk) => missingChunks.has(chunk.id)) === true);
}

async function applyReady(
  context: CycleContext,
  plan: Plan,
  signal: AbortSignal,
): Promise<{ done: number; waiting: CycleOutcome['waiting'] }> {
  const { deps, trees, downloads, failures } = context;
  const nowMs = deps.clock.now();
  const stagedFor = downloads.stagedFor.bind(downloads);
  const ready = plan.apply.filter((op) => !failures.isDeferred(op.node, nowMs) && isStaged({ stagedFor }, op));
  if (ready.length === 0) return { done: 0, waiting: [] };
  const onUsed = downloads.release.bind(downloads);
  const outcome = await applyOps({ trees, writer: deps.folder.writer, clock: deps.clock, stagedFor, onUsed }, ready, signal);
  for (const failure of outcome.failed) failures.add(failure, nowMs);
  for (const surprise of outcome.unexpected) failures.addSurprise(surprise, nowMs);
  if (outcome.directories.length > 0) context.followed.place(outcome.directories);
  if (outcome.dirty.length > 0) context.look(outcome.dirty);
  const rescued = await rescueDisplaced(context, outcome.displaced, signal);
  return { done: outcome.done + rescued, waiting: outcome.waiting };
}

function wantTransfers(context: CycleContext, plan: Plan): void {
  const { deps, trees, uploads, downloads, failures } = context;
  const nowMs = deps.clock.now();
  const canCommit = roleHere(context) !== 'reader';
  uploads.want(canCommit ? plan.commit.filter((op) => mustUpload(context, op)).flatMap((op) => uploadItem(trees, op)) : []);
  downloads.want(plan.apply.filter((op) => !failures.isDeferred(op.node, nowMs)).flatMap((op) => downloadItem(trees, op)));
}

function uploadItem(trees: VaultTrees, op: CommitOp): UploadItem[] {
  const { content } = op.facets;
  if (content === null || content.inline !== null) return [];
  const holder = [op.node, op.facets.conflict?.of].find((node) => node !== undefined && trees.local.get(node)?.content?.id === content.id);
  const local = holder === undefined ? undefined : trees.local.get(holder);
  const path = local === undefined ? undefined : trees.local.pathOf(local.node);
  return local === undefined || path === undefined ? [] : [{ path, content, expected: local.fingerprint }];
}

function downloadItem(trees: VaultTrees, op: ApplyOp): DownloadItem[] {
  if (op.op !== 'create' && op.op !== 'replace') return [];
  const { content, conflict } = op.facets;
  return content === null ? [] : [{ node: op.node, content, sources: contentSources(trees, op.node, content, conflict?.of ?? null) }];
}
