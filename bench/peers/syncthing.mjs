// @ts-check
/** Syncthing between two nodes on loopback, with the shortest delays it can be given. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { endChild, freePort, run, until } from '../../scripts/harness/processes.mjs';

const SETTLE_MS = 900_000;

/** @typedef {{ name: string, folder: string, home: string, id: string, port: number, gui: number }} Node */

/** @type {import('../work.mjs').Peer} */
export const syncthing = {
  name: 'syncthing',
  version: async () => /v([\d.]+)/.exec((await run('syncthing', ['--version'])).stdout)?.[1] ?? 'installed',
  async open({ base, a, b }) {
    const nodes = [await createNode(base, 'a', a), await createNode(base, 'b', b)];
    const delayS = await shortestDelayS();
    for (const node of nodes) writeFileSync(path.join(node.home, 'config.xml'), config(node, nodes, delayS));
    const children = nodes.map((node) =>
      spawn('syncthing', ['serve', '--home', node.home, '--no-browser', '--no-restart', '--no-upgrade'], {
        stdio: 'ignore',
        env: { ...process.env, HOME: base, STNOUPGRADE: '1', STMONITORED: 'yes' }, // no monitor: the child is what is measured
      }),
    );
    const settle = async () => {
      for (let calm = 0; calm < 2; calm++)
        for (const node of nodes) await until('syncthing is idle', () => idle(node), { timeoutMs: SETTLE_MS });
    };
    for (const node of nodes) await until('syncthing is connected', () => connected(node), { timeoutMs: 60_000 });
    await settle();
    const scan = async () => void (await call(nodes[0], 'POST', 'db/scan?folder=bench'));
    return {
      live: true,
      settle,
      bring: async () => undefined,
      nothing: scan,
      pids: async () => children.map((child) => child.pid ?? 0),
      close: async () => void (await Promise.all(children.map((child) => endChild(child)))),
    };
  },
};

/** @param {string} base @param {string} name @param {string} folder @returns {Promise<Node>} */
async function createNode(base, name, folder) {
  const home = path.join(base, `syncthing-${name}`);
  mkdirSync(home, { recursive: true });
  const env = { HOME: base };
  const made = await run('syncthing', ['generate', '--home', home, '--no-default-folder'], { env });
  if (made.code !== 0) throw new Error(`syncthing generate: ${made.stderr}`);
  const id = (await run('syncthing', ['--home', home, '--device-id'], { env })).stdout.trim();
  return { name, folder, home, id, port: await freePort(), gui: await freePort() };
}

/** Seconds that the watcher waits; up to 1.19 the configuration takes whole ones only. */
async function shortestDelayS() {
  const [major = 0, minor = 0] = (await syncthing.version()).split('.').map(Number);
  return major > 1 || minor > 19 ? 0.01 : 1;
}

/** @param {Node} node @param {readonly Node[]} all @param {number} delayS */
function config(node, all, delayS) {
  const devices = all.map(
    (one) => `<device id="${one.id}" name="${one.name}" compression="metadata"><address>tcp://127.0.0.1:${one.port}</address></device>`,
  );
  return `<configuration version="35">
<folder id="bench" label="bench" path="${node.folder}" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="true" fsWatcherDelayS="${delayS}" autoNormalize="true">
<filesystemType>basic</filesystemType>${all.map((one) => `<device id="${one.id}"></device>`).join('')}<minDiskFree unit="%">0</minDiskFree></folder>
${devices.join('\n')}
<gui enabled="true" tls="false"><address>127.0.0.1:${node.gui}</address><apikey>bench</apikey></gui>
<options><listenAddress>tcp://127.0.0.1:${node.port}</listenAddress><globalAnnounceEnabled>false</globalAnnounceEnabled><localAnnounceEnabled>false</localAnnounceEnabled>
<relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled><urAccepted>-1</urAccepted><autoUpgradeIntervalH>0</autoUpgradeIntervalH><crashReportingEnabled>false</crashReportingEnabled>
<startBrowser>false</startBrowser><reconnectionIntervalS>1</reconnectionIntervalS><announceLANAddresses>false</announceLANAddresses><stunKeepaliveStartS>0</stunKeepaliveStartS></options>
</configuration>`;
}

/** @param {Node | undefined} node @param {string} method @param {string} route @returns {Promise<any>} */
async function call(node, method, route) {
  const reply = await fetch(`http://127.0.0.1:${node?.gui}/rest/${route}`, { method, headers: { 'X-API-Key': 'bench' } });
  if (!reply.ok) throw new Error(`${route}: ${reply.status}`);
  return reply.headers.get('content-type')?.includes('json') ? reply.json() : reply.text();
}

/** @param {Node} node */
async function connected(node) {
  const { connections } = await call(node, 'GET', 'system/connections');
  return Object.values(connections).some((/** @type {any} */ connection) => connection.connected);
}

/** @param {Node} node */
async function idle(node) {
  const { state, needTotalItems } = await call(node, 'GET', 'db/status?folder=bench');
  return state === 'idle' && needTotalItems === 0;
}
