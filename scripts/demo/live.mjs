// @ts-check
/** The open-ended demo: what to try, and the state of both sides until Ctrl-C. */
import path from 'node:path';
import { sleep } from '../harness/processes.mjs';

const EVERY_MS = 1000;

/**
 * @typedef {object} Side
 * @property {import('../harness/installation.mjs').Installation} device
 * @property {string} folder
 */

/** @param {{ sides: readonly Side[], signal: AbortSignal, say: (line: string) => void }} options */
export async function showLive({ sides, signal, say }) {
  const [laptop, desktop] = sides;
  if (laptop === undefined || desktop === undefined) throw new Error('the demo has two sides');
  say('');
  say('Both folders are the same now, and stay so. In another terminal, try:');
  say(`  echo "call Grace" >> ${path.join(laptop.folder, 'todo.md')}; cat ${path.join(desktop.folder, 'todo.md')}`);
  say(`  FSYNC_HOME=${laptop.device.home} node ${laptop.device.program} status ${laptop.folder}`);
  say(`  FSYNC_HOME=${desktop.device.home} node ${desktop.device.program} log ${desktop.folder}`);
  say(
    `  FSYNC_HOME=${laptop.device.home} node ${laptop.device.program} pause ${laptop.folder}   # edit both sides, then resume: a conflict copy`,
  );
  say('');
  say('Ctrl-C stops everything.');
  say('');
  let shown = '';
  while (!signal.aborted) {
    const lines = await Promise.all(sides.map(describe));
    const now = lines.join('\n');
    if (now !== shown) {
      if (process.stdout.isTTY && shown !== '') process.stdout.write(`\u001b[${sides.length}A\u001b[J`);
      say(now);
      shown = now;
    }
    await sleep(EVERY_MS);
  }
}

/** @param {Side} side */
async function describe({ device, folder }) {
  const result = await device.fsync(['status', folder, '--json']);
  if (result.code !== 0) return `${device.name.padEnd(8)} ${result.stderr.split('\n')[0]}`;
  const { state, head, pending, conflicts, files } = JSON.parse(result.stdout);
  const waiting = pending.upload.length + pending.download.length;
  const more = [waiting > 0 ? `${waiting} waiting` : '', conflicts.length > 0 ? `${conflicts.length} conflicts` : ''].filter(
    (text) => text !== '',
  );
  return [`${device.name.padEnd(8)} ${state}`, `commit ${head.commit}`, `${files?.count ?? '?'} entries`, ...more].join(', ');
}
