/**
 * The 'apply' task: runs a batch of folder steps in order, on a worker, and makes what was done
 * durable before it answers. A step that cannot be done does not stop the rest.
 */
import { isFsyncError } from '../../core/base/errors.js';
import { errnoOf } from '../home/errno.js';
import type { FolderStep, FoundChanges, StepResult } from '../ports.js';
import { ApplyContext } from './apply-context.js';
import { runFolderStep } from './folder-steps.js';
import { requireRoot, type RootIdentity } from './root-identity.js';
import { prepareStagedFiles, type PreparedFiles } from './staged-files.js';
import { batchName, originOf, type StashOrigin } from './stash.js';
import { meansChanged, storageError } from './storage-error.js';
import { syncFound } from './sync-found.js';
import { systemCalls, type SystemCalls } from './system-calls.js';
import { UnmadeDirectories } from './unmade-directories.js';

export interface ApplyJob {
  readonly root: string;
  readonly identity: RootIdentity;
  readonly steps: readonly FolderStep[];
  /** Epoch milliseconds and 8 to 32 hex digits: they name what this batch stashes. */
  readonly now: number;
  readonly nonce: string;
  /** Syncs the whole file system, not only what the steps changed. */
  readonly syncEverything?: boolean;
  /** Synced as well: what the user changed. */
  readonly found?: FoundChanges;
}

/** @throws FsyncError guarded when the root is not the attached directory; io_error, disk_full when the private folder cannot be used */
export function runApplyJob(job: ApplyJob, calls: SystemCalls = systemCalls()): readonly StepResult[] {
  requireRoot(job.root, job.identity);
  const { root, now, nonce, steps } = job;
  let context: ApplyContext | undefined;
  try {
    context = new ApplyContext({ root, calls, now, nonce, origins: stashOrigins(job) });
    if (job.syncEverything === true) context.directories.everythingChanged();
    if (job.found !== undefined) syncFound(context.directories, job.found);
    const prepared = prepareStagedFiles(context, steps, calls);
    const results = runAll(context, steps, prepared);
    return syncAll(context, job, results);
  } catch (error) {
    throw storageError(error, root);
  } finally {
    context?.close();
  }
}

function runAll(context: ApplyContext, steps: readonly FolderStep[], prepared: PreparedFiles): readonly StepResult[] {
  const unmade = new UnmadeDirectories();
  return steps.map((step, index) => {
    const result: StepResult = unmade.areOnTheWayOf(step) ? { status: 'changed' } : runStep(context, step, index, prepared);
    unmade.note(step, result);
    return result;
  });
}

function runStep(context: ApplyContext, step: FolderStep, index: number, { prints, failed }: PreparedFiles): StepResult {
  const unprepared = step.op === 'place-file' ? failed.get(step.staged) : undefined;
  if (unprepared !== undefined) return { status: 'failed', code: unprepared.code, message: unprepared.message };
  try {
    return runFolderStep(context, step, index, prints);
  } catch (error) {
    return resultOf(error, step);
  }
}

function resultOf(error: unknown, step: FolderStep): StepResult {
  if (isFsyncError(error, 'path_changed') || (errnoOf(error) !== null && meansChanged(error))) return { status: 'changed' };
  const { code, message } = storageError(error, targetOf(step));
  return { status: 'failed', code, message };
}

function targetOf(step: FolderStep): string {
  return 'to' in step ? step.to : 'from' in step ? step.from : step.path;
}

/**
 * What could not be synced is in the folder all the same. Were it forgotten, and changed by the server before a scan can read it,
 * it would pass for a file of the user's.
 */
function syncAll(context: ApplyContext, { steps }: ApplyJob, results: readonly StepResult[]): readonly StepResult[] {
  try {
    context.directories.sync();
    return results;
  } catch (error) {
    if (steps.length === 0 || errnoOf(error) === null) throw error;
    return results.map((result) => (result.status === 'done' ? { ...result, isUnsynced: true } : result));
  }
}

/** Where each step's stash entry will have come from, with what it should look like. */
function stashOrigins({ steps, now, nonce }: ApplyJob): Readonly<Record<string, StashOrigin>> {
  const origins: Record<string, StashOrigin> = {};
  for (const [index, step] of steps.entries()) {
    if (step.op === 'remove-file')
      origins[`${batchName(now, nonce)}-${String(index)}`] = originOf(step.path, 'removed', now, step.expected);
    if ((step.op === 'place-file' || step.op === 'place-symlink') && step.expected !== null) {
      origins[`${batchName(now, nonce)}-${String(index)}`] = originOf(step.path, 'replaced', now, step.expected);
    }
  }
  return origins;
}
