import { describe, expect, it } from 'vitest';
import { parseCommitHash } from '../../../../src/core/base/ids.js';
import { commitOps, type CommitDeps } from '../../../../src/daemon/sync/commit-step.js';
import { createMemoryStateStore } from '../../../support/memory-state-store.js';

describe('commitOps', () => {
  it('signs nothing while it is not known what became of the last commit, and keeps what is known of that', async () => {
    const store = createMemoryStateStore();
    const intent = {
      seq: 5,
      hash: parseCommitHash('05'.repeat(32)),
      request: { signed: new Uint8Array([5]), records: [] },
      base: [],
      dropped: [],
    };
    store.write.setIntent(intent);
    const unused = (): never => {
      throw new Error('not to be asked');
    };
    const deps: Partial<CommitDeps> = { store, account: unused, random: unused, serverNow: unused };
    await expect(commitOps(deps as CommitDeps, [], new AbortController().signal)).rejects.toMatchObject({ code: 'behind' });
    expect(store.intent()).toBe(intent);
  });
});
