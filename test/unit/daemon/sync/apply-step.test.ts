/** What LOCAL takes from the results of folder steps, when the folder was not as LOCAL had it. */
import { describe, expect, it } from 'vitest';
import { ROOT_NODE, type NodeId } from '../../../../src/core/base/ids.js';
import type { ApplyOp } from '../../../../src/core/plan/operation.js';
import type { LocalNode } from '../../../../src/core/tree/local-tree.js';
import type { Fingerprint, NodeKind } from '../../../../src/core/tree/node.js';
import type { FolderStep, StepResult } from '../../../../src/daemon/ports.js';
import { applyOps } from '../../../../src/daemon/sync/apply-step.js';
import { VaultTrees } from '../../../../src/daemon/sync/vault-trees.js';
import { fakeContent, fakeNodeId } from '../../../support/fake-vault.js';
import { createMemoryStateStore } from '../../../support/memory-state-store.js';

const [old, directory, file] = [fakeNodeId('old'), fakeNodeId('directory'), fakeNodeId('file')];
const PRINT: Fingerprint = { size: 0, mtimeNs: '0', ctimeNs: '0', birthtimeNs: '7', dev: '1', ino: '1', nlink: 1, mode: 0o644 };

const OLD: LocalNode = {
  node: old,
  parent: ROOT_NODE,
  diskName: 'd',
  kind: 'file',
  status: 'present',
  mode: 0o644,
  mtimeMs: 0,
  content: fakeContent('old'),
  target: null,
  fingerprint: PRINT,
  verifiedAtMs: 0,
};

function create(node: NodeId, parent: NodeId, name: string, kind: NodeKind): ApplyOp {
  const content = kind === 'file' ? fakeContent(name) : null;
  const facets = { parent, name, kind, deleted: false, mode: 0o644, mtimeMs: 0, content, target: null, conflict: null };
  return { op: 'create', node, facets };
}

/** Does `ops` to a folder that holds `before`; `answer` says what came of each step. */
async function run(before: readonly LocalNode[], ops: readonly ApplyOp[], answer: (step: FolderStep) => StepResult) {
  const trees = new VaultTrees(createMemoryStateStore());
  for (const node of before) trees.local.set(node);
  const batches: (readonly FolderStep[])[] = [];
  const apply = (steps: readonly FolderStep[]): Promise<readonly StepResult[]> => {
    batches.push(steps);
    return Promise.resolve(steps.map(answer));
  };
  const writer = { apply, noteFound: () => undefined, makeDurable: () => Promise.resolve(), sweep: () => Promise.resolve() };
  const deps = { trees, writer, clock: { now: () => 0 }, stagedFor: () => 'staged', onUsed: () => undefined };
  const outcome = await applyOps(deps, ops, new AbortController().signal);
  return { batches, outcome, local: trees.local };
}

/** Removes the old file d, makes a directory d and puts files into it. */
function replaceByDirectory(answer: (step: FolderStep) => StepResult, files: readonly NodeId[] = [file]): ReturnType<typeof run> {
  const creates = files.map((node, index) => create(node, directory, `f${String(index)}`, 'file'));
  return run([OLD], [{ op: 'remove', node: old }, create(directory, ROOT_NODE, 'd', 'directory'), ...creates], answer);
}

const done = (ino: string): StepResult => ({ status: 'done', fingerprint: { ...PRINT, ino }, displaced: null });

describe('applyOps', () => {
  it('takes what was placed into LOCAL', async () => {
    const { batches, outcome, local } = await replaceByDirectory(({ op }) => done(op));
    expect(batches.flat().map(({ op }) => op)).toEqual(['remove-file', 'make-directory', 'place-file']);
    expect(outcome).toMatchObject({ done: 3, directories: [directory], dirty: [], unexpected: [] });
    expect([local.pathOf(directory), local.pathOf(file), local.get(old)]).toEqual(['d', 'd/f0', undefined]);
  });

  it('leaves to a scan what was placed in a directory that stands where LOCAL has another node', async () => {
    // The user moved the old file away in this moment: it could not be removed, and its name was free.
    const { outcome, local } = await replaceByDirectory(({ op }) => (op === 'remove-file' ? { status: 'changed' } : done(op)));
    expect([...local.values()].map(({ node }) => node)).toEqual([old]);
    expect([...outcome.dirty].sort()).toEqual(['', 'd']);
    expect(outcome.directories).toEqual([]);
  });

  it('puts nothing of a later batch into a directory that could not be made', async () => {
    const files = Array.from({ length: 300 }, (_, index) => fakeNodeId(`file ${String(index)}`));
    const { batches, outcome } = await replaceByDirectory(({ op }) => (op === 'remove-file' ? done(op) : { status: 'changed' }), files);
    expect(batches.map(({ length }) => length)).toEqual([256]);
    expect(outcome).toMatchObject({ done: 1, directories: [], failed: [] });
    expect(outcome.unexpected).toHaveLength(301);
  });

  it('holds nothing any more in a directory that could be removed, whatever became of what was in it', async () => {
    // The user took the file away in this moment: no scan comes by where the directory was.
    const inside: LocalNode = { ...OLD, parent: directory };
    const outside: LocalNode = { ...OLD, node: directory, kind: 'directory', content: null, fingerprint: { ...PRINT, ino: '2' } };
    const ops: ApplyOp[] = [old, directory].map((node) => ({ op: 'remove', node }));
    const { local } = await run([outside, inside], ops, ({ op }) => (op === 'remove-file' ? { status: 'changed' } : done(op)));
    expect([...local.values()]).toEqual([]);
  });
});
