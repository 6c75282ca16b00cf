// @ts-check
/** fsync itself: two devices and one server on the embedded default, driven by the command line only. */
import path from 'node:path';
import { createInstallation } from '../../scripts/harness/installation.mjs';
import { run, projectRoot } from '../../scripts/harness/processes.mjs';
import { startServer } from '../../scripts/harness/server-process.mjs';

const SYNC_SECONDS = 900;

/** @type {import('../work.mjs').Peer} */
export const fsync = {
  name: 'fsync',
  version: async () => (await run(process.execPath, [path.join(projectRoot, 'bin', 'fsync.js'), '--version'])).stdout.trim(),
  async open({ base, a, b, env }) {
    const server = await startServer({ dataDir: path.join(base, 'server'), logFile: path.join(base, 'server.log'), env: env ?? {} });
    const [first, second] = ['A', 'B'].map((name) =>
      createInstallation({ name, home: path.join(base, `home-${name}`), password: 'bench correct horse battery' }),
    );
    if (first === undefined || second === undefined) throw new Error('two devices');
    await first.must(['register', '--server', server.url, '--user', 'bench', '--device', 'A']);
    // The work includes deleting nearly everything at once, which people are asked about.
    for (const device of [first, second]) await device.must(['config', 'set', 'guard.percent', '100']);
    await first.must(['init', a, '--name', 'bench'], { timeoutMs: SYNC_SECONDS * 1000 });
    await second.must(['login', '--server', server.url, '--user', 'bench', '--device', 'B']);
    await second.must(['clone', 'bench', b], { ok: [0, 3], timeoutMs: SYNC_SECONDS * 1000 });
    const settle = async () => {
      for (const [device, folder] of /** @type {const} */ ([
        [first, a],
        [second, b],
        [first, a],
      ]))
        await device.sync(folder, SYNC_SECONDS);
    };
    return {
      live: true,
      settle,
      bring: async () => undefined,
      nothing: async () => void (await first.sync(a, SYNC_SECONDS)),
      pids: async () => [await first.daemonPid(), await second.daemonPid()].filter((pid) => pid !== null),
      cliCommands: [
        { work: 'status', args: [first.program, 'status', a] },
        { work: 'help', args: [first.program, '--help'] },
        { work: 'prompt', args: [first.program, 'prompt'] },
      ],
      cliEnv: first.environment,
      commitSeconds: async () => commitHistogram(await (await fetch(`${server.url}/metrics`)).text()),
      async close() {
        for (const device of [first, second]) await device.dispose();
        await server.stop();
      },
    };
  },
};

/** Sum and count of the time that the server took to accept commits. @param {string} metrics */
function commitHistogram(metrics) {
  const value = (/** @type {string} */ name) =>
    Number(new RegExp(`^fsync_commit_duration_seconds_${name} (\\S+)`, 'm').exec(metrics)?.[1] ?? Number.NaN);
  return { sum: value('sum'), count: value('count') };
}
