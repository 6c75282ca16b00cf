/** What must hold when nothing moves any more. Each returns what does not; empty when all is well. */
import { contentIdOfBytes } from '../../src/core/chunk/content-id.js';
import { isConflictCopy } from './conflict-name.js';
import type { Device } from './device.js';
import { differences, filesOf, stashedTexts, treeOf } from './folder-tree.js';
import type { Model } from './model.js';
import { readServerTree } from './server-tree.js';
import type { SimServer } from './sim-server.js';

/** C1 and S1, S2, S4: all folders equal, and equal to the server's tree; every daemon says so. */
export async function checkAtRest(devices: readonly Device[], server: SimServer): Promise<readonly string[]> {
  const [first, ...others] = devices;
  if (first === undefined) return [];
  const problems: string[] = [];
  const tree = treeOf(first.disk.root);
  for (const other of others) {
    for (const line of differences(tree, treeOf(other.disk.root))) problems.push(`C1: ${first.name} / ${other.name} ${line}`);
  }
  for (const { name, session } of devices) {
    const { state, reason } = session?.status() ?? { state: 'stopped', reason: '' };
    if (state !== 'synced' && state !== 'conflicts') problems.push(`C2: ${name} is ${state}: ${reason ?? ''}`);
  }
  const { tree: stored, problems: broken } = await readServerTree(server);
  const local = new Map([...tree].map(([path, line]) => [path, storedLine(line)]));
  const shape = new Map([...stored].map(([path, line]) => [path, withoutChunked(line, local.get(path))]));
  for (const line of differences(local, shape)) problems.push(`C1: ${first.name} / server ${line}`);
  return [...problems, ...broken];
}

const INLINE_BYTES = 2048;

/** A small file's line with its content id in place of its text; a large one's id needs keys, its kind and mode are compared. */
function storedLine(line: string): string {
  const found = /^(file (?:x )?)([^]*)$/.exec(line);
  if (found === null) return line;
  const [, head = '', text = ''] = found;
  const bytes = Buffer.from(text);
  return bytes.length > INLINE_BYTES ? `${head}large` : `${head}${contentIdOfBytes(bytes)}`;
}

function withoutChunked(line: string, local: string | undefined): string {
  return local?.endsWith('large') === true && line.startsWith('file ') ? local : line;
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
