/**
 * A small pool of worker threads for everything that would hold up the daemon's main thread.
 * Threads start when there is work and end when there has been none for a while. One job a thread
 * at a time; the rest waits in order. Callers bound what they send: at most a few jobs a thread.
 */
import { availableParallelism } from 'node:os';
import { FsyncError } from '../../core/base/errors.js';
import type { DaemonTasks } from './daemon-tasks.js';
import { createPoolThread, type PoolJob, type PoolThread } from './pool-thread.js';
import type { TaskInput, TaskName, TaskOutput, TaskRegistry } from './task.js';
import { daemonWorkerEntry, type WorkerEntry } from './worker-entry.js';

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Buffers that move to the worker; the caller must not use them afterwards, whatever happens. */
  readonly transfer?: readonly ArrayBuffer[];
  readonly onProgress?: (amount: number) => void;
}

export interface WorkerPool<Registry extends TaskRegistry = DaemonTasks> {
  /** Number of threads at most. */
  readonly size: number;
  /**
   * Runs a task on a thread. When it settles, the thread does nothing more for the job: after an
   * abort it waits until the task noticed, or its thread was ended.
   * Throws what the task throws; FsyncError aborted; internal when the thread crashed or the queue is full.
   */
  run<Name extends TaskName<Registry>>(
    task: Name,
    input: TaskInput<Registry, Name>,
    options: RunOptions,
  ): Promise<TaskOutput<Registry, Name>>;
  /** Gives up all jobs and ends all threads. */
  close(): Promise<void>;
}

export interface WorkerPoolOptions {
  /** Default: the number of cores, at least 2 and at most 4. */
  readonly size?: number;
  /** Jobs that may wait. More is a caller that does not bound its work. */
  readonly maxQueued?: number;
  readonly entry?: WorkerEntry;
  /** Milliseconds without work after which a thread ends. */
  readonly idleMs?: number;
  /** Milliseconds a task has to notice that it was given up, before its thread is ended. */
  readonly graceMs?: number;
}

const DEFAULT_MAX_QUEUED = 1024;
const DEFAULT_IDLE_MS = 20_000;
const DEFAULT_GRACE_MS = 5_000;

export function createWorkerPool<Registry extends TaskRegistry = DaemonTasks>(options: WorkerPoolOptions = {}): WorkerPool<Registry> {
  const size = options.size ?? Math.min(4, Math.max(2, availableParallelism()));
  const pool = new ThreadPool(size, options);
  return {
    size,
    run: (task, input, runOptions) =>
      pool.run(task, input, runOptions).then((output) => parseOutput<TaskOutput<Registry, typeof task>>(output)),
    close: () => pool.close(),
  };
}

/** The registry's type says what the task of that name returns. */
function parseOutput<Output>(output: unknown): Output {
  return output as Output;
}

class ThreadPool {
  readonly #size: number;
  readonly #maxQueued: number;
  readonly #startThread: () => PoolThread;
  readonly #queue: PoolJob[] = [];
  readonly #threads = new Set<PoolThread>();
  #closed = false;

  constructor(size: number, options: WorkerPoolOptions) {
    this.#size = size;
    this.#maxQueued = options.maxQueued ?? DEFAULT_MAX_QUEUED;
    const entry = options.entry ?? daemonWorkerEntry();
    this.#startThread = () =>
      createPoolThread({
        entry,
        idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
        graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
        onFree: () => this.#dispatch(),
        onGone: (thread) => {
          this.#threads.delete(thread);
          this.#dispatch();
        },
      });
  }

  run(task: string, input: unknown, { signal, transfer = [], onProgress }: RunOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed || signal.aborted) throw new FsyncError('aborted', `${task} was stopped before it began`);
      if (this.#queue.length >= this.#maxQueued) throw new FsyncError('internal', 'too much work waits for the worker threads');
      const leaveQueue = (): void => {
        const index = this.#queue.indexOf(job);
        if (index < 0) return;
        this.#queue.splice(index, 1);
        reject(new FsyncError('aborted', `${task} was stopped before it began`));
      };
      const job: PoolJob = {
        task,
        input,
        transfer,
        signal,
        onProgress: onProgress ?? null,
        begin: () => signal.removeEventListener('abort', leaveQueue),
        resolve,
        reject,
      };
      signal.addEventListener('abort', leaveQueue, { once: true });
      this.#queue.push(job);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.splice(0)) {
      job.begin();
      job.reject(new FsyncError('aborted', `${job.task} was stopped before it began`));
    }
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  /** Gives waiting jobs to free threads, and starts threads while there are more jobs than free ones. */
  #dispatch(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const thread = this.#freeThread();
      if (thread === null) return;
      const job = this.#queue.shift();
      if (job === undefined) return;
      job.begin();
      thread.start(job);
    }
  }

  #freeThread(): PoolThread | null {
    for (const thread of this.#threads) if (thread.free) return thread;
    if (this.#threads.size >= this.#size) return null;
    const thread = this.#startThread();
    this.#threads.add(thread);
    return thread;
  }
}
