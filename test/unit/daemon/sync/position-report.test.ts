/** When a position is told to the server, and that nothing which goes wrong there matters. */
import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { decodePosition } from '../../../../src/core/log/position.js';
import { PositionReport } from '../../../../src/daemon/sync/position-report.js';
import type { HeldCommit } from '../../../../src/daemon/sync/session-ports.js';
import { TEST_TIME } from '../../core/account/account-fixture.js';
import { foundTestVault, someHash } from '../../core/log/log-fixture.js';
import { recordingLogger } from '../../../support/recording-logger.js';

const { owner, random, keyring, state } = foundTestVault('reports');

function held(seq: number, historyId = 'one'): HeldCommit {
  return { seq, hash: someHash(random), historyId, atMs: TEST_TIME };
}

/** `answers`: how the requests end, one after the other; then well. */
function setUp(answers: readonly (FsyncError | 'never')[] = [], scope: unknown = null) {
  const told: number[] = [];
  const left = [...answers];
  const account = { account: owner.state.accountId, credential: owner.device, chain: owner.state, scope };
  const report = new PositionReport({
    account: { require: () => account },
    device: { id: owner.device.id, name: 'laptop' },
    info: { vault: state.vault, keyring },
    logger: recordingLogger(),
    random,
    remote: {
      putPosition: (signed: Uint8Array, { signal }: { signal: AbortSignal }) => {
        told.push(decodePosition(signed).position.seq);
        const answer = left.shift();
        if (answer === 'never')
          return new Promise<void>((_, reject) => {
            signal.addEventListener('abort', () => {
              reject(new FsyncError('aborted', 'aborted'));
            });
          });
        return answer === undefined ? Promise.resolve() : Promise.reject(answer);
      },
    },
  } as unknown as ConstructorParameters<typeof PositionReport>[0]);
  return { told, report };
}

/** Until all that can go on now has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('PositionReport', () => {
  it('tells the first at once, and of those that follow soon the last, at the end at the latest', async () => {
    const { told, report } = setUp();
    report.tell(held(3));
    await settled();
    expect(told).toEqual([3]);
    for (const seq of [4, 5, 6]) report.tell(held(seq));
    await report.stop();
    expect(told).toEqual([3, 6]);
    report.tell(held(7));
    await settled();
    expect(told).toEqual([3, 6]);
  });

  it('tells nothing twice, but what a server of another history may have lost', async () => {
    const { told, report } = setUp();
    const commit = held(3);
    report.tell(commit);
    report.tell(commit);
    await settled();
    report.tell(commit);
    report.tell({ ...commit, historyId: 'two' });
    await report.stop();
    expect(told).toEqual([3, 3]);
  });

  it('tells it again the next time when it did not arrive', async () => {
    const { told, report } = setUp([new FsyncError('server_unreachable', 'away'), new FsyncError('history_changed', 'restored')]);
    const commit = held(3);
    for (let time = 0; time < 3; time += 1) {
      report.tell(commit);
      await settled();
    }
    await report.stop();
    expect(told[0]).toBe(3);
    expect(told.length).toBeGreaterThan(1);
  });

  it('asks a server that keeps no positions about each commit once', async () => {
    const { told, report } = setUp([new FsyncError('not_found', 'no such route')]);
    const commit = held(3);
    report.tell(commit);
    await settled();
    report.tell(commit);
    report.tell(held(4));
    await report.stop();
    expect(told).toEqual([3, 4]);
  });

  it('ends although the server does not answer', async () => {
    const { told, report } = setUp(['never']);
    report.tell(held(3));
    await report.stop();
    expect(told).toEqual([3]);
  });

  it('says nothing for a token', async () => {
    const { told, report } = setUp([], { vaults: [], write: true, expiresAt: 1 });
    report.tell(held(3));
    await report.stop();
    expect(told).toEqual([]);
  });
});
