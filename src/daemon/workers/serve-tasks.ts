/** The worker's side of the pool: waits for jobs, imports the task, runs it, answers. */
import type { MessagePort } from 'node:worker_threads';
import { FsyncError } from '../../core/base/errors.js';
import { releaseMemory } from './release-memory.js';
import { toErrorMessage, type JobMessage, type ReplyMessage } from './task-messages.js';
import type { TaskContext, TaskModule, TaskRegistry } from './task.js';

/** Answers each job of `port` with one 'done' or 'failed'. The pool sends the next job only then. */
export function serveTasks(port: MessagePort, registry: TaskRegistry): void {
  const loaded = new Map<string, Promise<TaskModule>>();
  const load = (task: string): Promise<TaskModule> => {
    const known = loaded.get(task);
    if (known !== undefined) return known;
    const importTask = registry[task];
    if (importTask === undefined) throw new FsyncError('internal', `no worker task is called ${task}`);
    const module = importTask();
    loaded.set(task, module);
    return module;
  };
  port.on('message', (message: JobMessage) => {
    void runJob(port, message, load);
  });
}

async function runJob(port: MessagePort, message: JobMessage, load: (task: string) => Promise<TaskModule>): Promise<void> {
  const { job, task, input, stop } = message;
  const transfers: ArrayBuffer[] = [];
  const reply = (answer: ReplyMessage, moved: ArrayBuffer[] = []): void => port.postMessage(answer, moved);
  const stopped = new Int32Array(stop);
  const aborted = (): boolean => Atomics.load(stopped, 0) >= job;
  const context: TaskContext = {
    aborted,
    throwIfAborted: () => {
      if (aborted()) throw new FsyncError('aborted', `${task} was stopped`);
    },
    progress: (amount) => reply({ kind: 'progress', job, amount }),
    transfer: (buffer) => transfers.push(buffer),
  };
  try {
    const { run } = await load(task);
    context.throwIfAborted();
    const output: unknown = await run(parseInput(input), context);
    reply({ kind: 'done', job, output }, transfers);
  } catch (error) {
    reply({ kind: 'failed', job, error: toErrorMessage(error) });
  }
  releaseMemory();
}

/** The pool's types made sure that the input fits the task; within one process nothing else can send it. */
function parseInput(input: unknown): never {
  return input as never;
}
