/** The entry of a worker thread of the daemon's pool. */
import { parentPort } from 'node:worker_threads';
import { DAEMON_TASKS } from './daemon-tasks.js';
import { serveTasks } from './serve-tasks.js';

if (parentPort !== null) serveTasks(parentPort, DAEMON_TASKS);
