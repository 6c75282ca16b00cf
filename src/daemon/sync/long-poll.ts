/** Where no WebSocket gets through: a request that the server answers when there is news. Only ever a hint to pull. */
import type { SessionDeps } from './session-ports.js';
import { sleep } from './sleep.js';
import type { VaultLog } from './vault-log.js';

export interface LongPollDeps {
  readonly deps: Pick<SessionDeps, 'socket' | 'remote' | 'logger'>;
  readonly log: VaultLog;
  readonly isWanted: () => boolean;
  readonly onNews: () => void;
  readonly signal: AbortSignal;
}

const WAIT_MS = 25_000;
const PAUSE_MS = 5_000;

/** Runs until `signal` is aborted. */
export async function longPoll({ deps, log, isWanted, onNews, signal }: LongPollDeps): Promise<void> {
  for (;;) {
    await sleep(PAUSE_MS, signal);
    if (isAborted(signal)) return;
    if (deps.socket.connected || !isWanted()) continue;
    try {
      const page = await deps.remote.changes(log.head.seq, { historyId: log.historyId, waitMs: WAIT_MS, signal });
      if (page.head.seq > log.head.seq) onNews();
    } catch (error) {
      // The next cycle meets the same error and deals with it.
      if (isAborted(signal)) return;
      deps.logger.debug('long poll failed', { error });
      onNews();
    }
  }
}

/** A call, because the flag changes while others are awaited. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
