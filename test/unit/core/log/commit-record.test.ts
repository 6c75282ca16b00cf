import { describe, expect, it } from 'vitest';

import { openCommitRecord } from '../../../../src/core/log/commit-record.js';
import { nameTag } from '../../../../src/core/log/name-tag.js';
import { codeOf } from '../crypto/seeded-random.js';
import { fileState, foundTestVault, nextCommit, sealOp } from './log-fixture.js';

const { random, owner, keyring, state } = foundTestVault('commit-record');
const { device } = owner;
const file = fileState(device);
const { op, bytes } = sealOp(random, keyring.current, file);
const { header } = nextCommit(state, owner.state, device, { ops: [op] });

describe('openCommitRecord', () => {
  it('opens the record that the commit names', () => {
    expect(openCommitRecord(keyring, header, op, bytes)).toEqual(file);
    const tombstone = sealOp(random, keyring.current, fileState(device, { deleted: true, content: null }));
    expect(openCommitRecord(keyring, header, tombstone.op, tombstone.bytes).deleted).toBe(true);
  });

  it('hazard 69: refuses other bytes, even a valid record of the same revision', () => {
    for (const change of [{ name: 'other.md' }, { mode: 0o600 }]) {
      const other = sealOp(random, keyring.current, fileState(device, change));
      expect(codeOf(() => openCommitRecord(keyring, header, op, other.bytes))).toBe('integrity');
    }
  });

  it('refuses a tag of another name, one on a tombstone and a missing one', () => {
    const tag = nameTag(keyring.current, file.parent, 'else.md');
    expect(codeOf(() => openCommitRecord(keyring, header, { ...op, tag }, bytes))).toBe('integrity');
    expect(codeOf(() => openCommitRecord(keyring, header, { ...op, tag: null }, bytes))).toBe('integrity');
    const tombstone = sealOp(random, keyring.current, fileState(device, { deleted: true, content: null }));
    expect(codeOf(() => openCommitRecord(keyring, header, { ...tombstone.op, tag: op.tag }, tombstone.bytes))).toBe('integrity');
  });

  it('refuses a record that names another device as its author', () => {
    const framed = sealOp(random, keyring.current, fileState(device, { device: owner.paper.id }));
    expect(codeOf(() => openCommitRecord(keyring, header, framed.op, framed.bytes))).toBe('integrity');
  });
});
