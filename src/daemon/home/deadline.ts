/** Waits that end: by a deadline or by a signal. */
import { FsyncError } from '../../core/base/errors.js';

/** Resolves as `work` does, or rejects with `late()` after `ms`. The work itself is not stopped. */
export function deadline<T>(work: Promise<T>, ms: number, late: () => FsyncError): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(late());
    }, ms);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}

/** Resolves after `ms`; rejects with `aborted` as soon as the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(abortedError(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** As `work`, but rejects as soon as the signal is aborted. The work itself is not stopped. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      reject(abortedError(signal));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}

/** The reason of the signal when that is an FsyncError, else `aborted`. */
export function abortedError(signal: AbortSignal): FsyncError {
  const reason: unknown = signal.reason;
  return reason instanceof FsyncError ? reason : new FsyncError('aborted', 'interrupted', { cause: reason });
}
