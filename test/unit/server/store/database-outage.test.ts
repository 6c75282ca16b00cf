import { describe, expect, it } from 'vitest';
import { outageOf } from '../../../../src/server/store/database-outage.js';

const failure = (message: string, more: object): Error => Object.assign(new Error(message), more);

describe('outageOf', () => {
  it.each([
    failure('connect ECONNREFUSED', { code: 'ECONNREFUSED', syscall: 'connect' }),
    failure('select 1 - read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' }),
    failure('terminating connection', { code: '57P01' }),
    failure('select 1 - Connection terminated unexpectedly', {}),
    failure('select 1 - Query read timeout', {}),
  ])('is one: %s', (error) => {
    expect(outageOf(error)).toMatchObject({ code: 'unavailable', cause: error });
  });

  it.each([
    failure('read EIO', { code: 'EIO', syscall: 'read' }),
    failure('write ENOSPC', { code: 'ENOSPC', syscall: 'write' }),
    failure('aborted', { code: 'ECONNRESET' }),
    failure('duplicate key', { code: '23505' }),
    failure('a fault', {}),
  ])('is none: a disk, a client that went away, a query: %s', (error) => {
    expect(outageOf(error)).toBeNull();
  });
});
