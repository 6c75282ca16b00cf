#!/usr/bin/env node
// @ts-check
/**
 * `npm run bench`: the budgets, measured for fsync and, in the same run, for cp, rsync, restic and
 * Syncthing where they are installed. Ratios of one run carry over to other machines; times do not.
 *
 *   npm run bench -- [--scale 0.05] [--reps 3] [--peers fsync,restic] [--chains small,big,text,many,cli] [--out FILE]
 *
 * FSYNC_DATABASE_URL and FSYNC_REDIS_URL, when set, are handed to the fsync server.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { projectRoot } from '../scripts/harness/processes.mjs';
import { build, installIfMissing } from '../scripts/install.mjs';
import { isolated, runIsolated } from './lib/isolate.mjs';
import { cp, rsync } from './peers/copies.mjs';
import { fsync } from './peers/fsync.mjs';
import { restic } from './peers/restic.mjs';
import { syncthing } from './peers/syncthing.mjs';
import { printReport, showRow } from './report.mjs';
import { chains, rotated } from './work.mjs';

const { values: options } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    reps: { type: 'string', default: '3' },
    peers: { type: 'string' },
    chains: { type: 'string' },
    out: { type: 'string' },
  },
});

if (!isolated) {
  installIfMissing(projectRoot);
  build(projectRoot);
}
const status = await runIsolated(fileURLToPath(import.meta.url));
if (status !== null) process.exit(status);

const scale = Number(options.scale);
/** @type {(import('./work.mjs').Row & { peer: string })[]} */
const rows = [];
const base = mkdtempSync(path.join(os.tmpdir(), 'fsync-bench-'));
try {
  const peers = await installedPeers();
  console.log(machineLine());
  // Nothing is deleted before the end: file systems create files slower where inodes were freed shortly before.
  for (let rep = 1; rep <= Number(options.reps); rep++)
    for (const chain of chains) {
      if (options.chains !== undefined && !options.chains.split(',').includes(chain.name)) continue;
      for (const peer of rotated(peers, rep)) {
        if (chain.only !== undefined && !chain.only.includes(peer.name)) continue;
        await measure(peer, chain, rep);
      }
    }
  printReport(rows, { scale });
  if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify({ machine: machineLine(), scale, rows }, null, 1)}\n`);
} finally {
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
}

/** @param {import('./work.mjs').Peer} peer @param {import('./work.mjs').Chain} chain @param {number} rep */
async function measure(peer, chain, rep) {
  const place = path.join(base, `${chain.name}-${rep}-${peer.name}`);
  const [a, b, scratch] = ['A', 'B', 'scratch'].map((name) => path.join(place, name));
  if (a === undefined || b === undefined || scratch === undefined) throw new Error('folders');
  for (const folder of [a, b, scratch]) mkdirSync(folder, { recursive: true });
  let session;
  try {
    session = await peer.open({ base: place, a, b, env: process.env });
    for (const row of await chain.run({ session, a, b, scratch, scale })) {
      rows.push({ ...row, peer: peer.name });
      console.log(`${peer.name.padEnd(10)} ${row.work.padEnd(16)} ${showRow(row)}`);
    }
  } catch (error) {
    console.log(`${peer.name.padEnd(10)} ${chain.name}: failed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await session?.close();
  }
}

async function installedPeers() {
  const wanted = options.peers?.split(',');
  const found = [];
  for (const peer of [fsync, cp, rsync, restic, syncthing]) {
    if (wanted !== undefined && !wanted.includes(peer.name)) continue;
    try {
      console.log(`${peer.name.padEnd(10)} ${await peer.version()}`);
      found.push(peer);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      console.log(`${peer.name.padEnd(10)} not installed`);
    }
  }
  return found;
}

function machineLine() {
  const [cpu] = os.cpus();
  const wire = isolated
    ? 'wire bytes on a loopback of its own, headers included'
    : 'wire bytes on the loopback of the whole machine: other programs add to them';
  return `machine    ${os.cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.type()} ${os.release()}, Node ${process.version}; ${wire}`;
}
