/** Turns what a person calls a version into a commit, and a path into what was there. */
import { FsyncError } from '../../core/base/errors.js';
import type { VersionQuery } from '../../core/protocol/vault-documents.js';
import type { CycleContext } from './cycle.js';
import { completeHistory } from './complete-history.js';

const EVERYTHING = Number.MAX_SAFE_INTEGER;

/** @throws FsyncError not_found for a commit that is not in the log and a time before the vault */
export function commitOf({ deps, log }: CycleContext, version: VersionQuery): number {
  if ('commit' in version) {
    if (version.commit >= 1 && version.commit <= log.head.seq) return version.commit;
    throw new FsyncError('not_found', `no such commit: ${String(version.commit)}; the newest is ${String(log.head.seq)}`, {
      hints: ['See the commits: fsync log'],
    });
  }
  const untilMs = Date.parse(version.at);
  if (Number.isNaN(untilMs)) throw new FsyncError('invalid_input', `not a time: ${version.at}`);
  const [entry] = deps.folder.store.history({ limit: 1, untilMs });
  if (entry !== undefined) return entry.seq;
  throw new FsyncError('not_found', `the vault did not exist at ${version.at}`, { hints: ['See the commits: fsync log'] });
}

/** When the server took a commit. */
export function timeOf({ deps }: CycleContext, seq: number): string | null {
  const [entry] = deps.folder.store.history({ limit: 1, untilSeq: seq });
  return entry?.seq === seq ? new Date(entry.at).toISOString() : null;
}

/**
 * The newest commit after which something was still at the path that is there no more.
 * @throws FsyncError not_found when nothing ever was
 */
export async function lastCommitWith(context: CycleContext, path: string, signal: AbortSignal): Promise<number> {
  const { store } = context.deps.folder;
  const untold = store.history({ limit: EVERYTHING }).filter((entry) => entry.untold.length > 0);
  if (untold.length > 0) await completeHistory(context, untold, { signal });
  for (const { seq, changes } of store.history({ limit: EVERYTHING, path })) {
    if (changes.some((change) => (change.change === 'deleted' ? change.path : change.from) === path)) return seq - 1;
  }
  throw new FsyncError('not_found', `nothing in this vault is or was at ${path}`, { hints: ['See what was deleted: fsync ls --deleted'] });
}
