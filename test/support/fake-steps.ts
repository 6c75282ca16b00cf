/** Does the steps of a plan to a fake folder as the folder's writer does: checked first, then LOCAL follows. */
import type { ContentId, NodeId } from '../../src/core/base/ids.js';
import type { OrderedStep } from '../../src/core/plan/order-apply.js';
import type { LocalNode, LocalTree } from '../../src/core/tree/local-tree.js';
import { sameStamp } from '../../src/core/tree/stamp.js';
import type { FakeFolder } from './fake-folder.js';

export interface StepDeps {
  readonly folder: FakeFolder;
  readonly local: LocalTree;
  readonly parked: Map<NodeId, LocalNode>;
  readonly nowMs: number;
  readonly textOf: (content: ContentId) => string;
}

/** Makes the change, and LOCAL follows, as the daemon keeps its books. */
export function takeStep({ folder, local, parked, nowMs, textOf }: StepDeps, step: OrderedStep, entry: LocalNode | undefined): void {
  const { node } = step;
  if (step.op === 'remove') {
    if (entry?.kind === 'directory') folder.rmdir(step.path, false);
    else folder.rm(step.path);
    local.remove(node);
    return;
  }
  if (step.op === 'park') {
    folder.park(step.from, node);
    if (entry !== undefined) parked.set(node, entry);
    local.remove(node);
    return;
  }
  const { parent, name: diskName, kind, mode, mtimeMs, content, target } = step.facets;
  if (step.op === 'move' || step.op === 'unpark') {
    const fingerprint = step.op === 'move' ? folder.moveStep(step.from, step.to) : folder.unpark(node, step.to);
    if (entry !== undefined) local.set({ ...entry, parent, diskName, fingerprint });
  } else if (step.op === 'set-mode') {
    folder.chmod(step.path, mode);
    if (entry !== undefined) local.set({ ...entry, mode, fingerprint: folder.fingerprint(step.path) });
  } else {
    const text = content === null ? (target ?? '') : textOf(content.id);
    const fingerprint = folder[step.op === 'create' ? 'create' : 'replace'](step.path, { kind, text, mode, mtimeMs });
    const now = { mode, mtimeMs, content, target, fingerprint, verifiedAtMs: nowMs };
    if (step.op === 'create') local.set({ ...now, node, parent, diskName, kind, status: 'present' });
    else if (entry !== undefined) local.set({ ...entry, ...now });
  }
}

/** Why the folder is not as the step expects it; null when it is. */
export function whatChanged(folder: FakeFolder, step: OrderedStep, entry: LocalNode | undefined): string | null {
  if (step.op === 'create') return whatIsInTheWay(folder, step.path);
  if (step.op === 'unpark') return whatIsInTheWay(folder, step.to);
  const from = 'from' in step ? step.from : step.path;
  if (!folder.has(from) || entry === undefined) return 'gone';
  const hindrance = step.op === 'move' ? whatIsInTheWay(folder, step.to) : null;
  if (hindrance !== null) return hindrance;
  const seen = folder.fingerprint(from);
  if (entry.kind !== 'directory') return sameStamp(seen, entry.fingerprint) ? null : 'other stamp';
  if (seen.ino !== entry.fingerprint.ino) return 'other directory';
  return step.op === 'remove' && folder.entries().some(({ path }) => path.startsWith(`${from}/`)) ? 'not empty' : null;
}

function whatIsInTheWay(folder: FakeFolder, path: string): string | null {
  if (folder.has(path)) return 'taken';
  return folder.hasDirectory(parentOf(path)) ? null : 'no parent';
}

export function showStep(step: OrderedStep): string {
  return `${step.op} ${pathsOf(step).join(' -> ')}`;
}

export function pathsOf(step: OrderedStep): readonly string[] {
  if (step.op === 'move') return [step.from, step.to];
  if (step.op === 'park') return [step.from];
  return ['path' in step ? step.path : step.to];
}

export function parentOf(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? '' : path.slice(0, cut);
}
