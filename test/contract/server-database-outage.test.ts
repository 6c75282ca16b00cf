/** PostgreSQL goes away under a running server, or says nothing any more: 503 for as long as that lasts, and nothing hangs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTcpProxy, type TcpProxy } from '../../scripts/harness/tcp-proxy.mjs';
import { call, registerAccount, type Answer, type TestAccount } from '../support/server-account.js';
import { createSchema, startServer, type ServerHarness } from '../support/server-harness.js';

/** Short, so that the test need not wait as long as a server does. */
const TIMEOUT_MS = 1_500;

describe('a server whose PostgreSQL is out', () => {
  let schema: Awaited<ReturnType<typeof createSchema>>;
  let line: TcpProxy;
  let server: ServerHarness;
  let account: TestAccount;
  beforeAll(async () => {
    schema = await createSchema();
    const url = new URL(schema.url);
    line = await createTcpProxy(Number(url.port === '' ? 5432 : url.port));
    url.hostname = '127.0.0.1';
    url.port = String(line.port);
    server = await startServer({
      engine: 'sqlite',
      env: { FSYNC_DATABASE_URL: url.toString(), FSYNC_DATABASE_TIMEOUT_MS: String(TIMEOUT_MS) },
    });
    account = await registerAccount(server.url, 'ada');
  });
  afterAll(async () => {
    line.setMode('pass');
    await server.stop();
    await line.close();
    await schema.drop();
  });

  const vaults = (): Promise<Answer> => call(server.url, 'GET', '/vaults', { token: account.session.accessToken });
  const expectOutage = (answer: Answer): void => {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.json).toMatchObject({ code: 'unavailable', detail: 'the database of the server does not answer' });
    expect(JSON.stringify(answer.json)).not.toMatch(/select|ECONN|127\.0\.0\.1/i);
  };

  /** What was cut may be noticed by the next request only. */
  const expectRecovery = (): Promise<void> => expect.poll(async () => (await vaults()).status, { timeout: 20_000 }).toBe(200);

  it('answers 503 while it is gone, says so in /health, and goes on when it is back', async () => {
    expect((await vaults()).status).toBe(200);
    line.setMode('refuse');
    for (let count = 0; count < 3; count += 1) expectOutage(await vaults());
    expect((await call(server.url, 'GET', '/health')).json).toMatchObject({ status: 'degraded', checks: { database: 'failed' } });
    expect((await call(server.url, 'GET', '/health/ready')).status).toBe(503);
    expect(server.logs.join('')).toContain('the database of the server does not answer');
    line.setMode('pass');
    await expectRecovery();
  });

  it('answers 503 to what was asked before the line was cut', async () => {
    line.setMode('stall');
    const asked = vaults();
    await new Promise((resolve) => setTimeout(resolve, 300));
    line.cut();
    line.setMode('pass');
    expectOutage(await asked);
    await expectRecovery();
  });

  it('answers 503 when it says nothing any more, and goes on with other connections', async () => {
    line.setMode('stall');
    for (const answer of await Promise.all([vaults(), vaults(), vaults()])) expectOutage(answer);
    line.cut();
    line.setMode('pass');
    await expectRecovery();
  });
});
