/** Plays a scenario of the black-box suite on the planner's world: the same steps, without processes and disks. */
import { createHash } from 'node:crypto';
import { conflictCopiesOf } from '../scenario/conflict-names.js';
import type { Outcome } from '../scenario/expectations.js';
import { contentBytes } from '../scenario/generated-content.js';
import type { Content, Entries, Operation, Scenario, Step } from '../scenario/scenario-file.js';
import type { FolderTree } from '../../scripts/harness/folder-tree.mjs';
import type { PlannerClient } from './planner-client.js';
import { PlannerWorld } from './planner-world.js';

interface Play {
  readonly scenario: Scenario;
  readonly world: PlannerWorld;
  /** Digests of generated contents, by the short text that stands for them. */
  readonly digests: Map<string, string>;
}

/** Steps that need processes, a network or a server's own state. */
const BEYOND = ['kill', 'dropResponses', 'saveState', 'saveServer', 'replaceRoot', 'expectGuard', 'wait-real'] as const;

export function canPlay(scenario: Scenario): boolean {
  return !scenario.steps.some((step) => BEYOND.some((key) => key in step));
}

export function playScenario(scenario: Scenario): Outcome {
  const play: Play = { scenario, world: new PlannerWorld(scenario.clients), digests: new Map() };
  const { world } = play;
  const later = new Set(scenario.steps.flatMap((step) => ('addClient' in step ? [step.addClient] : [])));
  const linked = world.clients.filter(({ name }) => !later.has(name));
  for (const client of linked) makeEntries(play, client, scenario.preexisting?.[client.name] ?? {});
  const [first] = linked;
  if (first !== undefined) makeEntries(play, first, scenario.initial);
  for (const client of linked) client.cycle();
  if (scenario.preexisting === undefined) world.sync(linked);
  for (const step of scenario.steps) runStep(play, step);
  world.converged();
  const trees = new Map(world.clients.map((client) => [client.name, folderTree(play, client)]));
  return { trees, unsyncable: new Map(), outsideBefore: new Map(), outsideAfter: new Map() };
}

function runStep(play: Play, step: Step): void {
  const { world } = play;
  if ('op' in step) runOperation(play, step);
  else if ('offline' in step) for (const name of step.offline) world.client(name).online = false;
  if ('wait' in step) world.wait(step.wait);
  if ('sync' in step) world.sync(step.sync.map((name) => world.client(name)));
  if ('loseState' in step) world.client(step.loseState).loseState();
  if ('unlink' in step) world.client(step.unlink).loseState();
  if ('link' in step || 'addClient' in step || 'restart' in step) return;
}

function runOperation(play: Play, operation: Operation): void {
  const client = play.world.client(operation.client);
  const { folder } = client;
  const path = resolveName(client, operation.path);
  client.stale = true;
  switch (operation.op) {
    case 'write':
      folder.write(path, textOf(play, operation.content), operation.mtime === undefined ? undefined : operation.mtime * 1000);
      break;
    case 'append':
      folder.append(path, textOf(play, operation.content));
      break;
    case 'rmdir':
      folder.rmdir(path, operation.recursive === true);
      break;
    case 'mv':
    case 'rename-case':
      folder.mv(path, resolveName(client, operation.to));
      break;
    case 'symlink':
      folder.symlink(path, operation.target);
      break;
    case 'chmod':
      folder.chmod(path, Number.parseInt(operation.mode, 8));
      break;
    case 'touch':
      folder.touch(path, operation.mtime === undefined ? undefined : operation.mtime * 1000);
      break;
    case 'mkdir':
      folder.mkdir(path);
      break;
    case 'rm':
      folder.rm(path);
  }
}

function makeEntries(play: Play, { folder }: PlannerClient, entries: Entries): void {
  for (const [path, entry] of Object.entries(entries)) {
    if (entry === null) folder.mkdir(path);
    else if (typeof entry === 'object' && 'symlink' in entry) folder.symlink(path, entry.symlink);
    else folder.write(path, textOf(play, entry));
  }
}

function textOf(play: Play, content: Content): string {
  if (typeof content === 'string') return content;
  const short = JSON.stringify(content);
  if (!play.digests.has(short)) play.digests.set(short, createHash('sha256').update(contentBytes(content)).digest('hex'));
  return short;
}

function folderTree({ digests }: Play, { folder }: PlannerClient): FolderTree {
  const sha = (text: string): string => digests.get(text) ?? createHash('sha256').update(text).digest('hex');
  return new Map(
    folder.entries().map(({ path, kind, text, mode }) => [
      path.normalize('NFC'),
      {
        kind,
        digest: kind === 'file' ? sha(text) : null,
        text: kind === 'file' ? text : null,
        target: kind === 'symlink' ? text : null,
        executable: kind === 'file' && (mode & 0o100) !== 0,
        mode,
      },
    ]),
  );
}

function resolveName({ folder }: PlannerClient, name: string): string {
  return name.replace(/\$\{conflict:([^}]+)\}/g, (_, original: string) => {
    const copy = conflictCopiesOf(
      original,
      folder.entries().map(({ path }) => path),
    )[0];
    if (copy === undefined) throw new Error(`no conflict copy of ${original}`);
    return copy;
  });
}
