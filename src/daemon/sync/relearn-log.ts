/**
 * After a person accepted that the server's log is not the one that was verified, as after a restore from a
 * backup: the whole log is read and verified anew. What the server lost is sent again, nothing is deleted.
 */
import { FsyncError } from '../../core/base/errors.js';
import type { FeedCommit } from '../ports.js';
import type { CycleContext } from './cycle.js';

const PAGE_LIMIT = 100_000;

export async function relearnLog({ deps, log }: Pick<CycleContext, 'deps' | 'log'>, signal: AbortSignal): Promise<void> {
  const { watermarks, info } = deps;
  const commits: FeedCommit[] = [];
  let historyId: string | null = null;
  for (let page = 0; page < PAGE_LIMIT; page += 1) {
    const next = await deps.remote.changes(commits.length, { historyId, signal });
    commits.push(...next.commits);
    historyId = next.historyId;
    if (!next.more) {
      await log.relearn(commits, { historyId, signal });
      await watermarks.reset(info.vault);
      const { seq, hash } = log.head;
      if (hash !== null) watermarks.raise(info.vault, { seq, hash });
      return;
    }
    if (next.commits.length === 0) break;
  }
  throw new FsyncError('integrity', 'the server says there are more commits and sends none');
}
