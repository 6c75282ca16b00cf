/** Tries a request again that failed for reasons that pass: the network, a server that restarts. */
import type { RandomBytes } from '../../core/base/effects.js';
import { isFsyncError } from '../../core/base/errors.js';
import { readUint32 } from '../../core/base/bytes.js';
import { pause } from '../home/deadline.js';
import { fullJitterMs } from '../remote/retry-delay.js';

export interface RetryOptions {
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
}

export const TRANSFER_RETRIES: RetryOptions = { attempts: 4, baseMs: 500, capMs: 8_000 };

/** Throws the last failure; at once for one that trying again does not cure, and when there is no server at all. */
export async function retryTransient<Result>(
  work: () => Promise<Result>,
  { signal, random, retries = TRANSFER_RETRIES }: { signal: AbortSignal; random: RandomBytes; retries?: RetryOptions },
): Promise<Result> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (failures + 1 >= retries.attempts || !isTransient(error)) throw error;
      await pause(
        fullJitterMs(failures, retries, () => readUint32(random(4), 0) / 2 ** 32),
        signal,
      );
    }
  }
}

/** `absent`: the connection was refused; asking again within seconds would only delay saying so. */
function isTransient(error: unknown): boolean {
  return isFsyncError(error, 'server_unreachable', 'unavailable', 'timed_out') && error.details['absent'] !== true;
}
