/**
 * A person's decision about what the guard holds back. Approving names the held changes one by one, so that
 * nothing else goes through with them. Rejecting changes only what BASE says: the next plan then finds that it
 * has to put things back, in the ordinary way and also after a crash.
 */
import { FsyncError } from '../../core/base/errors.js';
import type { Destruction, Held } from '../../core/plan/guard.js';
import { destructionId } from '../../core/plan/guard.js';
import type { GuardDecision, GuardDocument } from '../../core/protocol/guard-document.js';
import type { StateWriter } from '../ports.js';
import type { CycleContext } from './cycle.js';
import { replan } from './cycle.js';
import { heldId } from './guard-document.js';
import { relearnLog } from './relearn-log.js';
import type { Session } from './session.js';
import type { VaultTrees } from './vault-trees.js';
import { baseFromLocal } from './vault-trees.js';

/** @throws FsyncError path_changed when something else is held back by now; usage for a decision that cannot be carried out */
export async function decideGuard(
  session: Session,
  { cause, id, reject }: Pick<NonNullable<GuardDocument['guard']>, 'cause' | 'id' | 'reject'>,
  decision: GuardDecision,
  signal: AbortSignal,
): Promise<void> {
  const { context } = session;
  if (cause === 'other-history') {
    if (decision === 'reject') {
      throw new FsyncError('usage', `to put things back ${reject}`, { hints: ['Or accept what the server has now: fsync guard approve'] });
    }
    await session.exclusively(() => relearnLog(context, signal));
  } else {
    await session.exclusively(() => {
      const { held } = replan(context);
      if (held === null || heldId(held) !== id) return Promise.reject(changedMeanwhile());
      if (decision === 'approve') context.guard.approve(held.changes.map((change) => change.id));
      else putBack(context, held);
      return Promise.resolve();
    });
  }
  session.nudge();
}

function changedMeanwhile(): FsyncError {
  return new FsyncError('path_changed', 'what is held back has just changed', { hints: ['See it again: fsync guard show'] });
}

function putBack({ deps, trees, guard }: CycleContext, { changes }: Held): void {
  const approved: string[] = [];
  deps.folder.store.transaction((write) => {
    for (const change of changes) approved.push(...putBackOne(write, trees, change));
  });
  // Putting back a rewrite is a rewrite of the other side: the same person has just asked for it.
  guard.approve(approved);
}

/** @returns what now may be done for it although it takes something away */
function putBackOne(write: StateWriter, trees: VaultTrees, { side, node, change }: Destruction): readonly string[] {
  const local = trees.local.get(node);
  const remote = trees.remoteState(node);
  if (change === 'deleted') {
    // Without BASE, absence on one side no longer means anything.
    trees.forgetDeletion(write, node);
    return [];
  }
  if (local === undefined || remote === undefined) return [];
  if (side === 'server') {
    // As if the folder had been like this all the time: what differs is then the server's change.
    trees.setBase(write, baseFromLocal(local, remote));
    trees.setRemote(write, remote);
    return [destructionId('folder', node, remote)];
  }
  // As if the server had been like this all the time. The stamps match nothing, so that the file is read again after a restart.
  const fingerprint = { ...local.fingerprint, mtimeNs: '0', ctimeNs: '0' };
  trees.setBase(write, { state: remote, diskName: local.diskName, fingerprint, verifiedAtMs: 0 });
  trees.setRemote(write, remote);
  return [destructionId('server', node, local)];
}
