/** What a vault's trees hold when a daemon starts, from its state database alone. */
import { describe, expect, it } from 'vitest';
import { ROOT_NODE, type NodeId } from '../../../../src/core/base/ids.js';
import type { BaseNode } from '../../../../src/core/tree/base-tree.js';
import type { NodeKind } from '../../../../src/core/tree/node.js';
import { VaultTrees } from '../../../../src/daemon/sync/vault-trees.js';
import { fakeContent, fakeDevice, fakeNodeId } from '../../../support/fake-vault.js';
import { createMemoryStateStore } from '../../../support/memory-state-store.js';

const [d, x, lost, below] = [fakeNodeId('d'), fakeNodeId('x'), fakeNodeId('lost'), fakeNodeId('below')];

function baseNode(node: NodeId, parent: NodeId, name: string, kind: NodeKind = 'file'): BaseNode {
  const device = fakeDevice('A');
  const place = { node, rev: 1, parent, name, kind, deleted: false, mode: 0o644, mtimeMs: 0, target: null };
  const content = kind === 'file' ? fakeContent(name) : null;
  return {
    state: { ...place, content, stamp: 1, vector: { [device]: 1 }, device, deviceName: 'A', conflict: null },
    diskName: name,
    fingerprint: { size: 0, mtimeNs: '0', ctimeNs: '0', birthtimeNs: '7', dev: '1', ino: node, nlink: 1, mode: 0o644 },
    verifiedAtMs: 0,
  };
}

describe('VaultTrees at the start', () => {
  it('have in LOCAL what BASE has, save what is below a directory that BASE lacks: no scan comes by there', () => {
    const store = createMemoryStateStore();
    const file = baseNode(below, lost, 'below', 'directory');
    for (const entry of [baseNode(x, d, 'x'), baseNode(d, ROOT_NODE, 'd', 'directory'), file]) store.write.putBase(entry);
    store.write.putBase(baseNode(fakeNodeId('y'), below, 'y'));
    const { base, local } = new VaultTrees(store);
    expect([...base.values()]).toHaveLength(4);
    expect(new Set([...local.values()].map(({ node }) => local.pathOf(node)))).toEqual(new Set(['d', 'd/x']));
    expect(local.touched).toEqual(new Set([below, fakeNodeId('y')]));
  });
});
