/** One thread of the pool: carries out one job at a time, notices crashes, ends when idle or when a job does not stop. */
import { Worker } from 'node:worker_threads';
import { FsyncError } from '../../core/base/errors.js';
import { fromErrorMessage, type JobMessage, type ReplyMessage } from './task-messages.js';
import type { WorkerEntry } from './worker-entry.js';

export interface PoolJob {
  readonly task: string;
  readonly input: unknown;
  readonly transfer: readonly ArrayBuffer[];
  readonly signal: AbortSignal;
  readonly onProgress: ((amount: number) => void) | null;
  /** Called once, when the job leaves the queue. */
  readonly begin: () => void;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface PoolThread {
  readonly free: boolean;
  start(job: PoolJob): void;
  end(): Promise<void>;
}

export interface PoolThreadOptions {
  readonly entry: WorkerEntry;
  readonly idleMs: number;
  readonly graceMs: number;
  readonly onFree: () => void;
  /** The thread has ended, of itself or by a crash; it takes no more jobs. */
  readonly onGone: (thread: PoolThread) => void;
}

/** A task that outgrows this is a bug: file contents are kept outside of the heap. */
const HEAP_LIMIT_MB = 512;

export function createPoolThread(options: PoolThreadOptions): PoolThread {
  return new Thread(options);
}

class Thread implements PoolThread {
  readonly #options: PoolThreadOptions;
  readonly #worker: Worker;
  readonly #stop = new SharedArrayBuffer(4);
  #number = 0;
  #job: PoolJob | null = null;
  /** Takes no more jobs. */
  #gone = false;
  /** Ended on purpose: a job that is cut off by it was given up, not broken. */
  #ended = false;
  #crash: unknown = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: PoolThreadOptions) {
    this.#options = options;
    const { entry } = options;
    this.#worker = new Worker(entry.kind === 'file' ? entry.url : entry.text, {
      eval: entry.kind === 'script',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
    });
    this.#worker.on('message', (reply: ReplyMessage) => this.#onReply(reply));
    this.#worker.on('messageerror', (error) => this.#onCrash(error));
    this.#worker.on('error', (error) => this.#onCrash(error));
    this.#worker.on('exit', () => this.#onExit());
    this.#worker.unref();
  }

  get free(): boolean {
    return !this.#gone && this.#job === null;
  }

  start(job: PoolJob): void {
    this.#clearTimer();
    this.#job = job;
    this.#number += 1;
    job.signal.addEventListener('abort', this.#giveUp, { once: true });
    const message: JobMessage = { job: this.#number, task: job.task, input: job.input, stop: this.#stop };
    this.#worker.ref();
    try {
      this.#worker.postMessage(message, [...job.transfer]);
    } catch (cause) {
      this.#settle(() => job.reject(new FsyncError('internal', `the input of ${job.task} cannot be sent to a worker`, { cause })));
      return;
    }
    if (job.signal.aborted) this.#giveUp();
  }

  async end(): Promise<void> {
    this.#gone = true;
    this.#ended = true;
    await this.#worker.terminate();
  }

  /** Tells the task to stop; one that does not listen loses its thread. */
  readonly #giveUp = (): void => {
    Atomics.store(new Int32Array(this.#stop), 0, this.#number);
    this.#setTimer(this.#options.graceMs);
  };

  #onReply(reply: ReplyMessage): void {
    const job = this.#job;
    if (job === null || reply.job !== this.#number) return;
    switch (reply.kind) {
      case 'progress':
        if (!job.signal.aborted) job.onProgress?.(reply.amount);
        return;
      case 'done':
        this.#settle(() => job.resolve(reply.output));
        return;
      case 'failed':
        this.#settle(() => job.reject(fromErrorMessage(reply.error)));
        return;
    }
  }

  #settle(answer: () => void): void {
    this.#release();
    if (!this.#gone) {
      this.#worker.unref();
      this.#setTimer(this.#options.idleMs);
    }
    answer();
    this.#options.onFree();
  }

  #onCrash(error: unknown): void {
    this.#crash = error;
    this.#gone = true;
    void this.#worker.terminate();
  }

  #onExit(): void {
    this.#gone = true;
    const job = this.#job;
    this.#release();
    job?.reject(
      this.#ended
        ? new FsyncError('aborted', `${job.task} was stopped`)
        : new FsyncError('internal', `a worker thread crashed in ${job.task}`, this.#crash === null ? {} : { cause: this.#crash }),
    );
    this.#options.onGone(this);
  }

  #release(): void {
    this.#clearTimer();
    this.#job?.signal.removeEventListener('abort', this.#giveUp);
    this.#job = null;
  }

  /** The thread ends when the time is over. */
  #setTimer(ms: number): void {
    this.#clearTimer();
    this.#timer = setTimeout(() => void this.end(), ms);
    this.#timer.unref();
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
