/** What must hold when nothing moves any more. Each returns what does not; empty when all is well. */
import { isConflictCopy } from './conflict-name.js';
import { openChunk } from '../../src/core/chunk/chunk.js';
import { decodePosition } from '../../src/core/log/position.js';
import type { NodeState } from '../../src/core/tree/node.js';
import type { BaseNode } from '../../src/daemon/ports.js';
import { readChunkFrames } from '../../src/daemon/remote/chunk-frames.js';
import { simAccount } from './account.js';
import { contentIdOfText } from './content-of-text.js';
import type { Device } from './device.js';
import { differences, filesOf, stashedTexts, treeOf } from './folder-tree.js';
import { sightOf } from './in-sight.js';
import type { Model } from './model.js';
import { readServerTree } from './server-tree.js';
import { callerOf, type SimServer } from './sim-server.js';

/** C1 and S1, S2, S4: all folders equal, and equal to the server's tree, but for what the ignore rules hide; every daemon says so. */
export async function checkAtRest(devices: readonly Device[], server: SimServer): Promise<readonly string[]> {
  const [first, ...others] = devices;
  if (first === undefined) return [];
  const problems: string[] = [];
  const sight = sightOf(devices);
  const tree = sight.of(treeOf(first.disk.root));
  for (const other of others) {
    for (const line of differences(tree, sight.of(treeOf(other.disk.root)))) problems.push(`C1: ${first.name} / ${other.name} ${line}`);
  }
  for (const { name, session } of devices) {
    const { state, reason } = session?.status() ?? { state: 'stopped', reason: '' };
    if (state !== 'synced' && state !== 'conflicts') problems.push(`C2: ${name} is ${state}: ${reason ?? ''}`);
  }
  const { tree: stored, problems: broken, live, paths } = await readServerTree(server);
  const local = new Map([...tree].map(([path, line]) => [path, storedLine(line)]));
  for (const line of differences(local, sight.of(stored))) problems.push(`C1: ${first.name} / server ${line}`);
  const compared = live.filter(({ node, kind }) => sight.has(paths.get(node) ?? '', kind === 'directory'));
  for (const { name, baseRows } of devices) problems.push(...baseProblems(name, baseRows, { live, compared, isWhole: sight.isWhole }));
  return [...problems, ...broken];
}

/** C5: everybody can see that every device has everything. */
export async function checkPositions(devices: readonly Device[], server: SimServer): Promise<readonly string[]> {
  const { vault, credentials } = simAccount();
  const signed = await server.positions.list(callerOf('A'), vault);
  const told = new Map(signed.map((bytes) => decodePosition(bytes).position).map(({ device, seq }) => [device, seq]));
  return devices.flatMap(({ name, session }) => {
    const [head, position] = [session?.context.log.head.seq, told.get(credentials.get(name)?.id ?? ('' as never))];
    return position === head ? [] : [`C5: the position of ${name} is ${String(position)}, its head ${String(head)}`];
  });
}

/** A file's line with its content id in place of its text. */
function storedLine(line: string): string {
  const found = /^(file (?:x )?)([^]*)$/.exec(line);
  if (found === null) return line;
  const [, head = '', text = ''] = found;
  return `${head}${contentIdOfText(text)}`;
}

interface Stored {
  readonly live: readonly NodeState[];
  /** Those that all have to agree on. */
  readonly compared: readonly NodeState[];
  /** All of them: otherwise a row may stay for what is deleted on the server and hidden here. */
  readonly isWhole: boolean;
}

/** D5 at rest: BASE is what the server has, row for row. */
function baseProblems(name: string, rows: readonly BaseNode[], { live, compared, isWhole }: Stored): readonly string[] {
  const revisions = new Map(rows.map(({ state }) => [state.node, state.rev]));
  const wrong = compared.filter(({ node, rev }) => revisions.get(node) !== rev).map((state) => state.name);
  const isMore = rows.length > live.length && isWhole;
  if (wrong.length > 0 || isMore) return [`D5: BASE of ${name} is not what the server has: ${wrong.join(', ')}`];
  return [];
}

/** C4: whatever a live node refers to is there and opens. */
export async function checkBlobs(server: SimServer): Promise<readonly string[]> {
  const { vault, keyring } = simAccount();
  const { live } = await readServerTree(server);
  const refs = new Map(live.flatMap(({ content }) => content?.chunks ?? []).map((ref) => [ref.id, ref]));
  const { readable } = await server.downloads.open(callerOf('A'), vault, [...refs.keys()]);
  const opened = new Set<string>();
  for await (const { id, bytes } of readChunkFrames(readable, new Set(refs.keys()))) {
    const ref = refs.get(id);
    if (ref !== undefined) openChunk(keyring, ref, bytes);
    opened.add(id);
  }
  return [...refs.keys()].filter((id) => !opened.has(id)).map((id) => `C4: the server lacks chunk ${id}`);
}

/** D1, D2, D7. */
export function checkKept(devices: readonly Device[], model: Model): readonly string[] {
  const problems: string[] = [];
  const live = devices.flatMap(({ name, disk }) => filesOf(disk.root).map((file) => ({ ...file, name })));
  const texts = new Set([...live.map(({ text }) => text), ...devices.flatMap(({ disk }) => stashedTexts(disk.root))]);
  for (const text of model.mustBeKept()) if (!texts.has(text)) problems.push(`D1: lost ${shown(text)}`);
  const gone = new Set(model.mustBeGone());
  for (const { path, text, name } of live) {
    if (gone.has(text) && !isConflictCopy(path)) problems.push(`D2: ${shown(text)} is back as ${path} on ${name}`);
    if (!model.isKnown(text)) problems.push(`D7: ${path} on ${name} holds bytes nobody wrote: ${shown(text)}`);
  }
  return problems;
}

function shown(text: string): string {
  return JSON.stringify(text.replace(/\.+$/, '').slice(0, 120));
}
