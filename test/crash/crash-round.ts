/**
 * One round of crashes: two users at work, each in a folder of their own, while one of the daemons
 * or the server dies; then it lives again, and both folders have to be what the users made of them.
 * The users change places from round to round, so that everybody works on what the other made.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareTrees, readFolderTree, type FolderTree } from '../../scripts/harness/folder-tree.mjs';
import { alive } from '../../scripts/harness/processes.mjs';
import { isConflictCopy } from '../scenario/conflict-names.js';
import { differences, settle, treeOf, type TwoDevices } from '../support/two-devices.js';
import { work } from './busy-user.js';
import { drawCrash, killAt, type Crash } from './crash-points.js';
import { createDice } from './dice.js';

export interface RoundReport {
  readonly crash: Crash;
  /** The named point was come across; moments always are. */
  readonly isReached: boolean;
  readonly problems: readonly string[];
  readonly log: readonly string[];
}

const STEPS = 25;

export async function playRound(world: TwoDevices, seed: string, round: number): Promise<RoundReport> {
  const dice = createDice(`${seed}:${String(round)}`);
  const crash = drawCrash(dice);
  const pid = await prepare(world, crash);
  const [left, right] = round % 2 === 0 ? ['x', 'y'] : ['y', 'x'];
  const places = [
    { name: left, root: world.a.root },
    { name: right, root: world.b.root },
  ];
  const working = Promise.all(
    places.map(({ name, root }, index) =>
      work({
        folder: path.join(root, name),
        dice: createDice(`${seed}:${String(round)}:${name}`),
        mark: `${String(round)}${name}`,
        steps: STEPS + index,
      }),
    ),
  );
  if (crash.point === null) {
    await sleep(crash.afterMs);
    await kill(world, crash, pid);
  }
  const log = (await working).flat();
  const wanted = places.map(({ name, root }) => ({ name, tree: readFolderTree(path.join(root, name)) }));
  const isReached = crash.point === null || pid === 0 || (await diesSoon(pid));
  await kill(world, crash, pid);
  await revive(world, crash);
  const problems = await check(world, wanted);
  return { crash, isReached, problems, log };
}

/** The process that is to die, armed where it dies at a point. */
async function prepare(world: TwoDevices, { victim, point }: Crash): Promise<number> {
  const env = point === null ? {} : killAt(point);
  if (victim === 'server') {
    if (point !== null) {
      await world.server.stop();
      await world.server.start(env).catch(() => world.server.start());
    }
    return world.server.pid;
  }
  const { installation } = world[victim];
  if (point !== null) {
    await installation.stopDaemon();
    // It may die while it starts: that is a crash like any other.
    await installation.fsync(['daemon', 'start'], { env });
  }
  // None when it died while it started.
  return (await installation.daemonPid()) ?? 0;
}

async function diesSoon(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 1_000 && alive(pid); waited += 50) await sleep(50);
  return !alive(pid);
}

async function kill(world: TwoDevices, { victim }: Crash, pid: number): Promise<void> {
  if (victim === 'server') {
    if (alive(pid)) await world.server.kill();
  } else if (pid !== 0 && alive(pid)) {
    process.kill(pid, 'SIGKILL');
    while (alive(pid)) await sleep(5);
  }
}

async function revive(world: TwoDevices, { victim }: Crash): Promise<void> {
  if (victim === 'server') {
    if (!alive(world.server.pid)) await world.server.start();
  } else await world[victim].installation.startDaemon();
}

async function check(world: TwoDevices, wanted: readonly { name: string; tree: FolderTree }[]): Promise<readonly string[]> {
  try {
    await settle(world);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  const copies = [...treeOf(world.a).keys()].filter(isConflictCopy).map((file) => `conflict copy that nobody asked for: ${file}`);
  const lost = wanted.flatMap(({ name, tree }) =>
    compareTrees({ name: 'the user', tree }, { name: 'A', tree: readFolderTree(path.join(world.a.root, name)) }).map(
      (line) => `${name}: ${line}`,
    ),
  );
  return [...differences(world), ...copies, ...lost];
}
