// @ts-check
/** Starting, waiting for and ending programs: what the demo, the benchmark and the process tests share. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @typedef {object} RunOptions
 * @property {NodeJS.ProcessEnv} [env] added to the present environment
 * @property {string} [cwd]
 * @property {string} [input] for stdin; without it stdin is empty
 * @property {number} [timeoutMs] after it the program is killed and the call throws
 * @property {number} [uid]
 * @property {number} [gid]
 */

/** @typedef {{ code: number, stdout: string, stderr: string }} RunResult */

/**
 * Runs a program to its end. A failing exit status is a result, not an error.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export async function run(program, args, options = {}) {
  const { env, cwd = projectRoot, input, timeoutMs = 120_000, ...user } = options;
  const child = spawn(program, [...args], { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'], ...user });
  /** @type {{ stdout: Buffer[], stderr: Buffer[] }} */
  const output = { stdout: [], stderr: [] };
  child.stdout.on('data', (data) => output.stdout.push(data));
  child.stderr.on('data', (data) => output.stderr.push(data));
  child.stdin.on('error', () => undefined); // a program that does not read its input closes it
  child.stdin.end(input ?? '');
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const [code, signal] = await once(child, 'close').finally(() => clearTimeout(timer));
  const stdout = Buffer.concat(output.stdout).toString();
  const stderr = Buffer.concat(output.stderr).toString();
  if (late)
    throw new Error(
      `${path.basename(program)} ${args.join(' ')} took more than ${timeoutMs} ms\n${stdout.slice(-2000)}${stderr.slice(-2000)}`,
    );
  return { code: code ?? signalStatus(signal), stdout, stderr };
}

/** @param {string | null} signal */
const signalStatus = (signal) => (signal === 'SIGKILL' ? 137 : 128);

/** Thrown by what `until` waits for when waiting is of no use. */
export class Hopeless extends Error {}

/**
 * Asks again and again until the answer is neither false nor an error; returns it.
 * @template T
 * @param {string} what
 * @param {() => Promise<T | false> | T | false} attempt
 * @param {{ timeoutMs?: number, everyMs?: number }} [options]
 * @returns {Promise<T>}
 */
export async function until(what, attempt, { timeoutMs = 30_000, everyMs = 50 } = {}) {
  const deadline = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const answer = await attempt();
      if (answer !== false) return answer;
      last = undefined;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not in ${timeoutMs} ms: ${what}`, { cause: last });
    await sleep(everyMs);
  }
}

/**
 * Ends a child that this process started; after the grace time it is killed.
 * @param {import('node:child_process').ChildProcess} child
 * @param {{ signal?: NodeJS.Signals, graceMs?: number }} [options]
 */
export async function endChild(child, { signal = 'SIGTERM', graceMs = 10_000 } = {}) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const hard = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(hard);
}

/** True while a process of that id exists. @param {number} pid */
export function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** A TCP port on loopback that was free a moment ago. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}
