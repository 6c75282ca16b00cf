import { describe, expect, it } from 'vitest';
import type { IpcMethod } from '../../../../src/core/protocol/ipc.js';
import type { CallContext, CallTable } from '../../../../src/daemon/ipc/call-table.js';
import { onlyForTokens } from '../../../../src/daemon/ipc/token-calls.js';

const context: CallContext = { signal: new AbortController().signal, onEvent: () => undefined };
const METHODS = [
  'vault.sync',
  'vault.clone',
  'account.whoami',
  'vault.init',
  'vault.delete',
  'device.list',
  'token.create',
  'account.login',
] as const;

function outcomes(calls: CallTable): Promise<readonly string[]> {
  return Promise.all(
    METHODS.map(async (method) => {
      const call = calls[method] as (params: unknown, with_: CallContext) => Promise<unknown>;
      return call({}, context).then(String, (error: unknown) => String(Object(error)['code']));
    }),
  );
}

describe('the calls of a daemon that works for a token', () => {
  const answered = (method: IpcMethod) => () => Promise.resolve(method);
  const calls = Object.fromEntries(METHODS.map((method) => [method, answered(method)])) as unknown as CallTable;

  it('sync and look; what is for devices is refused', async () => {
    const [sync, clone, whoami, ...others] = await outcomes(onlyForTokens(calls));
    expect([sync, clone, whoami]).toEqual(['vault.sync', 'vault.clone', 'account.whoami']);
    expect(others).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden']);
  });

  it('refuse what is new until it is let through', async () => {
    const more = { ...calls, 'vault.newest': answered('vault.init') } as unknown as CallTable;
    const call = Object(onlyForTokens(more))['vault.newest'] as () => Promise<unknown>;
    await expect(call()).rejects.toMatchObject({ code: 'forbidden' });
  });
});
