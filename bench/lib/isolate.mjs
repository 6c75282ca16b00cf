// @ts-check
/**
 * Runs the benchmark again in a network namespace of its own, where loopback carries nothing but
 * the programs that are measured, so that its counters are the wire bytes. Where that is not
 * possible the counters of the whole machine are used, and the report says so.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const INSIDE = 'FSYNC_BENCH_ISOLATED';

export const isolated = process.env[INSIDE] === '1';

/** The exit status of the isolated run, or null when this process has to do it itself. @param {string} script */
export async function runIsolated(script) {
  if (isolated || !canIsolate()) return null;
  const child = spawn(
    'unshare',
    [...flags(), 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, script, ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: { ...process.env, [INSIDE]: '1' },
    },
  );
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

const flags = () => (process.getuid?.() === 0 ? ['-n'] : ['-r', '-n']);

function canIsolate() {
  return spawnSync('unshare', [...flags(), 'sh', '-c', 'ip link set lo up'], { stdio: 'ignore' }).status === 0;
}
