/** What the reader says about each file, as `fsync verify` tells it. A disk that rots cannot be had: the reader is made up. */
import { describe, expect, it } from 'vitest';
import { ROOT_NODE } from '../../../../src/core/base/ids.js';
import type { Fingerprint } from '../../../../src/core/tree/node.js';
import type { ContentReader, ContentResult } from '../../../../src/daemon/ports.js';
import type { CycleContext } from '../../../../src/daemon/sync/cycle.js';
import { VaultTrees } from '../../../../src/daemon/sync/vault-trees.js';
import { verifyVault } from '../../../../src/daemon/sync/verify-vault.js';
import { fakeContent, fakeNodeId } from '../../../support/fake-vault.js';
import { createMemoryStateStore } from '../../../support/memory-state-store.js';

const { signal } = new AbortController();

function fingerprint(name: string): Fingerprint {
  return { size: 4, mtimeNs: '1', ctimeNs: '1', birthtimeNs: '1', dev: '1', ino: name, nlink: 1, mode: 0o644 };
}

/** A folder with one file for each result; its content is the text of the same name. */
async function verify(results: Readonly<Record<string, 'same' | 'other' | 'changed' | 'missing' | 'unreadable'>>) {
  const trees = new VaultTrees(createMemoryStateStore());
  for (const name of Object.keys(results)) {
    trees.local.set({
      node: fakeNodeId(name),
      parent: ROOT_NODE,
      diskName: name,
      kind: 'file',
      status: 'present',
      mode: 0o644,
      mtimeMs: 0,
      content: fakeContent(name),
      target: null,
      fingerprint: fingerprint(name),
      verifiedAtMs: 0,
    });
  }
  const reader: ContentReader = {
    read: (jobs) =>
      Promise.resolve(
        jobs.map(({ path, expected }): ContentResult => {
          const result = results[path] ?? 'missing';
          if (result !== 'same' && result !== 'other') return { status: result, path };
          return { status: 'read', path, content: fakeContent(result === 'same' ? path : `not ${path}`), fingerprint: expected };
        }),
      ),
  };
  const context = { trees, deps: { folder: { reader } } } as unknown as CycleContext;
  return verifyVault(context, { server: false }, { signal });
}

describe('verifyVault', () => {
  it('tells bytes that rotted from those that were written, gone and unreadable', async () => {
    const document = await verify({ fine: 'same', rotten: 'other', edited: 'changed', gone: 'missing', locked: 'unreadable' });
    expect(document).toEqual({
      schema: 'fsync/verify/1',
      files: 5,
      bytes: 20,
      changed: ['edited', 'gone'],
      damaged: ['rotten'],
      unreadable: ['locked'],
      server: null,
    });
  });

  it('looks at every file of a large folder', async () => {
    const many = Object.fromEntries(Array.from({ length: 1_203 }, (_, index) => [`f${String(index)}`, 'same' as const]));
    expect(await verify({ ...many, rotten: 'other' })).toMatchObject({ files: 1_204, damaged: ['rotten'] });
  });
});
