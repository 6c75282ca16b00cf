/**
 * One power cut: two users at work, each in a folder of their own, when the machine of one of them or
 * that of the server loses power. Its disk comes back with what was written to it; then everything
 * lives again, and nothing that had been synced before the cut may be missing or undone.
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFolderTree, compareTrees, type FolderTree } from '../../scripts/harness/folder-tree.mjs';
import { alive } from '../../scripts/harness/processes.mjs';
import { isConflictCopy } from '../scenario/conflict-names.js';
import type { PowerDisk } from '../support/power-disk.js';
import { differences, settle, treeOf, type TwoDevices } from '../support/two-devices.js';
import { work } from './busy-user.js';
import { drawPowerCut, stopAt, type PowerCut } from './crash-points.js';
import { createDice } from './dice.js';

export interface PoweredWorld {
  readonly devices: TwoDevices;
  readonly disks: Readonly<Record<PowerCut['victim'], PowerDisk>>;
}

export interface PowerReport {
  readonly cut: PowerCut;
  /** The named point was come across; moments always are. */
  readonly isReached: boolean;
  /** Files of the user that the cut took or changed: without any, nothing was at stake. */
  readonly taken: number;
  readonly problems: readonly string[];
  readonly log: readonly string[];
}

/** A user's folder as it was seen at four times. */
export interface Sightings {
  /** On both devices, before the users began. */
  readonly before: FolderTree;
  /** On the user's own device, at the cut. */
  readonly live: FolderTree;
  /** On the other device, at the cut. */
  readonly received: FolderTree;
  /** On the user's own device, when the power is back and nothing runs yet. */
  readonly recovered: FolderTree;
}

const STEPS = 40;
const LONGEST_WAIT_MS = 4_000;
const STOP_DEADLINE_MS = 20_000;

export async function playPowerCut(world: PoweredWorld, seed: string, round: number): Promise<PowerReport> {
  const { devices, disks } = world;
  const dice = createDice(`${seed}:${String(round)}`);
  const cut = drawPowerCut(dice);
  const disk = disks[cut.victim];
  const armed = path.join(devices.base, 'armed');
  const pid = await prepare(devices, cut, armed);
  const [ofA, ofB] = round % 2 === 0 ? ['x', 'y'] : ['y', 'x'];
  const inA = (name: string): string => path.join(devices.a.root, name);
  const inB = (name: string): string => path.join(devices.b.root, name);
  const before = treeIfAny(inA(ofA));

  writeFileSync(armed, '');
  const power = new AbortController();
  const users = Promise.all([
    work({ folder: inA(ofA), ...user(seed, round, ofA), ...(cut.victim === 'a' ? { signal: power.signal } : {}) }),
    work({ folder: inB(ofB), ...user(seed, round, ofB) }),
  ]);
  const isReached = await moment(cut, pid);
  // From here to the death of the process nothing else runs in this one: no user, no clean-up.
  suspend(pid);
  const live = treeIfAny(inA(ofA));
  const received = treeIfAny(inB(ofA));
  disk.cut();
  process.kill(pid, 'SIGKILL');
  power.abort();

  const log = (await users).flat();
  const wanted = { ofA: treeIfAny(inA(ofA)), ofB: treeIfAny(inB(ofB)) };
  while (alive(pid)) await sleep(5);
  await disk.restore();
  const recovered = treeIfAny(inA(ofA));
  rmSync(armed);
  await revive(devices, cut);

  const problems = await comeToRest(devices);
  if (problems.length === 0) {
    const final = treeIfAny(inA(ofA));
    problems.push(
      ...(cut.victim === 'a'
        ? undone({ before, live, received, recovered }, final)
        : compareTrees({ name: 'the user of A', tree: wanted.ofA }, { name: 'A', tree: final })),
      ...compareTrees({ name: 'the user of B', tree: wanted.ofB }, { name: 'A', tree: treeIfAny(inA(ofB)) }),
    );
  }
  return { cut, isReached, taken: cut.victim === 'a' ? unlike(live, recovered) : 0, problems, log };
}

/**
 * What a power cut must not do to a user's folder: take back what the other device had received, or
 * leave what nobody has made. What had not been synced may be lost with the disk's memory.
 */
export function undone({ before, live, received, recovered }: Sightings, final: FolderTree): readonly string[] {
  const problems: string[] = [];
  const digests = (tree: FolderTree): ReadonlySet<string | null> => new Set([...tree.values()].map(({ digest }) => digest));
  const finalDigests = digests(final);
  const liveDigests = digests(live);
  for (const [file, { kind, digest }] of live)
    // It may have been moved there and back by moves that were not synced; its content is somewhere then.
    if (kind === 'file' && received.get(file)?.digest === digest && !finalDigests.has(digest))
      problems.push(`synced before the cut, lost after it: ${file}`);
  for (const [file, { kind, digest }] of before)
    if (kind === 'file' && !live.has(file) && !received.has(file) && !liveDigests.has(digest) && final.get(file)?.digest === digest)
      problems.push(`deleted and synced before the cut, back after it: ${file}`);
  const seen = [before, live, received, recovered];
  for (const [file, { kind, digest }] of final)
    if (kind === 'file' && !seen.some((tree) => tree.get(file)?.digest === digest))
      problems.push(`neither made by the user nor left by the cut: ${file}`);
  return problems;
}

function user(seed: string, round: number, name: string): { dice: ReturnType<typeof createDice>; mark: string; steps: number } {
  return { dice: createDice(`${seed}:${String(round)}:${name}`), mark: `${String(round)}${name}`, steps: STEPS };
}

/** The process that is to lose its power; where that happens at a call, it stops there by itself. */
async function prepare(devices: TwoDevices, { victim, point }: PowerCut, armed: string): Promise<number> {
  const env = point === null ? {} : stopAt(point, armed);
  if (victim === 'server') {
    await devices.server.stop();
    await devices.server.start(env);
    return devices.server.pid;
  }
  const { installation } = devices.a;
  await installation.stopDaemon();
  await installation.must(['daemon', 'start'], { env });
  const pid = await installation.daemonPid();
  if (pid === null) throw new Error('the daemon does not run');
  return pid;
}

/** Until the process has stopped at its point or the moment has come. @returns whether the point was reached */
async function moment({ point, afterMs }: PowerCut, pid: number): Promise<boolean> {
  const deadline = Date.now() + (point === null ? afterMs : LONGEST_WAIT_MS);
  while (Date.now() < deadline) {
    if (point !== null && isStopped(pid)) return true;
    await sleep(20);
  }
  return point === null;
}

/** Blocks until every thread has come to a stop; one that is in a call to the disk ends that first. */
function suspend(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  const deadline = Date.now() + STOP_DEADLINE_MS;
  const still = new Int32Array(new SharedArrayBuffer(4));
  while (!isStopped(pid)) {
    if (Date.now() > deadline) throw new Error(`process ${String(pid)} does not stop`);
    Atomics.wait(still, 0, 0, 1);
  }
}

/** Source of the state letter: proc_pid_stat(5). */
function isStopped(pid: number): boolean {
  return readdirSync(`/proc/${String(pid)}/task`).every((thread) =>
    /\) T /.test(readFileSync(`/proc/${String(pid)}/task/${thread}/stat`, 'utf8')),
  );
}

async function revive({ a, server }: TwoDevices, { victim }: PowerCut): Promise<void> {
  if (victim === 'server') await server.start();
  else await a.installation.startDaemon();
}

async function comeToRest(devices: TwoDevices): Promise<string[]> {
  try {
    await settle(devices);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  const copies = [...treeOf(devices.a).keys()].filter(isConflictCopy);
  return [...differences(devices), ...copies.map((file) => `conflict copy that nobody asked for: ${file}`)];
}

function treeIfAny(folder: string): FolderTree {
  try {
    return readFolderTree(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
}

function unlike(live: FolderTree, recovered: FolderTree): number {
  return [...new Set([...live.keys(), ...recovered.keys()])].filter((file) => live.get(file)?.digest !== recovered.get(file)?.digest)
    .length;
}
