/** How many bytes a second may go one way, for everything that goes that way together. */
import { Readable } from 'node:stream';
import { pause } from '../home/deadline.js';

/** What was not used for this long is not made up for. */
const BURST_MS = 250;
/** Bytes that go at once: small, so that transfers side by side take turns. */
const SLICE = 16 * 1024;

export class RateLimit {
  readonly #bytesPerSecond: () => number;
  readonly #monotonicMs: () => number;
  #freeAtMs = 0;

  /**
   * `bytesPerSecond` is asked each time, so that a new setting holds at once; 0 is no limit.
   * `monotonicMs` never goes back: a clock that is set back must not stop all transfers.
   */
  constructor(bytesPerSecond: () => number, monotonicMs: () => number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#monotonicMs = monotonicMs;
  }

  get isOff(): boolean {
    return this.#bytesPerSecond() === 0;
  }

  /** Waits for the turn of these bytes. Who asks first goes first. @throws FsyncError aborted */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const rate = this.#bytesPerSecond();
    if (rate === 0) return;
    const nowMs = this.#monotonicMs();
    const turnMs = this.#freeAtMs - nowMs;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs - BURST_MS) + (bytes / rate) * 1_000;
    if (turnMs > 0) await pause(turnMs, signal);
  }
}

/** Both ways of one daemon, whatever servers it speaks with. */
export interface TransferLimits {
  readonly upload: RateLimit;
  readonly download: RateLimit;
}

/** A request body of these bytes that is sent as fast as the limit lets it. */
export function pacedBody(bytes: Uint8Array, limit: RateLimit, signal: AbortSignal): Readable {
  return Readable.from(slices(bytes, limit, signal), { objectMode: false, highWaterMark: SLICE });
}

async function* slices(bytes: Uint8Array, limit: RateLimit, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += SLICE) {
    const slice = bytes.subarray(at, at + SLICE);
    await limit.take(slice.length, signal);
    yield slice;
  }
}

/** The same pieces; reading them slowly slows the sender down. */
export async function* paced(pieces: AsyncIterable<Uint8Array>, limit: RateLimit, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    await limit.take(piece.length, signal);
    yield piece;
  }
}
