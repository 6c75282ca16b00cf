import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../../../src/core/base/ids.js';
import { ROOT_NODE } from '../../../../src/core/base/ids.js';
import type { BaseNode } from '../../../../src/core/tree/base-tree.js';
import type { LocalNode } from '../../../../src/core/tree/local-tree.js';
import { LocalTree } from '../../../../src/core/tree/local-tree.js';
import { fakeNodeId } from '../../../support/fake-vault.js';

const [d, x, y] = [fakeNodeId('d'), fakeNodeId('x'), fakeNodeId('y')];
let local: LocalTree;
let inode = 0;

function entry(node: NodeId, parent: NodeId, diskName: string, kind: LocalNode['kind'] = 'file'): LocalNode {
  inode += 1;
  const fingerprint = { size: 0, mtimeNs: '0', ctimeNs: '0', birthtimeNs: '7', dev: '1', ino: String(inode), nlink: 1, mode: 0o644 };
  return {
    node,
    parent,
    diskName,
    kind,
    status: 'present',
    mode: 0o644,
    mtimeMs: 0,
    content: null,
    target: null,
    fingerprint,
    verifiedAtMs: 0,
  };
}

beforeEach(() => {
  local = new LocalTree();
  local.set(entry(d, ROOT_NODE, 'd', 'directory'));
  local.set(entry(x, d, 'x'));
});

describe('LocalTree', () => {
  it('hazard 14: knows nothing by an inode that has no birth time: with the next mount it may be another file', () => {
    const { fingerprint, ...rest } = entry(y, ROOT_NODE, 'y');
    local.set({ ...rest, fingerprint });
    expect(local.byIdentity(fingerprint)).toBe(y);
    const unborn = { ...fingerprint, birthtimeNs: '0' };
    local.set({ ...rest, fingerprint: unborn });
    expect(local.byIdentity(unborn)).toBeUndefined();
  });

  it('compares names as its disk does', () => {
    expect(local.childNamed(d, 'X')).toBeUndefined();
    const ignoring = new LocalTree({ ignoresCase: true, keepsModes: true });
    ignoring.set(entry(x, ROOT_NODE, 'Straße É'));
    for (const name of ['Straße É', 'straße é', 'STRAßE E\u0301']) expect(ignoring.childNamed(ROOT_NODE, name)).toBe(x);
    expect(ignoring.childNamed(ROOT_NODE, 'Strasse É')).toBeUndefined();
    ignoring.remove(x);
    expect(ignoring.childNamed(ROOT_NODE, 'straße é')).toBeUndefined();
  });

  it('finds nodes by path and paths by node', () => {
    expect([local.nodeAt('d/x'), local.nodeAt(''), local.nodeAt('d/none')]).toEqual([x, ROOT_NODE, undefined]);
    expect([local.pathOf(x), local.pathOf(ROOT_NODE), local.pathOf(y)]).toEqual(['d/x', '', undefined]);
  });

  it('moves a node with all that is in it', () => {
    const moved = local.get(d);
    if (moved !== undefined) local.set({ ...moved, diskName: 'e' });
    expect([local.nodeAt('e/x'), local.nodeAt('d')]).toEqual([x, undefined]);
  });

  it('keeps the children of a directory that left its slot, and the identity of what may come back', () => {
    const { fingerprint } = local.get(d) ?? entry(d, ROOT_NODE, 'd');
    local.remove(d);
    expect([...local.childrenOf(d).values()]).toEqual([x]);
    expect(local.byIdentity(fingerprint)).toBe(d);
    local.forgetIdentity(fingerprint, d);
    expect(local.byIdentity(fingerprint)).toBeUndefined();
  });

  it('lets two nodes change names without losing either', () => {
    local.set(entry(y, d, 'y'));
    const [first, second] = [local.get(x), local.get(y)];
    if (first !== undefined) local.set({ ...first, diskName: 'y' });
    if (second !== undefined) local.set({ ...second, diskName: 'x' });
    expect([local.nodeAt('d/y'), local.nodeAt('d/x')]).toEqual([x, y]);
  });

  it('hands a directory and its children over to another node', () => {
    local.setUntracked(d, new Map([['.hidden', 'ignored']]));
    local.rename(d, y);
    expect([local.nodeAt('d'), local.nodeAt('d/x'), local.get(d)]).toEqual([y, x, undefined]);
    expect(local.get(x)?.parent).toBe(y);
    expect([...local.untrackedIn(y).keys()]).toEqual(['.hidden']);
    expect(local.touched.has(d)).toBe(false);
  });

  it('finds a child by its name in any Unicode form', () => {
    local.set(entry(y, d, 'n\u0303'));
    expect([local.childNamed(d, '\u00f1'), local.childNamed(d, 'n\u0303'), local.childNamed(d, 'x')]).toEqual([y, y, x]);
    local.remove(y);
    expect(local.childNamed(d, '\u00f1')).toBeUndefined();
  });

  it('notes what may differ from BASE, and nothing for what is taken over from there', () => {
    expect([...local.touched]).toEqual([d, x]);
    local.adopt(inBase(y, 'y'));
    expect([...local.touched]).toEqual([d, x]);
    expect(local.nodeAt('d/y')).toBe(y);
  });

  it('takes one node only for each slot from a BASE that is behind the disk, and knows the other by its identity', () => {
    const second = inBase(y, 'x');
    local.adopt(second);
    expect([local.nodeAt('d/x'), local.get(y)]).toEqual([x, undefined]);
    expect(local.byIdentity(second.fingerprint)).toBe(y);
    expect(local.touched.has(y)).toBe(true);
  });

  it('does not believe in what BASE has below a directory that it does not have, and knows it by its identity', () => {
    const below = { ...inBase(y, 'y'), state: { ...inBase(y, 'y').state, parent: fakeNodeId('lost') } };
    local.adopt(below);
    local.dropUnreachable();
    expect([local.get(y), local.get(x)?.diskName, local.size]).toEqual([undefined, 'x', 2]);
    expect(local.byIdentity(below.fingerprint)).toBe(y);
    expect(local.touched.has(y)).toBe(true);
  });
});

function inBase(node: NodeId, name: string): BaseNode {
  const { fingerprint } = entry(node, d, name);
  const state = {
    ...{ node, parent: d, name, kind: 'file' as const, deleted: false, mode: 0, mtimeMs: 0, content: null, target: null },
    ...{ rev: 1, stamp: 0, vector: {}, device: fakeNodeId('') as never, deviceName: '', conflict: null },
  };
  return { state, diskName: name, fingerprint, verifiedAtMs: 0 };
}
