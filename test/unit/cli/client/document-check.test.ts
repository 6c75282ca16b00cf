import { describe, expect, it } from 'vitest';
import { firstMismatch } from '../../../../src/cli/client/document-check.js';
import { JSON_SHAPES } from '../../../../src/cli/table/json-shapes.js';
import type { DocumentShape } from '../../../../src/cli/table/document-shape.js';
import {
  fullStatus,
  sampleAccount,
  sampleDaemonStatus,
  sampleLog,
  sampleRegister,
  sampleResolve,
  sampleVaults,
} from '../../../support/sample-documents.js';

/** Every path in a document, lists as '[]', without the schema. */
function pathsOf(value: unknown, prefix = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => (typeof entry === 'object' ? pathsOf(entry, `${prefix}[]`) : [`${prefix}[]`]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    return path === 'schema' ? [] : [path, ...pathsOf(inner, path)];
  });
}

const token = { vaults: [{ id: 'c'.repeat(64), name: 'assets' }], access: 'read', expiresAt: '2027-02-24T10:00:00.000Z' } as const;

describe('the documented shapes', () => {
  it.each([
    [
      'fsync/status/1',
      { ...fullStatus('/n'), devices: [{ name: 'laptop', user: 'ada', commit: 4, at: '2026-11-26T10:00:00.000Z', hasIt: true }] },
    ],
    ['fsync/vaults/1', sampleVaults],
    ['fsync/whoami/1', { ...sampleAccount, token }],
    ['fsync/register/1', { ...sampleRegister, token }],
    ['fsync/log/1', sampleLog],
    ['fsync/resolve/1', sampleResolve],
    ['fsync/daemon-status/1', sampleDaemonStatus('/s')],
  ] as const)('name every field of %s and no other', (schema, document) => {
    expect(new Set(pathsOf(document))).toEqual(new Set(Object.keys(JSON_SHAPES[schema])));
    expect(firstMismatch(JSON_SHAPES[schema], document)).toBeNull();
  });
});

describe('firstMismatch', () => {
  const shape: DocumentShape = JSON_SHAPES['fsync/status/1'];
  const good = fullStatus('/n');

  it.each<[string, unknown]>([
    ['(document)', null],
    ['(document)', []],
    ['state', { ...good, state: 1 }],
    ['vault.id', { ...good, vault: { ...good.vault, id: null } }],
    ['vault', { ...good, vault: null }],
    ['pending.upload', { ...good, pending: { ...good.pending, upload: {} } }],
    ['pending.upload[].path', { ...good, pending: { ...good.pending, upload: [{ change: 'added', size: 1 }] } }],
    ['conflicts[].binary', { ...good, conflicts: [...good.conflicts, { ...good.conflicts[0], binary: 'no' }] }],
    ['files', Object.fromEntries(Object.entries(good).filter(([name]) => name !== 'files'))],
  ])('finds that %s is not as documented', (path, value) => {
    expect(firstMismatch(shape, value)).toBe(path);
  });

  it('tolerates fields of a newer peer, null where it may be, and what may be missing', () => {
    const upload = [{ path: 'a', change: 'added', size: null, more: 1 }];
    expect(firstMismatch(shape, { ...good, transfer: null, reason: null, pending: { ...good.pending, upload }, extra: {} })).toBeNull();
  });
});
