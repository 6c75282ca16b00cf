/** A process that takes the lock of a folder and keeps it until it is killed. Prints 'held' or 'refused'. */
import { tryLockFile } from '../../src/daemon/folder/folder-lock.js';
import { NO_SYSTEM_CALLS, systemCalls } from '../../src/daemon/folder/system-calls.js';

const [path = '', kind = ''] = process.argv.slice(2);
const attempt = tryLockFile(path, kind === 'plain' ? NO_SYSTEM_CALLS : systemCalls());
process.stdout.write(attempt.held ? 'held\n' : 'refused\n');
setInterval(() => undefined, 1_000);
