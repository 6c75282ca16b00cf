/** What must hold for a client at every step. */
import type { NodeId } from '../../src/core/base/ids.js';
import { ROOT_NODE } from '../../src/core/base/ids.js';
import type { Plan } from '../../src/core/plan/operation.js';
import type { LocalNode, LocalTree } from '../../src/core/tree/local-tree.js';
import type { PlannerClient } from './planner-client.js';

/** What the scanner was told must be what is there: every entry once, under its path, with its content. */
export function checkLocalTree(client: PlannerClient): void {
  checkCounts(client.trees.local);
  if (client.stale || client.folder.isHindered) return;
  const known = localPaths(client);
  const entries = client.folder.entries();
  for (const { path, kind } of entries) {
    const entry = known.get(path);
    if (entry === undefined) throw new Error(`${client.name}: LOCAL has nothing at ${path}, the folder has a ${kind}`);
    if (entry.kind !== kind) throw new Error(`${client.name}: ${path} is a ${kind}, LOCAL says ${entry.kind}`);
  }
  const extra = [...known.keys()].filter((path) => !client.folder.has(path));
  if (extra.length > 0) throw new Error(`${client.name}: LOCAL has what is not there: ${extra.join(', ')}`);
  if (known.size !== entries.length || client.trees.local.size !== entries.length)
    throw new Error(`${client.name}: LOCAL holds ${client.trees.local.size} nodes, the folder ${entries.length} entries`);
}

function checkCounts(local: LocalTree): void {
  const files = [...local.values()].filter(({ kind }) => kind === 'file');
  const bytes = files.reduce((sum, { fingerprint }) => sum + fingerprint.size, 0);
  const { files: counted } = local;
  if (counted.count !== files.length || counted.bytes !== bytes)
    throw new Error(`LOCAL counts ${counted.count} files of ${counted.bytes} bytes, and holds ${files.length} of ${bytes}`);
}

/** The folder as LOCAL has it: path by path. */
function localPaths({ trees }: PlannerClient): ReadonlyMap<string, LocalNode> {
  const found = new Map<string, LocalNode>();
  for (const entry of trees.local.values()) {
    const path = trees.local.pathOf(entry.node);
    found.set(path ?? `(lost) ${entry.parent === ROOT_NODE ? '' : entry.parent}/${entry.diskName}`, entry);
  }
  return found;
}

/**
 * Nothing is done to a node that cannot be read or is hidden, nor to a directory that holds one. But the server is told where
 * a thing went that cannot be read, where the directories that it is in can be.
 */
export function checkFrozen(name: string, trees: PlannerClient['trees'], { commit, apply }: Plan): void {
  const { local } = trees;
  const held = new Set<NodeId>();
  for (const entry of local.values())
    if (entry.status !== 'present')
      for (let at: LocalNode | undefined = entry; at !== undefined; at = local.get(at.parent)) held.add(at.node);
  for (const op of [...commit, ...apply]) {
    const removes = 'op' in op ? op.op === 'remove' : op.facets.deleted;
    if ((isFrozen(local, op.node) && !isMoveOfUnread(trees, op)) || (removes && held.has(op.node)))
      throw new Error(`${name}: an operation on what cannot be read: ${JSON.stringify(op)}`);
  }
}

function isMoveOfUnread(trees: PlannerClient['trees'], op: Plan['commit'][number] | Plan['apply'][number]): boolean {
  const [entry, remote] = [trees.local.get(op.node), trees.remoteState(op.node)];
  if ('op' in op || entry?.status !== 'unknown' || isFrozen(trees.local, entry.parent) || remote?.deleted !== false) return false;
  return !op.facets.deleted && op.facets.content?.id === remote.content?.id && op.facets.mode === remote.mode;
}

function isFrozen(local: LocalTree, node: NodeId): boolean {
  for (let at = local.get(node); at !== undefined; at = local.get(at.parent)) if (at.status !== 'present') return true;
  return false;
}
