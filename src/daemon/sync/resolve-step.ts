/** `fsync resolve`: in sync first, then one commit for all chosen conflicts, then in sync again. */
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { ResolveChoice, ResolveDocument } from '../../core/protocol/ipc.js';
import type { EngineCallOptions } from '../engine.js';
import { commitExplicit, noteOperation } from './commit-explicit.js';
import type { OpenConflict } from './resolve-conflicts.js';
import { openConflicts, resolution } from './resolve-conflicts.js';
import type { Session } from './session.js';

const SYNC_MS = 300_000;

interface Request {
  readonly paths: readonly string[];
  readonly choice: ResolveChoice;
}

export async function resolveConflicts(
  session: Session,
  { paths, choice }: Request,
  { signal }: EngineCallOptions,
): Promise<ResolveDocument> {
  await session.sync('both', { signal, timeoutMs: SYNC_MS });
  const asked = openConflicts(session.context, paths);
  if (asked.length === 0 && paths.length > 0)
    throw new FsyncError('not_found', `no conflict at ${paths.join(', ')}`, { hints: ['See the open ones: fsync status'] });
  const resolved: ResolveDocument['resolved'][number][] = [];
  const reasons = new Map<string, string>();
  const before = session.context.log.head.seq;
  await session.exclusively(async () => {
    for (const conflict of asked) {
      const reason = await tryResolve(session, conflict, choice, signal);
      if (reason === null) resolved.push({ path: conflict.path, copy: conflict.copyPath, choice });
      else reasons.set(conflict.copyPath, reason);
    }
    const last = session.context.log.head.seq;
    if (resolved.length > 0) noteOperation(session.context, { kind: 'resolve', first: before + 1, last });
  });
  await session.sync('both', { signal, timeoutMs: SYNC_MS });
  const remaining = openConflicts(session.context, []).map(({ path, copyPath }) => ({
    path,
    copy: copyPath,
    reason: reasons.get(copyPath) ?? null,
  }));
  return { schema: 'fsync/resolve/1', resolved, remaining };
}

/** Null when it worked, else why not: one conflict that cannot be settled does not stop the others. */
async function tryResolve(
  { context }: Session,
  conflict: OpenConflict,
  choice: ResolveChoice,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    await commitExplicit(context, await resolution(context, conflict, choice, signal), signal);
    return null;
  } catch (error) {
    if (isFsyncError(error, 'unresolved_conflicts', 'behind')) return error.message;
    throw error;
  }
}
