/** Takes the lock of FSYNC_HOME, says so, and holds it until it is killed. */
import { currentHomePaths } from '../../src/daemon/home/home.js';
import { lockHome } from '../../src/daemon/home/home-lock.js';

const lock = lockHome(currentHomePaths(process.env));
process.stdout.write('locked\n');
// Refers to the lock: a database that is garbage collected lets go of it.
setInterval((_held: unknown) => undefined, 60_000, lock);
