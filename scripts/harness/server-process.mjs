// @ts-check
/** A real fsync server as a child process, on the embedded default unless the environment says otherwise. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { endChild, freePort, Hopeless, projectRoot, until } from './processes.mjs';

/**
 * @typedef {object} ServerOptions
 * @property {string} dataDir
 * @property {string} logFile the server's own output goes there
 * @property {number} [port]
 * @property {NodeJS.ProcessEnv} [env] for example FSYNC_DATABASE_URL and FSYNC_REDIS_URL
 */

/**
 * Starts it and returns when it answers.
 * @param {ServerOptions} options
 */
export async function startServer({ dataDir, logFile, port, env = {} }) {
  const fixedPort = port ?? (await freePort());
  const url = `http://127.0.0.1:${fixedPort}`;
  mkdirSync(dataDir, { recursive: true });
  let child = await launch();

  /** @param {NodeJS.ProcessEnv} [more] */
  async function launch(more = {}) {
    const log = openSync(logFile, 'a');
    const args = [path.join(projectRoot, 'bin', 'fsync.js'), 'server', 'start', '--port', String(fixedPort), '--data-dir', dataDir];
    const started = spawn(process.execPath, args, {
      cwd: dataDir,
      env: { ...process.env, FSYNC_HOME: path.join(dataDir, '..', 'server-home'), ...env, ...more },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await until('the server answers', async () => {
      if (started.exitCode !== null)
        throw new Hopeless(`the server ended with ${started.exitCode}: ${readFileSync(logFile, 'utf8').slice(-2000)}`);
      return (await fetch(`${url}/health/ready`)).ok;
    });
    return started;
  }

  return {
    url,
    port: fixedPort,
    dataDir,
    logFile,
    get pid() {
      return child.pid ?? 0;
    },
    stop: () => endChild(child),
    /** kill -9 */
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    /** After stop or kill: the same data on the same port. @param {NodeJS.ProcessEnv} [more] for this life only */
    async start(more) {
      child = await launch(more);
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof startServer>>} ServerProcess */
