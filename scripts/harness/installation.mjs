// @ts-check
/** One "machine": an FSYNC_HOME and the command line on it. Everything goes through bin/fsync.js. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { alive, projectRoot, run, until } from './processes.mjs';

const PROGRAM = path.join(projectRoot, 'bin', 'fsync.js');

/** Exit status of a command that ended with all in place but conflicts to settle. */
export const EXIT_CONFLICTS = 3;

/**
 * @typedef {object} InstallationOptions
 * @property {string} name name of the device
 * @property {string} home folder for everything of this installation
 * @property {string} password
 * @property {number} [uid]
 * @property {number} [gid]
 * @property {NodeJS.ProcessEnv} [env]
 */

/** @param {InstallationOptions} options */
export function createInstallation({ name, home, password, uid, gid, env = {} }) {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const user = uid === undefined || gid === undefined ? {} : { uid, gid };
  const environment = { FSYNC_HOME: home, FSYNC_PASSWORD: password, NO_COLOR: '1', TERM: 'dumb', ...env };

  /**
   * Runs one command; any exit status is a result.
   * @param {readonly string[]} args
   * @param {import('./processes.mjs').RunOptions} [options]
   */
  const fsync = (args, options = {}) =>
    run(process.execPath, [PROGRAM, ...args], { cwd: home, ...user, ...options, env: { ...environment, ...options.env } });

  /**
   * Runs one command that has to end well (0, or one of `ok`); returns its output.
   * @param {readonly string[]} args
   * @param {import('./processes.mjs').RunOptions & { ok?: readonly number[] }} [options]
   */
  const must = async (args, { ok = [0], ...options } = {}) => {
    const result = await fsync(args, options);
    if (!ok.includes(result.code)) {
      throw new Error(`${name}: fsync ${args.join(' ')} ended with ${result.code}\n${result.stderr}${result.stdout}`.trim());
    }
    return result.stdout;
  };

  /**
   * Runs one command with --json and parses what it prints.
   * @param {readonly string[]} args
   * @param {import('./processes.mjs').RunOptions & { ok?: readonly number[] }} [options]
   * @returns {Promise<any>}
   */
  const json = async (args, options = {}) => JSON.parse(await must([...args, '--json'], options));

  /** Process id of the daemon, or null when none runs. */
  const daemonPid = async () => {
    const { code, stdout } = await fsync(['daemon', 'status', '--json']);
    if (code !== 0) return null;
    const pid = JSON.parse(stdout).pid;
    return typeof pid === 'number' ? pid : null;
  };

  return {
    name,
    home,
    environment,
    program: PROGRAM,
    fsync,
    must,
    json,
    daemonPid,
    /** Until the folder is in sync; conflicts count as in sync. @param {string} folder */
    sync: (folder, timeoutS = 60) =>
      json(['sync', folder, '--timeout', String(timeoutS)], { ok: [0, EXIT_CONFLICTS], timeoutMs: (timeoutS + 30) * 1000 }),
    startDaemon: () => must(['daemon', 'start']),
    stopDaemon: () => must(['daemon', 'stop']),
    /** kill -9 of the daemon; returns when the process is gone. */
    async killDaemon() {
      const pid = await daemonPid();
      if (pid === null) return;
      process.kill(pid, 'SIGKILL');
      await until('the killed daemon is gone', () => !alive(pid), { timeoutMs: 10_000 });
    },
    /** Ends the daemon at the end of a run, whatever state it is in. */
    async dispose() {
      const pid = await daemonPid();
      if (pid === null) return;
      await fsync(['daemon', 'stop']);
      await until('the daemon stops', () => !alive(pid), { timeoutMs: 10_000 }).catch(() => process.kill(pid, 'SIGKILL'));
    },
  };
}

/** @typedef {ReturnType<typeof createInstallation>} Installation */
