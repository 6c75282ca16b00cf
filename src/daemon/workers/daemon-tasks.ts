/** Everything the daemon does off its main thread. Each task is a module that exports `run(input, context)`; add a line a task. */
import type { TaskRegistry } from './task.js';

export const DAEMON_TASKS = {
  scan: () => import('../folder/scan-task.js'),
  apply: () => import('../folder/apply-task.js'),
  sweep: () => import('../folder/sweep-task.js'),
  'read-content': () => import('../transfer/read-content-task.js'),
  'cut-range': () => import('../transfer/cut-range-task.js'),
  'seal-chunks': () => import('../transfer/seal-chunks-task.js'),
  'join-chunks': () => import('../transfer/join-chunks-task.js'),
  'copy-chunks': () => import('../transfer/copy-chunks-task.js'),
  'check-part': () => import('../transfer/check-part-task.js'),
  'write-inline': () => import('../transfer/write-inline-task.js'),
  'finish-staged': () => import('../transfer/finish-staged-task.js'),
} satisfies TaskRegistry;

export type DaemonTasks = typeof DAEMON_TASKS;
