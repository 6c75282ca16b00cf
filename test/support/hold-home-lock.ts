/** Takes the lock of FSYNC_HOME, says so, and holds it until it is killed. */
import { currentHomePaths } from '../../src/daemon/home/home.js';
import { lockHome } from '../../src/daemon/home/home-lock.js';

lockHome(currentHomePaths(process.env));
process.stdout.write('locked\n');
setInterval(() => undefined, 60_000);
