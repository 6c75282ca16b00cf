import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../../src/core/base/ids.js';
import { ROOT_NODE } from '../../../../src/core/base/ids.js';
import type { BaseNode } from '../../../../src/core/tree/base-tree.js';
import { BaseTree } from '../../../../src/core/tree/base-tree.js';
import { fakeDevice, fakeNodeId } from '../../../support/fake-vault.js';

const [x, y] = [fakeNodeId('x'), fakeNodeId('y')];

function row(node: NodeId, name: string): BaseNode {
  const fingerprint = { size: 0, mtimeNs: '0', ctimeNs: '0', birthtimeNs: '0', dev: '1', ino: '1', nlink: 1, mode: 0o644 };
  const place = { node, rev: 1, parent: ROOT_NODE, name, kind: 'file' as const, deleted: false, mode: 0o644, mtimeMs: 0 };
  const state = { ...place, content: null, target: null, stamp: 0, vector: {}, device: fakeDevice('A'), deviceName: 'A', conflict: null };
  return { state, diskName: name, fingerprint, verifiedAtMs: 0 };
}

describe('BaseTree', () => {
  it('knows children by name key', () => {
    const base = new BaseTree();
    base.set(row(x, 'n\u0303'));
    expect(base.childrenOf(ROOT_NODE).get('\u00f1')).toBe(x);
  });

  it('lets rows change names one after the other', () => {
    const base = new BaseTree();
    base.set(row(x, 'a'));
    base.set(row(y, 'b'));
    base.set(row(x, 'b'));
    base.set(row(y, 'a'));
    expect(Object.fromEntries(base.childrenOf(ROOT_NODE))).toEqual({ a: y, b: x });
    base.delete(x);
    expect([...base.childrenOf(ROOT_NODE).keys()]).toEqual(['a']);
    expect(base.size).toBe(1);
  });
});
