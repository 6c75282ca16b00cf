/** Sorts what can go wrong with a whole cycle into what status shows and when to try again. */
import type { VaultStateName } from '../../core/protocol/ipc.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { USUAL_HINTS } from '../../core/base/usual-hints.js';

export interface Trouble {
  readonly error: FsyncError;
  readonly state: VaultStateName;
  readonly reason: string;
  /** What a person can do about it; null when waiting is enough. */
  readonly hint: string | null;
  /** How many times in a row. */
  readonly attempts: number;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;

export function troubleOf(thrown: unknown, attempts: number): Trouble {
  const error = isFsyncError(thrown)
    ? thrown
    : new FsyncError('internal', thrown instanceof Error ? thrown.message : 'unknown failure', { cause: thrown });
  return { error, state: stateFor(error), reason: error.message, hint: hintFor(error), attempts };
}

function stateFor({ code, kind }: FsyncError): VaultStateName {
  if (code === 'guarded' || code === 'rollback' || code === 'history_changed' || code === 'cursor_expired') return 'guarded';
  return kind.category === 'network' ? 'offline' : 'error';
}

function hintFor({ code, kind, hints }: FsyncError): string | null {
  if (kind.category === 'network' && kind.retryable) return null;
  return hints[0] ?? (code === 'internal' ? null : USUAL_HINTS[code]);
}

/** Exponential, with full jitter in its upper half. `random` is in [0, 1). */
export function retryWaitMs({ attempts }: Trouble, random: number): number {
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempts, 10));
  return most / 2 + (most / 2) * random;
}
