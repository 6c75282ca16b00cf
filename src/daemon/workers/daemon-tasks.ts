/** Everything the daemon does off its main thread. Each task is a module that exports `run(input, context)`; add a line a task. */
import type { TaskRegistry } from './task.js';

export const DAEMON_TASKS = {
  scan: () => import('../folder/scan-task.js'),
  apply: () => import('../folder/apply-task.js'),
  sweep: () => import('../folder/sweep-task.js'),
} satisfies TaskRegistry;

export type DaemonTasks = typeof DAEMON_TASKS;
