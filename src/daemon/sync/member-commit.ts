/** Commits that change who is a member. They stand on the newest head; another device that was first is heard before the next try. */
import { FsyncError } from '../../core/base/errors.js';
import type { MemberBody } from '../../core/log/commit-body.js';
import { nextCounter } from '../../core/log/commit-counter.js';
import { signCommit } from '../../core/log/commit.js';
import type { KeyBox } from '../ports.js';
import type { CycleContext } from './cycle.js';
import { pullLog } from './cycle.js';
import { roleHere } from './vault-role.js';

const ATTEMPTS = 5;

export interface MemberCommit {
  readonly body: MemberBody;
  /** The vault keys, boxed to the member. */
  readonly keyBoxes: readonly KeyBox[];
}

/**
 * `make` is called on the newest log, again after each refusal; null: nothing has to be changed. Runs between two cycles.
 * @returns the number of the commit
 * @throws FsyncError forbidden for all but owners, behind when others were first each time
 */
export async function commitMember(
  context: CycleContext,
  make: () => Promise<MemberCommit | null>,
  signal: AbortSignal,
): Promise<number | null> {
  await pullLog(context, signal);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    requireOwner(context);
    const made = await make();
    if (made === null) return null;
    const seq = await send(context, made, signal);
    if (seq !== null) return seq;
  }
  throw new FsyncError('behind', 'other devices changed the vault at the same moment', { hints: ['Run the command again.'] });
}

/** Null when another commit was first: the log has it now. */
async function send({ deps, log }: CycleContext, { body, keyBoxes }: MemberCommit, signal: AbortSignal): Promise<number | null> {
  const { account, device, credential, chain } = deps.account.require();
  const { head, epoch, vault } = log.state;
  const now = deps.clock.now() + deps.serverOffsetMs();
  const signed = signCommit(credential, {
    vault,
    seq: head.seq + 1,
    prev: head.hash,
    epoch,
    account,
    device: device.id,
    chainSeq: chain.seq,
    counter: nextCounter(log.counterOf(device.id), now),
    stamp: now,
    ops: [],
    type: 'member',
    body,
  });
  const reply = await deps.remote.commit({ signed, records: [], keyBoxes }, { signal });
  if (reply.status === 'chunks-missing') throw new FsyncError('integrity', 'the server misses chunks of a commit that has none');
  if (reply.status === 'behind') {
    await log.integrate(reply.page, { signal, verified: null });
    return null;
  }
  // Taken over as if the feed had brought it: whoever removes himself is told nothing any more.
  await log.integrateOwn({ signed, at: reply.at, records: [] }, { signal });
  return reply.seq;
}

export function requireOwner(context: CycleContext): void {
  if (roleHere(context) === 'owner') return;
  throw new FsyncError('forbidden', 'only an owner of the vault may change who it is shared with', {
    hints: ['See who is one: fsync members'],
  });
}
