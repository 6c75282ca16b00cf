/** Hostile and broken input: refused with a clear problem, nothing left behind. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/core/base/bytes.js';
import { problemReply } from '../../src/core/protocol/http.js';
import { call, random, registerAccount, type TestAccount } from '../support/server-account.js';
import { startServer, type ServerHarness } from '../support/server-harness.js';
import { createVault, draftCommit, makePack, newFile, uploadPack, type TestVault } from '../support/server-vault.js';

describe('input of the server', () => {
  let server: ServerHarness;
  let ada: TestAccount;
  let vault: TestVault;
  beforeAll(async () => {
    server = await startServer({ engine: 'sqlite' });
    ada = await registerAccount(server.url, 'ada');
    vault = await createVault(ada);
  });
  afterAll(() => server.stop());

  const post = (path: string, body: unknown) => call(server.url, 'POST', path, { token: ada.session.accessToken, body });
  const raw = (path: string, text: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada.session.accessToken}`, 'content-type': 'application/json', ...headers },
      body: text,
    });
  const blobFiles = (): string[] =>
    readdirSync(server.dataDir, { recursive: true, encoding: 'utf8' }).filter((name) => /^(blobs\/..\/|tmp\/)/.test(name));

  it('answers every refusal as a problem with a request id', async () => {
    const answer = await post('/files/check', { vault: 'x', chunks: [] });
    const problem = problemReply.parse(answer.json);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(problem).toMatchObject({ type: 'urn:fsync:problem:invalid-input', status: 422, code: 'invalid_input' });
    expect(problem.instance).toBe(`urn:fsync:request:${String(answer.headers.get('x-request-id'))}`);
  });

  it('refuses unknown fields, in bodies and in queries', async () => {
    expect((await post('/files/check', { vault: vault.vault, chunks: [], extra: 1 })).status).toBe(422);
    expect((await raw('/files/check', `{"vault":"${vault.vault}","chunks":[],"__proto__":{"x":1}}`)).status).toBe(422);
    expect((await raw('/files/check', `{"vault":"${vault.vault}","chunks":[],"constructor":{}}`)).status).toBe(422);
    const query = await call(server.url, 'GET', `/sync/changes?vault=${vault.vault}&since=0&x=1`, { token: ada.session.accessToken });
    expect(query.status).toBe(422);
    expect((await call(server.url, 'GET', '/account?x=1', { token: ada.session.accessToken })).status).toBe(422);
  });

  it.each([
    'since=-1',
    'since=1e3',
    `since=${'9'.repeat(300)}`,
    'since=0&since=1',
    'since=',
    "since=0'--",
    'since=0&wait=50001',
    'since=0&limit=0',
  ])('refuses the query %s', async (query) => {
    const answer = await call(server.url, 'GET', `/sync/changes?vault=${vault.vault}&${query}`, { token: ada.session.accessToken });
    expect(answer.status).toBe(422);
  });

  it.each(["' or 1=1 --", '\u0000', '../../etc/passwd', '%2e%2e%2f', '𝕏'.repeat(32), 'A'.repeat(64)])('refuses the id %j', async (id) => {
    const answer = await call(server.url, 'GET', `/vaults/${encodeURIComponent(id)}`, { token: ada.session.accessToken });
    expect([404, 422]).toContain(answer.status);
    expect((await post('/files/check', { vault: id, chunks: [] })).status).toBe(422);
    expect((await post('/files/check', { vault: vault.vault, chunks: [id] })).status).toBe(422);
  });

  it('refuses what is not JSON, not said to be JSON, or packed', async () => {
    expect((await raw('/files/check', '{')).status).toBe(422);
    expect((await raw('/files/check', '{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await raw('/files/check', '{}', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await raw('/files/check', '['.repeat(100_000))).status).toBe(422);
  });

  it('refuses too many chunks and too large bodies', async () => {
    const chunk = 'ab'.repeat(32);
    expect((await post('/files/check', { vault: vault.vault, chunks: Array(10_001).fill(chunk) })).status).toBe(422);
    expect((await post('/files/download', { vault: vault.vault, chunks: Array(1001).fill(chunk) })).status).toBe(422);
    expect((await raw('/files/check', ' '.repeat(1024 * 1024 + 1))).status).toBe(413);
    expect((await raw('/sync/event', ' '.repeat(16 * 1024 * 1024 + 1))).status).toBe(413);
  });

  it('stops reading a body that hides its length', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${server.url}/files/check`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ada.session.accessToken}`, 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      });
      request.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      request.on('error', reject);
      for (let sent = 0; sent < 40; sent += 1) request.write(' '.repeat(64 * 1024));
    });
    expect(status).toBe(413);
  });

  it('knows no other paths and methods', async () => {
    expect((await call(server.url, 'GET', '/')).status).toBe(404);
    expect((await call(server.url, 'GET', '/vaults/../secrets.json')).status).toBe(404);
    expect((await call(server.url, 'PUT', '/vaults', { token: ada.session.accessToken })).status).toBe(405);
  });

  it('sends headers that forbid a browser everything', async () => {
    const { headers } = await call(server.url, 'GET', '/health');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    ['a wrong digest', { digest: createHash('sha256').update('x').digest('base64') }, 422],
    ['no digest', { headers: { 'repr-digest': '' } }, 422],
    ['another media type', { headers: { 'content-type': 'text/plain' } }, 415],
    ['an encoding', { headers: { 'content-encoding': 'gzip' } }, 415],
  ])('refuses a pack with %s and keeps nothing of it', async (_what, options, status) => {
    const before = blobFiles();
    const answer = await uploadPack(ada, vault.vault, makePack(3000), options);
    expect(answer.status).toBe(status);
    expect(blobFiles()).toEqual(before);
  });

  it.each([
    ['cut short', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1)],
    ['longer than its index says', (bytes: Uint8Array) => new Uint8Array([0, ...bytes])],
    ['with another offset', (bytes: Uint8Array) => bytes.with(bytes.length - 12 - 8 + 3, 1)],
    ['with more entries than it has', (bytes: Uint8Array) => bytes.with(bytes.length - 12, 0xff)],
    ['empty', () => new Uint8Array(0)],
  ])('refuses a pack that is %s', async (_what, damage) => {
    const before = blobFiles();
    const pack = makePack(3000);
    const bytes = damage(pack.bytes);
    const digest = createHash('sha256').update(bytes).digest('base64');
    const answer = await uploadPack(ada, vault.vault, pack, { bytes, digest });
    expect(Object(answer.json)['code']).toBe('integrity');
    expect(blobFiles()).toEqual(before);
  });

  it('refuses a pack above 17 MiB before it is read', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(
      [
        `PUT /files/upload/${toHex(random(16))}?vault=${vault.vault} HTTP/1.1`,
        'Host: x',
        `Authorization: Bearer ${ada.session.accessToken}`,
        'Content-Type: application/octet-stream',
        `Content-Length: ${String(17 * 1024 * 1024 + 1)}`,
        '\r\n',
      ].join('\r\n'),
    );
    const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.destroy();
    expect(first.toString('latin1')).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('keeps nothing of an upload that breaks off', async () => {
    const before = blobFiles();
    const pack = makePack(2_000_000);
    const digest = createHash('sha256').update(pack.bytes).digest('base64');
    await new Promise<void>((resolve) => {
      const request = httpRequest(`${server.url}/files/upload/${pack.upload}?vault=${vault.vault}`, {
        method: 'PUT',
        headers: {
          authorization: `Bearer ${ada.session.accessToken}`,
          'content-type': 'application/octet-stream',
          'content-length': pack.bytes.length,
          'repr-digest': `sha-256=:${digest}:`,
        },
      });
      request.on('error', () => resolve());
      request.write(pack.bytes.subarray(0, 1_200_000), () => setTimeout(() => request.destroy(new Error('gone')), 50));
    });
    await expect.poll(blobFiles).toEqual(before);
    expect((await uploadPack(ada, vault.vault, pack)).status).toBe(201);
  });

  it('refuses smuggled and malformed requests', async () => {
    const send = (text: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.end(text));
        let answer = '';
        socket.on('data', (data: Buffer) => (answer += data.toString('latin1')));
        socket.on('close', () => resolve(answer));
      });
    const both = 'POST /auth/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await send(both)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await send('GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await send(`GET /health HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('refuses a commit with a record too many, one too few, or keys out of place', async () => {
    const [one, two] = [newFile(), newFile()];
    const commit = draftCommit(ada, vault, { changes: [one] });
    const records: unknown[] = Object(commit.body)['records'];
    const other: unknown[] = Object(draftCommit(ada, vault, { changes: [two] }).body)['records'];
    for (const wrong of [[], [...records, ...other], other]) {
      expect((await post('/sync/event', { ...commit.body, records: wrong })).status).toBe(422);
    }
    const box = { epoch: 1, account: ada.state.accountId, generation: 1, box: 'AAAA' };
    expect((await post('/sync/event', { ...commit.body, keyBoxes: [box] })).status).toBe(422);
    expect((await post('/sync/event', commit.body)).status).toBe(200);
  });
});
