// @ts-check
/**
 * The work that every peer is given. A chain starts with two empty folders A and B that are kept
 * the same; each step changes A and stops the clock when B looks the same. Every byte is compared
 * after the clock has stopped.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { run, sleep } from '../scripts/harness/processes.mjs';
import { createStream, digest, makeBigFile, makeSmallFiles, makeText, outline } from './lib/data.mjs';
import { cpuSeconds, peakRssBytes, rssBytes, wireBytes } from './lib/measure.mjs';
import { median, now } from './lib/numbers.mjs';

/**
 * @typedef {{ path: string, renamed?: readonly [string, string], removed?: string }} Change
 *
 * @typedef {object} Session
 * @property {boolean} live it notices changes by itself
 * @property {() => Promise<void>} settle all background work is over
 * @property {(change: Change) => Promise<void>} bring makes B what A is; live peers do it by themselves
 * @property {() => Promise<void>} nothing the cheapest "is anything changed?"
 * @property {() => Promise<readonly number[]>} [pids]
 * @property {readonly CliCommand[]} [cliCommands] what people type while the daemon runs
 * @property {NodeJS.ProcessEnv} [cliEnv]
 * @property {() => Promise<{ sum: number, count: number }>} [commitSeconds]
 * @property {() => Promise<void>} close
 *
 * @typedef {{ work: string, args: readonly string[] }} CliCommand
 *
 * @typedef {object} Peer
 * @property {string} name
 * @property {() => Promise<string>} version throws when it is not installed
 * @property {(place: { base: string, a: string, b: string, env?: NodeJS.ProcessEnv }) => Promise<Session>} open
 *
 * @typedef {{ work: string, seconds?: number, wire?: number | null, samples?: number[], cpuPercent?: number, rss?: number | null, ratio?: number, beyondMs?: number }} Row
 * @typedef {{ session: Session, a: string, b: string, scratch: string, scale: number }} Bench
 * @typedef {{ name: string, only?: readonly string[], run: (bench: Bench) => Promise<Row[]> }} Chain
 */

const MIB = 2 ** 20;
const LIMIT_S = 900;
const CLI_RUNS = 40;

/** @type {readonly Chain[]} */
export const chains = [
  { name: 'small', run: smallFiles },
  { name: 'big', run: bigFile },
  { name: 'text', run: text },
  { name: 'many', only: ['fsync', 'rsync', 'cp', 'restic'], run: manyFiles },
  { name: 'cli', only: ['fsync'], run: commandLine },
];

/** @param {Bench} bench @returns {Promise<Row[]>} */
async function smallFiles(bench) {
  const count = Math.round(10_000 * bench.scale);
  makeSmallFiles(path.join(bench.scratch, 'data'), { count, total: 100 * MIB * bench.scale });
  const rows = [];
  const before = await bench.session.commitSeconds?.();
  rows.push(
    await timed(bench, 'initial-small', { path: 'data' }, () => renameSync(path.join(bench.scratch, 'data'), path.join(bench.a, 'data'))),
  );
  const after = await bench.session.commitSeconds?.();
  // A row of 1,000 files is what the budget is about: the commits of this step carry `count` files and their folders.
  if (before !== undefined && after !== undefined && after.count > before.count)
    rows.push({ work: 'commit-1000', seconds: ((after.sum - before.sum) * 1000) / (count * 1.05) });
  if (bench.session.live) rows.push(await latency(bench));
  rows.push(
    await timed(bench, 'rename-folder', { path: 'renamed', renamed: ['data', 'renamed'] }, () =>
      renameSync(path.join(bench.a, 'data'), path.join(bench.a, 'renamed')),
    ),
  );
  rows.push(
    await timed(bench, 'delete-folder', { path: 'renamed', removed: 'renamed' }, () =>
      rmSync(path.join(bench.a, 'renamed'), { recursive: true }),
    ),
  );
  return rows;
}

/** @param {Bench} bench @returns {Promise<Row[]>} */
async function bigFile(bench) {
  const size = Math.round(1024 * MIB * bench.scale);
  const [staged, target] = [path.join(bench.scratch, 'big.bin'), path.join(bench.a, 'big.bin')];
  makeBigFile(staged, size);
  const change = { path: 'big.bin' };
  const rows = [await timed(bench, 'initial-big', change, () => renameSync(staged, target))];
  for (const pid of (await bench.session.pids?.()) ?? []) rows.push({ work: 'daemon-peak-rss', rss: peakRssBytes(pid) });
  rows.push(await timed(bench, 'change-1-byte', change, () => flipByte(target)));
  insertByte(target, staged);
  rows.push(await timed(bench, 'insert-1-byte', change, () => renameSync(staged, target)));
  return rows;
}

/** @param {Bench} bench @returns {Promise<Row[]>} */
async function text(bench) {
  makeText(path.join(bench.scratch, 'text'), 200 * MIB * bench.scale);
  return [
    await timed(bench, 'initial-text', { path: 'text' }, () => renameSync(path.join(bench.scratch, 'text'), path.join(bench.a, 'text'))),
  ];
}

/** @param {Bench} bench @returns {Promise<Row[]>} */
async function manyFiles(bench) {
  await bringMany(bench);
  const runs = [];
  for (let i = 0; i < 3; i++) {
    const start = now();
    await bench.session.nothing();
    runs.push(now() - start);
  }
  /** @type {Row[]} */
  const rows = [{ work: 'nothing-changed', seconds: median(runs) }];
  if (bench.session.pids !== undefined) rows.push(...(await idle(await bench.session.pids())));
  return rows;
}

/** What people wait for at every command, in a vault of many files. @param {Bench} bench @returns {Promise<Row[]>} */
async function commandLine(bench) {
  await bringMany(bench);
  await bench.session.settle();
  return besideNode(bench.session.cliCommands ?? [], { env: bench.session.cliEnv ?? {}, cwd: bench.a });
}

/** @param {Bench} bench */
async function bringMany(bench) {
  makeSmallFiles(path.join(bench.scratch, 'many'), { count: Math.round(100_000 * bench.scale), total: 100 * MIB * bench.scale });
  await timed(bench, 'initial-many', { path: 'many' }, () => renameSync(path.join(bench.scratch, 'many'), path.join(bench.a, 'many')));
}

/** @param {Bench} bench @param {string} work @param {Change} change @param {() => void} act @returns {Promise<Row>} */
async function timed(bench, work, change, act) {
  const { session, a, b } = bench;
  const before = statSync(path.join(b, change.path), { throwIfNoEntry: false });
  const wireBefore = wireBytes();
  const start = now();
  act();
  await session.bring(change);
  if (session.live) await looksDone(bench, change, before);
  const seconds = now() - start;
  await session.settle();
  const wire = wireBytes();
  if (digest(a) !== digest(b)) throw new Error(`${work}: B is not what A is`);
  return { work, seconds, wire: wire === null || wireBefore === null ? null : wire - wireBefore };
}

/** @param {Bench} bench @param {Change} change @param {import('node:fs').Stats | undefined} before */
async function looksDone({ a, b }, change, before) {
  const wanted = outline(a);
  for (const end = now() + LIMIT_S; now() < end;) {
    const looked = now();
    const found = statSync(path.join(b, change.path), { throwIfNoEntry: false });
    const replaced = found?.isFile() !== true || before === undefined || found.ino !== before.ino || found.ctimeMs !== before.ctimeMs;
    if (replaced && outlineNow(b) === wanted) return;
    await sleep(Math.min(1000, Math.max(5, 20_000 * (now() - looked)))); // looking costs at most 5 % of one core
  }
  throw new Error(`B did not become A within ${LIMIT_S} s`);
}

/** The outline of a folder that may change under the walk; null when it did. @param {string} folder */
function outlineNow(folder) {
  try {
    return outline(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** From a write on A until B shows the same bytes. @param {Bench} bench @returns {Promise<Row>} */
async function latency({ a, b, scale }) {
  const stream = createStream('latency');
  const samples = [];
  const folder = path.join(a, 'live');
  mkdirSync(folder, { recursive: true });
  for (let i = -1; i < Math.max(10, Math.round(50 * Math.min(1, scale))); i++) {
    const [file, body] = [path.join('live', `${i}.bin`), stream.bytes(1024)];
    await sleep(100 + 500 * stream.unit());
    const start = now();
    writeFileSync(path.join(a, file), body);
    while (!sameBytes(path.join(b, file), body)) {
      if (now() - start > 60) throw new Error(`write ${i} did not arrive`);
      await sleep(1);
    }
    if (i >= 0) samples.push((now() - start) * 1000); // the first is a warm-up
  }
  return { work: 'latency', samples };
}

/** @param {string} file @param {Buffer} body */
function sameBytes(file, body) {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.size === body.length && readFileSync(file).equals(body);
}

/** @param {readonly number[]} pids @returns {Promise<Row[]>} */
async function idle(pids) {
  await sleep(8000);
  const [start, cpu] = [now(), cpuSeconds(pids)];
  await sleep(15_000);
  const cpuPercent = (100 * (cpuSeconds(pids) - cpu)) / (now() - start) / Math.max(1, pids.length);
  return [{ work: 'idle', cpuPercent, rss: Math.max(...pids.map((pid) => rssBytes(pid) ?? 0)) }];
}

/**
 * Each command, in turn with starting node for nothing: what the machine does meanwhile concerns all of them.
 * @param {readonly CliCommand[]} commands
 * @param {{ env: NodeJS.ProcessEnv, cwd: string }} options
 * @returns {Promise<Row[]>}
 */
async function besideNode(commands, options) {
  const all = [{ work: 'node', args: ['-e', '0'] }, ...commands];
  /** @type {Map<string, number[]>} */
  const times = new Map(all.map(({ work }) => [work, []]));
  for (let i = -1; i < CLI_RUNS; i++)
    for (const { work, args } of rotated(all, i + 1)) {
      const start = now();
      const { code, stderr } = await run(process.execPath, args, options);
      if (code !== 0) throw new Error(`${work} ended with ${code}: ${stderr}`);
      if (i >= 0) times.get(work)?.push(now() - start); // the first is a warm-up
    }
  const nothing = median(times.get('node') ?? []);
  return all.map(({ work }) => {
    const seconds = median(times.get(work) ?? []);
    return { work, seconds, ...(work === 'node' ? {} : { ratio: seconds / nothing, beyondMs: (seconds - nothing) * 1000 }) };
  });
}

/** @template T @param {readonly T[]} list @param {number} by @returns {T[]} */
export function rotated(list, by) {
  const at = by % Math.max(1, list.length);
  return [...list.slice(at), ...list.slice(0, at)];
}

/** @param {string} file */
function flipByte(file) {
  const descriptor = openSync(file, 'r+');
  const at = Math.floor(fstatSync(descriptor).size / 2);
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0xff;
  writeSync(descriptor, byte, 0, 1, at);
  closeSync(descriptor);
}

/** The same content with one byte more near the start, as a new file. @param {string} from @param {string} to */
function insertByte(from, to) {
  const [source, target] = [openSync(from, 'r'), openSync(to, 'w')];
  const buffer = Buffer.alloc(4 * MIB);
  writeSync(target, buffer, 0, readSync(source, buffer, 0, 4096, null));
  writeSync(target, 'x');
  for (let read; (read = readSync(source, buffer, 0, buffer.length, null)) > 0;) writeSync(target, buffer, 0, read);
  closeSync(source);
  closeSync(target);
}
