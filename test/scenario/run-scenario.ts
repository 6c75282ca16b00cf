/** Plays one scenario on a world and compares what came out with what was expected. */
import { utimesSync, readdirSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkExpectations, withoutUnsyncable, type Outcome } from './expectations.js';
import { makeEntries, runOperation } from './file-operations.js';
import { compareTrees, readFolderTree, type FolderTree } from '../../scripts/harness/folder-tree.mjs';
import type { Operation, Scenario, Step } from './scenario-file.js';
import type { DeviceReport, ScenarioDevice, ScenarioWorld } from './scenario-world.js';

export interface ScenarioReport {
  /** Empty when the scenario holds. */
  readonly problems: readonly string[];
  /** Recommended outcomes that did not come: for the reader, never a failure. */
  readonly notes: readonly string[];
  /** What was done, in order. */
  readonly trace: readonly string[];
  readonly trees: ReadonlyMap<string, FolderTree>;
}

/** How often all listed clients are asked again until nothing moves any more. */
const MAX_ROUNDS = 25;

interface Play {
  readonly scenario: Scenario;
  readonly world: ScenarioWorld;
  readonly trace: string[];
  readonly problems: string[];
  readonly reports: Map<string, DeviceReport>;
  readonly linked: Set<string>;
}

/** Trouble of the system under test is a problem in the report; only a broken scenario throws. */
export async function runScenario(scenario: Scenario, world: ScenarioWorld): Promise<ScenarioReport> {
  const play: Play = { scenario, world, trace: [], problems: [], reports: new Map(), linked: new Set() };
  makeOutside(play);
  const outsideBefore = outsideTrees(play);
  try {
    await makeInitial(play);
    for (const [index, step] of scenario.steps.entries()) {
      play.trace.push(JSON.stringify(step));
      await runStep(play, step, index);
    }
  } catch (error) {
    play.problems.push(error instanceof Error ? error.message : String(error));
  }
  const trees = new Map([...play.linked].map((name) => [name, readFolderTree(device(play, name).root)]));
  const outcome: Outcome = {
    trees,
    unsyncable: new Map([...play.reports].map(([name, report]) => [name, report.unsyncable])),
    outsideBefore,
    outsideAfter: outsideTrees(play),
  };
  const checked = play.problems.length > 0 ? { problems: [], notes: [] } : checkExpectations(scenario, outcome);
  return { problems: [...play.problems, ...checked.problems], notes: checked.notes, trace: play.trace, trees };
}

/** `initial` on the first client; the others link to it, with what they hold already. */
async function makeInitial(play: Play): Promise<void> {
  const { scenario, world } = play;
  const later = new Set(scenario.steps.flatMap((step) => ('addClient' in step ? [step.addClient] : [])));
  const [first, ...others] = scenario.clients.filter((name) => !later.has(name));
  if (first === undefined) throw new Error(`${scenario.id} has no clients`);
  for (const [index, name] of scenario.clients.entries()) {
    const { root } = device(play, name);
    makeEntries(root, scenario.preexisting?.[name] ?? {}, world.owner);
    age(root, 20 * (scenario.clients.length - index));
  }
  makeEntries(device(play, first).root, scenario.initial, world.owner);
  await device(play, first).init();
  play.linked.add(first);
  for (const name of others) {
    await device(play, name).link();
    play.linked.add(name);
  }
  const together = [first, ...others];
  if (scenario.preexisting === undefined && !sameFolders(play, together)) await syncAll(play, together, null);
}

function sameFolders(play: Play, names: readonly string[]): boolean {
  const unsyncable = names.flatMap((name) => play.reports.get(name)?.unsyncable ?? []);
  const [first, ...others] = names.map((name) => ({
    name,
    tree: withoutUnsyncable(readFolderTree(device(play, name).root), unsyncable),
  }));
  return first === undefined || others.every((other) => compareTrees(first, other).length === 0);
}

async function runStep(play: Play, step: Step, index: number): Promise<void> {
  if ('op' in step) runUserOperation(play, step);
  else if ('offline' in step) for (const name of step.offline) await device(play, name).goOffline();
  else if ('sync' in step) await runSync(play, step.sync, index);
  else if ('wait' in step) await sleep(step.wait);
  else await runHook(play, step);
}

function runUserOperation(play: Play, operation: Operation): void {
  runOperation(device(play, operation.client).root, operation, play.world.owner);
}

/**
 * Brings these online in this order, then waits until a round found every one of them in sync at
 * the head that the one before ended with. Where permissions are in the way on purpose, only the last sync has to work.
 */
async function runSync(play: Play, names: readonly string[], index: number): Promise<void> {
  const last = !play.scenario.steps.slice(index + 1).some((step) => 'sync' in step);
  try {
    let head: string | null = null;
    for (const name of names) {
      await device(play, name).goOnline();
      const report = await device(play, name).sync();
      play.reports.set(name, report);
      head = String(report.head);
    }
    await syncAll(play, names, head);
  } catch (error) {
    if (last || !play.scenario.requires.includes('non-root')) throw error;
    play.trace.push(`  not in sync yet: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
  }
}

/** Rounds until one finds all of them in sync at the head that the round before ended with; before the first: `head`, null for any. */
async function syncAll(play: Play, names: readonly string[], head: string | null): Promise<void> {
  let before = head;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const reports = await Promise.all(names.map(async (name) => [name, await device(play, name).sync()] as const));
    for (const [name, report] of reports) play.reports.set(name, report);
    const heads = [...new Set(reports.map(([, report]) => report.head))];
    const now = heads.join(' ');
    const together = heads.length === 1 && (!play.world.isLive || sameFolders(play, names));
    if (together && (before === null || now === before)) return;
    before = now;
  }
  throw new Error(`${names.join(', ')} did not come to rest in ${MAX_ROUNDS} rounds; heads at the end: ${before ?? 'none'}`);
}

type Hook = Exclude<Step, Operation | { offline: string[] } | { sync: string[] } | { wait: number }>;

async function runHook(play: Play, step: Hook): Promise<void> {
  if ('kill' in step) await device(play, step.kill).kill();
  else if ('restart' in step) await device(play, step.restart).restart();
  else if ('loseState' in step) await device(play, step.loseState).loseState();
  else if ('saveState' in step) await device(play, step.saveState).saveState(step.withFolder === true);
  else if ('restoreState' in step) await device(play, step.restoreState).restoreState(step.withFolder === true);
  else if ('saveServer' in step) await play.world.saveServer();
  else if ('restoreServer' in step) await play.world.restoreServer();
  else if ('unlink' in step) await device(play, step.unlink).unlink();
  else if ('link' in step) await device(play, step.link).link();
  else await runRarerHook(play, step);
}

type RarerHook = Extract<
  Hook,
  | { addClient: string }
  | { replaceRoot: string }
  | { expectGuard: string }
  | { confirmDeletes: string }
  | { dropResponses: string }
  | { restoreResponses: string }
>;

async function runRarerHook(play: Play, step: RarerHook): Promise<void> {
  if ('addClient' in step) {
    await device(play, step.addClient).link();
    play.linked.add(step.addClient);
  } else if ('replaceRoot' in step) await device(play, step.replaceRoot).replaceRoot();
  else if ('expectGuard' in step) {
    if (!(await device(play, step.expectGuard).isGuarded())) play.problems.push(`${step.expectGuard} is not guarded`);
  } else if ('confirmDeletes' in step) await device(play, step.confirmDeletes).confirmDeletes();
  else if ('dropResponses' in step) await device(play, step.dropResponses).dropResponses();
  else await device(play, step.restoreResponses).restoreResponses();
}

function device(play: Play, name: string): ScenarioDevice {
  const found = play.world.devices.get(name);
  if (found === undefined) throw new Error(`${play.scenario.id} names an unknown client ${name}`);
  return found;
}

const outsideFolder = (root: string): string => path.join(root, '..', 'outside');

function makeOutside({ scenario, world }: Play): void {
  if (scenario.outside === undefined) return;
  for (const { root } of world.devices.values()) makeEntries(outsideFolder(root), scenario.outside, world.owner);
}

function outsideTrees({ scenario, world }: Play): ReadonlyMap<string, FolderTree> {
  if (scenario.outside === undefined) return new Map();
  return new Map([...world.devices].map(([name, { root }]) => [name, readFolderTree(outsideFolder(root))]));
}

/** Gives what is there already a past, so that equal files of two clients differ in time. */
function age(root: string, seconds: number): void {
  const time = Date.now() / 1000 - seconds;
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(root, name);
    if (lstatSync(file).isFile()) utimesSync(file, time, time);
  }
}
