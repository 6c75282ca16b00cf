// @ts-check
/** The budgets, and the table that holds each against what was measured. Nothing here passes or fails a build. */
import { duration, median, mib, percentile } from './lib/numbers.mjs';

/** @typedef {import('./work.mjs').Row & { peer: string }} PeerRow */

const MIB = 2 ** 20;
const KIB = 1024;

/**
 * @typedef {object} Budget
 * @property {string} work
 * @property {string} title
 * @property {string} goal
 * @property {(row: Summary, peers: ReadonlyMap<string, Summary>) => boolean | null} reached null: nothing to compare with
 *
 * @typedef {{ seconds: number, wire: number | null, p50: number, p99: number, cpuPercent: number, rss: number, ratio: number, beyondMs: number }} Summary
 */

/** @type {readonly Budget[]} */
const budgets = [
  {
    work: 'latency',
    title: 'save on A to visible on B, live',
    goal: 'p50 ≤ 40 ms, p99 ≤ 150 ms',
    reached: (row) => row.p50 <= 40 && row.p99 <= 150,
  },
  {
    work: 'initial-small',
    title: '10,000 small files, 100 MiB',
    goal: '≤ 1.5 × restic',
    reached: (row, peers) => against(peers, 'restic', (restic) => row.seconds <= 1.5 * restic.seconds),
  },
  {
    work: 'initial-big',
    title: '1 GiB incompressible',
    goal: '≥ 150 MiB/s, wire ≤ 2.05 × size',
    reached: (row) => row.seconds <= 1024 / 150 && within(row.wire, 2.05 * 1024 * MIB),
  },
  {
    work: 'change-1-byte',
    title: '1 byte changed in 1 GiB',
    goal: 'wire ≤ 3 MiB, ≤ 1.2 × rsync',
    reached: (row, peers) => within(row.wire, 3 * MIB) && against(peers, 'rsync', (rsync) => row.seconds <= 1.2 * rsync.seconds),
  },
  {
    work: 'insert-1-byte',
    title: '1 byte inserted in 1 GiB',
    goal: 'wire ≤ 3 MiB, ≤ 1.2 × rsync',
    reached: (row, peers) => within(row.wire, 3 * MIB) && against(peers, 'rsync', (rsync) => row.seconds <= 1.2 * rsync.seconds),
  },
  {
    work: 'rename-folder',
    title: 'rename of a folder of 10,000 files',
    goal: '≤ 0.5 s, wire ≤ 20 KiB',
    reached: (row) => row.seconds <= 0.5 && within(row.wire, 20 * KIB),
  },
  {
    work: 'initial-text',
    title: '200 MiB of source text',
    goal: '≤ 5 s, wire ≤ 100 MiB',
    reached: (row) => row.seconds <= 5 && within(row.wire, 100 * MIB),
  },
  { work: 'delete-folder', title: 'delete of 10,000 files', goal: '≤ 2 s', reached: (row) => row.seconds <= 2 },
  { work: 'nothing-changed', title: 'nothing changed, 100,000 files', goal: '≤ 0.8 s', reached: (row) => row.seconds <= 0.8 },
  {
    work: 'idle',
    title: 'idle daemon, 100,000 files',
    goal: '≤ 0.2 % of a core, ≤ 150 MiB',
    reached: (row) => row.cpuPercent <= 0.2 && row.rss <= 150 * MIB,
  },
  { work: 'daemon-peak-rss', title: 'daemon memory at 1 GiB, at most', goal: '≤ 400 MiB', reached: (row) => row.rss <= 400 * MIB },
  {
    work: 'status',
    title: '`fsync status`, 100,000 files',
    goal: '≤ 120 ms, ≤ 1.6 × `node -e 0`',
    reached: (row) => row.seconds <= 0.12 && row.ratio <= 1.6,
  },
  { work: 'help', title: '`fsync --help`', goal: '≤ 1.6 × `node -e 0`', reached: (row) => row.ratio <= 1.6 },
  { work: 'prompt', title: '`fsync prompt`', goal: '≤ 10 ms beyond `node -e 0`', reached: (row) => row.beyondMs <= 10 },
  { work: 'commit-1000', title: 'server: commit of 1,000 new files', goal: '≤ 250 ms', reached: (row) => row.seconds <= 0.25 },
];

/** @param {number | null} wire @param {number} limit */
const within = (wire, limit) => wire !== null && wire <= limit;

/** @param {ReadonlyMap<string, Summary>} peers @param {string} name @param {(peer: Summary) => boolean} holds */
function against(peers, name, holds) {
  const peer = peers.get(name);
  return peer === undefined ? null : holds(peer);
}

/** @param {readonly PeerRow[]} rows @returns {Summary} */
function summarise(rows) {
  const all = (/** @type {(row: PeerRow) => number | null | undefined} */ pick) =>
    rows.map(pick).filter((value) => typeof value === 'number');
  const samples = rows.flatMap((row) => row.samples ?? []);
  const wires = all((row) => row.wire);
  return {
    seconds: median(all((row) => row.seconds)),
    wire: wires.length === 0 ? null : median(wires),
    p50: percentile(samples, 0.5),
    p99: percentile(samples, 0.99),
    cpuPercent: median(all((row) => row.cpuPercent)),
    rss: Math.max(...all((row) => row.rss)),
    ratio: median(all((row) => row.ratio)),
    beyondMs: median(all((row) => row.beyondMs)),
  };
}

/** One measurement, as it comes. @param {import('./work.mjs').Row} row */
export const showRow = (row) => show(summarise([{ ...row, peer: '' }]));

/** @param {Summary} row */
function show(row) {
  const parts = [];
  if (!Number.isNaN(row.p50)) parts.push(`p50 ${row.p50.toFixed(0)} ms, p99 ${row.p99.toFixed(0)} ms`);
  if (!Number.isNaN(row.seconds)) parts.push(duration(row.seconds));
  if (row.wire !== null) parts.push(`wire ${mib(row.wire)}`);
  if (!Number.isNaN(row.cpuPercent)) parts.push(`${row.cpuPercent.toFixed(2)} %`);
  if (Number.isFinite(row.rss)) parts.push(mib(row.rss));
  if (!Number.isNaN(row.ratio)) parts.push(`${row.ratio.toFixed(2)} × node, ${row.beyondMs.toFixed(0)} ms beyond it`);
  return parts.join(', ');
}

/** @param {readonly PeerRow[]} rows @param {{ scale: number }} options */
export function printReport(rows, { scale }) {
  const peers = [...new Set(rows.map((row) => row.peer))].filter((name) => name !== 'fsync');
  const header = ['work', 'goal', 'fsync', 'goal reached', ...peers.map((name) => `${name} (fsync is)`)];
  const lines = [header, header.map(() => '---')];
  for (const budget of budgets) {
    const of = (/** @type {string} */ peer) => rows.filter((row) => row.work === budget.work && row.peer === peer);
    const byPeer = new Map(peers.filter((name) => of(name).length > 0).map((name) => [name, summarise(of(name))]));
    const own = of('fsync').length === 0 ? null : summarise(of('fsync'));
    lines.push([
      budget.title,
      budget.goal,
      own === null ? 'not measured' : show(own),
      verdict(budget, own, byPeer, scale),
      ...peers.map((name) => compare(own, byPeer.get(name))),
    ]);
  }
  console.log(`\n${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`);
}

/** @param {Budget} budget @param {Summary | null} own @param {ReadonlyMap<string, Summary>} peers @param {number} scale */
function verdict(budget, own, peers, scale) {
  if (own === null) return '–';
  if (scale !== 1) return `(at scale ${scale})`;
  const reached = budget.reached(own, peers);
  return reached === null ? 'peer not installed' : reached ? 'yes' : 'not yet';
}

/** @param {Summary | null} own @param {Summary | undefined} peer */
function compare(own, peer) {
  if (peer === undefined) return '–';
  const ratio =
    own === null ? Number.NaN : Number.isNaN(own.p50) || Number.isNaN(peer.p50) ? own.seconds / peer.seconds : own.p50 / peer.p50;
  return Number.isNaN(ratio) ? show(peer) : `${show(peer)} (${ratio.toFixed(2)} ×)`;
}
