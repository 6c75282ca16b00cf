import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FsyncError, type ErrorCode } from '../../../../src/core/base/errors.js';
import { retryTransient } from '../../../../src/daemon/transfer/retry-transient.js';

const options = { signal: new AbortController().signal, random: randomBytes, retries: { attempts: 3, baseMs: 1, capMs: 2 } };

function failing(times: number, error: Error) {
  const calls = { count: 0 };
  const work = (): Promise<string> => {
    calls.count += 1;
    return calls.count <= times ? Promise.reject(error) : Promise.resolve('done');
  };
  return { calls, work };
}

describe('retryTransient', () => {
  it.each<ErrorCode>(['server_unreachable', 'unavailable', 'timed_out'])('tries again after %s', async (code) => {
    const { calls, work } = failing(2, new FsyncError(code, 'not now'));
    expect(await retryTransient(work, options)).toBe('done');
    expect(calls.count).toBe(3);
  });

  it('throws the last failure when the attempts are used up', async () => {
    const { calls, work } = failing(5, new FsyncError('unavailable', 'not now'));
    await expect(retryTransient(work, options)).rejects.toMatchObject({ code: 'unavailable' });
    expect(calls.count).toBe(3);
  });

  it.each<ErrorCode>(['quota_exceeded', 'session_expired', 'integrity', 'aborted', 'tls_refused'])(
    'does not try again after %s',
    async (code) => {
      const { calls, work } = failing(1, new FsyncError(code, 'never'));
      await expect(retryTransient(work, options)).rejects.toMatchObject({ code });
      expect(calls.count).toBe(1);
    },
  );

  it('does not try again where nothing listens', async () => {
    const { calls, work } = failing(1, new FsyncError('server_unreachable', 'refused', { details: { absent: true } }));
    await expect(retryTransient(work, options)).rejects.toMatchObject({ code: 'server_unreachable' });
    expect(calls.count).toBe(1);
  });

  it('stops waiting when it is told to', async () => {
    const controller = new AbortController();
    const { work } = failing(1, new FsyncError('unavailable', 'not now'));
    const retries = { attempts: 3, baseMs: 3_600_000, capMs: 3_600_000 };
    const waiting = retryTransient(work, { signal: controller.signal, random: () => Uint8Array.of(255, 255, 255, 255), retries });
    setImmediate(() => controller.abort());
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  });
});
