/** Turns the counts of running work into what status shows: rate and time left over the last seconds. */
import type { Clock } from '../../core/base/effects.js';
import type { WorkProgress } from '../../core/protocol/ipc.js';
import type { TransferProgress } from '../ports.js';

const WINDOW_MS = 3000;

export class WorkRate {
  readonly #clock: Clock;
  #samples: { readonly at: number; readonly bytes: number }[] = [];
  #latest: TransferProgress | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(progress: TransferProgress): void {
    const at = this.#clock.now();
    this.#latest = progress;
    this.#samples = [...this.#samples.filter((sample) => sample.at > at - WINDOW_MS), { at, bytes: progress.bytesDone }];
  }

  clear(): void {
    this.#latest = null;
    this.#samples = [];
  }

  /** null before the first counts and after `clear`. */
  status(): WorkProgress | null {
    if (this.#latest === null) return null;
    const { bytesDone, bytesTotal, filesDone, filesTotal } = this.#latest;
    const first = this.#samples[0];
    const elapsedMs = first === undefined ? 0 : this.#clock.now() - first.at;
    const bytesPerSecond =
      first === undefined || elapsedMs <= 0 ? 0 : Math.max(0, Math.round(((bytesDone - first.bytes) * 1000) / elapsedMs));
    const etaMs = bytesPerSecond === 0 ? null : Math.round(((bytesTotal - bytesDone) * 1000) / bytesPerSecond);
    return { filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond, etaMs };
  }
}
