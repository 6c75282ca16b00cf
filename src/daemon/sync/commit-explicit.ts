/** Commits that were asked for, by a person or by a rule, and not planned from what changed in the folder. */
import { FsyncError } from '../../core/base/errors.js';
import { destructionId } from '../../core/plan/guard.js';
import type { CommitOp } from '../../core/plan/operation.js';
import type { Operation } from '../vault-history.js';
import { commitDeps } from './commit-deps.js';
import { commitOps } from './commit-step.js';
import type { CycleContext } from './cycle.js';
import { requireWriter } from './vault-role.js';

/** The session must be at rest: the operations were made from the present trees. */
export async function commitExplicit(context: CycleContext, ops: readonly CommitOp[], signal: AbortSignal): Promise<void> {
  requireWriter(context);
  const outcome = await commitOps(commitDeps(context), ops, signal);
  if (outcome === 'chunks-missing')
    throw new FsyncError('chunks_missing', 'the server no longer has all of the content', {
      hints: ['See the versions that are left: fsync log'],
    });
  if (outcome !== 'accepted')
    throw new FsyncError('behind', 'another device changed the vault at the same moment', { hints: ['Run the command again.'] });
  // It was asked for here, so it may be done here, however much it is.
  context.guard.approve(ops.map(({ node, facets }) => destructionId('folder', node, facets.deleted ? null : facets)));
}

/** So that `fsync undo` can take it back. */
export function noteOperation({ deps }: CycleContext, { kind, first, last }: Pick<Operation, 'kind' | 'first' | 'last'>): void {
  deps.folder.store.transaction((write) => {
    write.putOperation({ kind, first, last, at: deps.clock.now(), undoneBy: null });
  });
}
