/** `fsync restore` and `fsync undo`: in sync first, so that nothing unsaved is in the way, then commits like any other. */
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { splitIntoCommits } from '../../core/plan/split-commits.js';
import type { IpcParams, PendingChange } from '../../core/protocol/ipc.js';
import type { RestoreDocument, UndoDocument } from '../../core/protocol/vault-documents.js';
import { parseRelPath } from '../../core/base/rel-path.js';
import type { EngineCallOptions } from '../engine.js';
import type { LogOp, Operation } from '../vault-history.js';
import { commitExplicit, noteOperation } from './commit-explicit.js';
import type { PlannedOp } from './commit-plan.js';
import { newestTree, treeAfter } from './committed-tree.js';
import type { CycleContext } from './cycle.js';
import { newNode } from './new-node.js';
import { commitOf, lastCommitWith, timeOf } from './find-version.js';
import { planRestore } from './plan-restore.js';
import { planUndo, type UndoPlan } from './plan-undo.js';
import { RecordReader } from './record-reader.js';
import type { Session } from './session.js';

const SYNC_MS = 24 * 3_600_000;
/** Another device may be first; then it is planned again on what it did. */
const ATTEMPTS = 5;
const OPERATIONS = 1_000;

type RestoreParams = Omit<IpcParams<'vault.restore'>, 'root'>;

export async function restore(session: Session, params: RestoreParams, { signal }: EngineCallOptions): Promise<RestoreDocument> {
  const { context } = session;
  const path = params.path === '' ? '' : parseRelPath(params.path);
  const to = params.to === null ? path : params.to === '' ? '' : parseRelPath(params.to);
  if (!params.dryRun) await session.sync('both', { signal, timeoutMs: SYNC_MS });
  const version = params.version ?? { commit: await lastVersion(context, path, signal) };
  const commit = commitOf(context, version);
  const plan = async (): Promise<readonly PlannedOp[]> => {
    const then = await treeAfter(context, commit, new RecordReader(context, signal));
    return planRestore({ then, now: newestTree(context.trees), path, to, newNode: () => newNode(context), nowMs: nowOf(context) });
  };
  const from = { commit, at: timeOf(context, commit) };
  if (params.dryRun) return { schema: 'fsync/restore/1', path, to, from, commit: null, changes: changesOf(await plan()) };
  const done = await commitPlanned(session, plan, signal);
  if (done.last !== null) noteOperation(context, { kind: 'restore', first: done.first, last: done.last });
  await session.sync('both', { signal, timeoutMs: SYNC_MS });
  return { schema: 'fsync/restore/1', path, to, from, commit: done.last, changes: changesOf(done.planned) };
}

/** By path: the order of commits is nobody's but the planner's. */
function changesOf(planned: readonly PlannedOp[]): readonly PendingChange[] {
  return planned.map(({ change }) => change).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function lastVersion(context: CycleContext, path: string, signal: AbortSignal): Promise<number> {
  if (path !== '' && newestTree(context.trees).at(path) === undefined) return lastCommitWith(context, path, signal);
  throw new FsyncError('usage', `${path === '' ? 'the vault' : path} is there: which version is to be brought back?`, {
    hints: [`See its versions with fsync log, then give --version N or --at TIME.`],
  });
}

export async function undo(session: Session, { dryRun }: { dryRun: boolean }, { signal }: EngineCallOptions): Promise<UndoDocument> {
  const { context } = session;
  if (!dryRun) await session.sync('both', { signal, timeoutMs: SYNC_MS });
  const operation = context.deps.folder.store.operations(OPERATIONS).find(({ undoneBy }) => undoneBy === null);
  if (operation === undefined) return { schema: 'fsync/undo/1', undone: null, commit: null, changes: [], kept: [] };
  let planned = await undoPlan(context, operation, signal);
  const plan = async (): Promise<readonly PlannedOp[]> => {
    planned = await undoPlan(context, operation, signal);
    return planned.operations;
  };
  const done = dryRun ? { last: null } : await commitPlanned(session, plan, signal);
  if (!dryRun) {
    context.deps.folder.store.transaction((write) => {
      write.putOperation({ ...operation, undoneBy: done.last ?? context.log.head.seq });
    });
    await session.sync('both', { signal, timeoutMs: SYNC_MS });
  }
  const { kind, first, last, at } = operation;
  const tree = newestTree(context.trees);
  return {
    schema: 'fsync/undo/1',
    undone: { kind, first, last, at: new Date(at).toISOString() },
    commit: done.last,
    changes: changesOf(planned.operations),
    kept: planned.kept.map(({ node, name }) => ({ path: tree.pathOf(node) ?? name, change: 'modified' })),
  };
}

async function undoPlan(context: CycleContext, { first, last }: Operation, signal: AbortSignal): Promise<UndoPlan> {
  const { store } = context.deps.folder;
  const reader = new RecordReader(context, signal);
  const touched = new Set(range(first, last).flatMap((seq) => store.commitOps(seq).map(({ node }) => node)));
  const befores = new Map([...touched].map((node) => [node, reader.opAt(node, first - 1)]));
  await reader.fetch([...befores.values()].filter((op): op is LogOp => op !== null));
  const nodes = [...befores].map(([node, op]) => {
    const state = op === null ? null : reader.require(op);
    return { node, before: state?.deleted === true ? null : state, isNewer: (store.logNode(node)?.seq ?? 0) > last };
  });
  return planUndo(newestTree(context.trees), nodes, nowOf(context));
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function nowOf({ deps }: CycleContext): number {
  return deps.clock.now() + deps.serverOffsetMs();
}

interface Committed {
  readonly planned: readonly PlannedOp[];
  readonly first: number;
  /** Null when there was nothing to commit. */
  readonly last: number | null;
}

async function commitPlanned(session: Session, plan: () => Promise<readonly PlannedOp[]>, signal: AbortSignal): Promise<Committed> {
  const { context } = session;
  let first: number | null = null;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await session.exclusively(async () => {
        const planned = await plan();
        await knowTombstones(context, planned, signal);
        for (const ops of splitIntoCommits(planned.map(({ op }) => op))) {
          await commitExplicit(context, ops, signal);
          first ??= context.log.head.seq;
        }
        return { planned, first: first ?? 0, last: planned.length === 0 && first === null ? null : context.log.head.seq };
      });
    } catch (error) {
      if (!isFsyncError(error, 'behind') || attempt === ATTEMPTS) throw error;
    }
  }
}

/** A deleted node that comes back goes on from its deletion: every device must see that it has seen it. */
async function knowTombstones(
  { deps, trees, ...context }: CycleContext,
  planned: readonly PlannedOp[],
  signal: AbortSignal,
): Promise<void> {
  const { store } = deps.folder;
  const gone = planned.flatMap(({ op }) => (trees.remoteState(op.node) === undefined ? (store.logNode(op.node) ?? []) : []));
  if (gone.length === 0) return;
  const reader = new RecordReader({ deps, trees, ...context }, signal);
  await reader.fetch(gone);
  store.transaction((write) => {
    for (const op of gone) trees.setRemote(write, reader.require(op));
  });
}
