import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { troubleOf } from '../../../../src/daemon/sync/trouble.js';

describe('troubleOf', () => {
  it.each([
    [new FsyncError('server_unreachable', 'x cannot be reached', { hints: ['Check the address'] }), 'offline', null],
    [new FsyncError('tls_refused', 'the certificate is out of date', { hints: ['Ask who runs it'] }), 'offline', 'Ask who runs it'],
    [new FsyncError('session_expired', 'the session has ended'), 'error', 'Sign in again: fsync login'],
    [new FsyncError('quota_exceeded', 'full', { hints: ['Ask ada'] }), 'error', 'Ask ada'],
    [new FsyncError('rollback', 'it went back'), 'guarded', 'The server went back in time. See what it means and decide: fsync guard show'],
    [new TypeError('a fault'), 'error', null],
  ] as const)('of %s: what it is, and what to do where waiting is not enough', (thrown, state, hint) => {
    expect(troubleOf(thrown, 1)).toMatchObject({ state, hint, reason: thrown.message, attempts: 1 });
  });
});
