// @ts-check
/** A short day on two devices: edits both ways, a conflict and its settlement, a server that goes away. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compareTrees, readFolderTree } from '../harness/folder-tree.mjs';
import { until } from '../harness/processes.mjs';

/** @typedef {import('./live.mjs').Side} Side */

/**
 * @typedef {object} Day
 * @property {readonly Side[]} sides
 * @property {import('../harness/server-process.mjs').ServerProcess} server
 * @property {AbortSignal} signal
 * @property {(line: string) => void} say
 */

/** Throws with the first thing that is not as promised. @param {Day} day */
export async function checkBothSides(day) {
  const steps = [
    { name: 'the clone is the same folder', run: sameTrees },
    { name: 'edits travel both ways, live', run: editsTravel },
    { name: 'renames and deletes travel', run: renamesTravel },
    { name: 'two edits of one file keep both versions', run: conflict },
    { name: 'the conflict is settled for both', run: settle },
    { name: 'work goes on while the server is away', run: serverAway },
    { name: 'both folders are equal at the end', run: sameTrees },
  ];
  for (const { name, run } of steps) {
    day.signal.throwIfAborted();
    const started = Date.now();
    await run(day).catch((error) => {
      throw new Error(`${name}: ${error.message}`, { cause: error });
    });
    day.say(`ok         ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  }
}

/** @param {Day} day */
function both({ sides: [laptop, desktop] }) {
  if (laptop === undefined || desktop === undefined) throw new Error('the demo has two sides');
  return { laptop, desktop };
}

/** @param {Day} day */
async function sameTrees(day) {
  const { laptop, desktop } = both(day);
  for (const { device, folder } of [laptop, desktop, laptop]) await device.sync(folder);
  const tree = readFolderTree(laptop.folder);
  const differences = compareTrees({ name: 'laptop', tree }, { name: 'desktop', tree: readFolderTree(desktop.folder) });
  if (differences.length > 0) throw new Error(`the folders differ: ${differences.slice(0, 5).join('; ')}`);
  if (tree.size === 0) throw new Error('the folders are empty');
}

/** @param {Day} day */
async function editsTravel(day) {
  const { laptop, desktop } = both(day);
  writeFileSync(path.join(laptop.folder, 'from-laptop.txt'), 'written on the laptop\n');
  await arrives(desktop, 'from-laptop.txt', 'written on the laptop\n');
  appendFileSync(path.join(desktop.folder, 'from-laptop.txt'), 'and on the desktop\n');
  await arrives(laptop, 'from-laptop.txt', 'written on the laptop\nand on the desktop\n');
}

/** @param {Day} day */
async function renamesTravel(day) {
  const { laptop, desktop } = both(day);
  mkdirSync(path.join(laptop.folder, 'drafts', 'deep'), { recursive: true });
  writeFileSync(path.join(laptop.folder, 'drafts', 'deep', 'a.txt'), 'a\n');
  await arrives(desktop, 'drafts/deep/a.txt', 'a\n');
  renameSync(path.join(desktop.folder, 'drafts'), path.join(desktop.folder, 'letters'));
  await arrives(laptop, 'letters/deep/a.txt', 'a\n');
  rmSync(path.join(laptop.folder, 'letters'), { recursive: true });
  await until('the folder is gone on the desktop', () => !readFolderTree(desktop.folder).has('letters'));
  await sameTrees(day);
}

const CONTESTED = 'from-laptop.txt';

/** @param {Day} day */
async function conflict(day) {
  const { laptop, desktop } = both(day);
  for (const { device, folder } of [laptop, desktop]) await device.must(['pause', folder]);
  writeFileSync(path.join(laptop.folder, CONTESTED), 'the laptop says so\n');
  writeFileSync(path.join(desktop.folder, CONTESTED), 'no, the desktop does\n');
  for (const { device, folder } of [laptop, desktop]) await device.must(['resume', folder]);
  await sameTrees(day);
  const texts = [...readFolderTree(laptop.folder).values()].map((entry) => entry.text);
  for (const text of ['the laptop says so\n', 'no, the desktop does\n']) {
    if (!texts.includes(text)) throw new Error(`lost: ${JSON.stringify(text)}`);
  }
  for (const side of [laptop, desktop]) {
    const listed = await conflictsOf(side);
    if (listed.length !== 1) throw new Error(`${side.device.name} lists ${listed.length} conflicts`);
  }
}

/** @param {Day} day */
async function settle(day) {
  const { laptop, desktop } = both(day);
  await laptop.device.must(['resolve', CONTESTED, '--ours'], { cwd: laptop.folder });
  await sameTrees(day);
  for (const side of [laptop, desktop]) {
    const listed = await conflictsOf(side);
    if (listed.length !== 0) throw new Error(`${side.device.name} still lists ${listed.length} conflicts`);
  }
}

/** @param {Side} side */
async function conflictsOf({ device, folder }) {
  return (await device.json(['status', folder])).conflicts;
}

/** @param {Day} day */
async function serverAway(day) {
  const { laptop, desktop } = both(day);
  await day.server.stop();
  writeFileSync(path.join(laptop.folder, 'written-offline-1.txt'), 'laptop, offline\n');
  writeFileSync(path.join(desktop.folder, 'written-offline-2.txt'), 'desktop, offline\n');
  await day.server.start();
  await sameTrees(day);
  await arrives(desktop, 'written-offline-1.txt', 'laptop, offline\n');
  await arrives(laptop, 'written-offline-2.txt', 'desktop, offline\n');
}

/**
 * @param {Side} side
 * @param {string} file
 * @param {string} text
 */
async function arrives({ device, folder }, file, text) {
  await until(`${file} on ${device.name}`, () => readFileSync(path.join(folder, file), 'utf8') === text);
}
