/** A worker with tasks that behave well, badly and worse: for the tests of the pool. */
import { parentPort, threadId } from 'node:worker_threads';
import { FsyncError } from '../../src/core/base/errors.js';
import { serveTasks } from '../../src/daemon/workers/serve-tasks.js';
import type { TaskContext, TaskModule, TaskRegistry } from '../../src/daemon/workers/task.js';

function task<Input, Output>(run: (input: Input, context: TaskContext) => Output | Promise<Output>) {
  return (): Promise<TaskModule & { run: typeof run }> => Promise.resolve({ run });
}

/** Ends with `true` when the caller gave up. */
function spinUntilAborted(_input: null, context: TaskContext): never {
  for (;;) context.throwIfAborted();
}

export const TEST_TASKS = {
  double: task((input: { value: number }) => input.value * 2),
  thread: task((_input: null) => threadId),
  fill: task((input: { buffer: ArrayBuffer; byte: number }, context) => {
    new Uint8Array(input.buffer).fill(input.byte);
    context.transfer(input.buffer);
    return input.buffer;
  }),
  count: task((input: { to: number }, context) => {
    for (let step = 1; step <= input.to; step += 1) context.progress(step);
    return null;
  }),
  refuse: task((_input: null): never => {
    throw new FsyncError('quota_exceeded', 'no room', { hints: ['Buy a disk.'], details: { bytes: 7 } });
  }),
  break: task((input: { errno: string }): never => {
    throw Object.assign(new Error(`${input.errno}: write`), { errno: -1, code: input.errno });
  }),
  spin: task(spinUntilAborted),
  hang: task((_input: null): never => {
    for (;;);
  }),
  crash: task(async (_input: null) => {
    setTimeout(() => {
      throw new Error('boom');
    }, 0);
    return new Promise<never>(() => undefined);
  }),
  exit: task((_input: null) => process.exit(3)),
} satisfies TaskRegistry;

if (parentPort !== null) serveTasks(parentPort, TEST_TASKS);
