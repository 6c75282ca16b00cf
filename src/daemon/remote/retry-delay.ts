/** When and whether a failed request or connection is tried again. Full jitter, so that many devices do not come back together. */
import { isFsyncError } from '../../core/base/errors.js';

const MAX_ATTEMPTS = 3;
const BASE_MS = 200;
/** A server that asks for more patience is left to the caller's own schedule. */
const LONGEST_RETRY_AFTER_MS = 5_000;

/** Milliseconds until the next attempt of a repeatable request, or null to give up. `attempt` counts from 1. */
export function retryDelayMs(error: unknown, attempt: number, random: () => number): number | null {
  if (attempt >= MAX_ATTEMPTS || !isFsyncError(error, 'server_unreachable', 'unavailable', 'rate_limited')) return null;
  if (error.details['absent'] === true) return null;
  const asked = error.details['retryAfterMs'];
  if (typeof asked === 'number') return asked <= LONGEST_RETRY_AFTER_MS ? asked + random() * BASE_MS : null;
  return error.code === 'rate_limited' ? null : fullJitterMs(attempt - 1, { baseMs: BASE_MS, capMs: 2_000 }, random);
}

/** Uniform between 0 and min(cap, base × 2^failures). Source: "full jitter" of the AWS architecture blog, 2015. */
export function fullJitterMs(failures: number, limits: { readonly baseMs: number; readonly capMs: number }, random: () => number): number {
  return random() * Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(failures, 30));
}
