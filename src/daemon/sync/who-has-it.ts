/** Which devices have the newest version of a path, for `fsync why`: it is answered without the server too. */
import { isFsyncError } from '../../core/base/errors.js';
import type { DeviceHolding } from '../../core/protocol/device-holding.js';
import type { WhyDocument } from '../../core/protocol/vault-documents.js';
import { deviceHoldings } from './device-positions.js';
import type { Session } from './session.js';

const ANSWER_MS = 3_000;

/** Null when the server does not say in time, and for what the history does not know. */
export async function whoHasIt(
  { context, lastSynced }: Pick<Session, 'context' | 'lastSynced'>,
  { vault, versions }: Pick<WhyDocument, 'vault' | 'versions'>,
  signal: AbortSignal,
): Promise<readonly DeviceHolding[] | null> {
  const [newest] = versions.newest;
  if (newest === undefined || vault.state === 'offline') return null;
  try {
    const asked = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    return await deviceHoldings(context, { wanted: newest.commit, own: lastSynced.held }, asked);
  } catch (error) {
    if (!isFsyncError(error) || signal.aborted) throw error;
    context.deps.logger.debug('which devices have it is not known', { error });
    return null;
  }
}
