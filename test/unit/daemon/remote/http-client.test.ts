import { createServer as createNetServer } from 'node:net';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createHttpClient, readReply, type HttpCall, type HttpClient } from '../../../../src/daemon/remote/http-client.js';
import { RateLimit, type TransferLimits } from '../../../../src/daemon/remote/rate-limit.js';
import { recordingLogger } from '../../../support/recording-logger.js';
import { scriptedServer, sendJson, sendProblem } from '../../../support/scripted-server.js';
import { tempFolder } from '../../../support/temp-folder.js';

function clientOf(server: string, options: { caPem?: string; timeoutMs?: number; limits?: TransferLimits } = {}): HttpClient {
  const { caPem = null, timeoutMs = 5_000, limits } = options;
  const client = createHttpClient(
    { server, caPem, timeoutMs: () => timeoutMs, userAgent: 'fsync/test', ...(limits === undefined ? {} : { limits }) },
    { logger: recordingLogger(), clock: { now: Date.now }, random: () => 0 },
  );
  onTestFinished(() => {
    client.close();
  });
  return client;
}

const get = (path: string, more: Partial<HttpCall> = {}): HttpCall => ({
  method: 'GET',
  path,
  signal: new AbortController().signal,
  ...more,
});

describe('createHttpClient', () => {
  it('sends JSON, query, token and headers, and returns the checked body', async () => {
    const server = await scriptedServer((_, response) => {
      sendJson(response, { seq: 7 }, 201);
    });
    const reply = await clientOf(`${server.url}/v1`).send({
      method: 'POST',
      path: '/sync/event',
      query: { vault: 'aa', since: 3 },
      json: { a: 1 },
      token: 'tok',
      headers: { 'x-extra': 'yes' },
      signal: new AbortController().signal,
    });
    expect(readReply(z.object({ seq: z.number() }), reply)).toEqual({ seq: 7 });
    const [request] = server.requests;
    expect(request?.path).toBe('/v1/sync/event');
    expect(Object.fromEntries(request?.query ?? [])).toEqual({ vault: 'aa', since: '3' });
    expect(request?.headers).toMatchObject({ authorization: 'Bearer tok', 'x-extra': 'yes', 'content-type': 'application/json' });
    expect(JSON.parse(request?.body.toString() ?? '')).toEqual({ a: 1 });
  });

  it('sends bytes whole and with their length below a limit, also when they have to be sent again', async () => {
    const server = await scriptedServer((request, response) => {
      if (server.requests.length === 1) sendProblem(response, 'unavailable', 503);
      else sendJson(response, { size: request.body.length });
    });
    const rate = new RateLimit(
      () => 100_000_000,
      () => performance.now(),
    );
    const bytes = new Uint8Array(300_000).map((_, index) => index % 251);
    const reply = await clientOf(server.url, { limits: { upload: rate, download: rate } }).send({
      method: 'PUT',
      path: '/files/upload/1',
      bytes,
      repeatable: true,
      signal: new AbortController().signal,
    });
    expect(readReply(z.object({ size: z.number() }), reply)).toEqual({ size: 300_000 });
    expect(server.requests.map(({ headers }) => headers['content-length'])).toEqual(['300000', '300000']);
    expect(server.requests.every(({ body }) => body.equals(bytes))).toBe(true);
  });

  it('turns a problem into an error with its code, hints and extras', async () => {
    const server = await scriptedServer((_, response) => {
      sendProblem(response, 'quota_exceeded', 507, { hints: ['buy a disk'], limit: 12 });
    });
    await expect(clientOf(server.url).send(get('/x'))).rejects.toMatchObject({
      code: 'quota_exceeded',
      message: 'refused: quota_exceeded',
      hints: ['buy a disk'],
      details: { limit: 12, status: 507 },
    });
  });

  it('takes control characters out of what the server says', async () => {
    const server = await scriptedServer((_, response) => {
      sendProblem(response, 'forbidden', 403, { detail: 'a\u001b[31mb\u202ec' });
    });
    await expect(clientOf(server.url).send(get('/x'))).rejects.toThrow('a [31mb c');
  });

  it('says that a server is unreachable when nobody listens, without trying again', async () => {
    const port = await freePort();
    await expect(clientOf(`http://127.0.0.1:${String(port)}`).send(get('/x'))).rejects.toMatchObject({
      code: 'server_unreachable',
      details: { absent: true },
    });
  });

  it('says that a server is unreachable when its name does not resolve', async () => {
    await expect(clientOf('https://no-such-host.invalid').send(get('/x'))).rejects.toMatchObject({ code: 'server_unreachable' });
  });

  it('gives up at the deadline', async () => {
    const server = await scriptedServer(() => undefined);
    await expect(clientOf(server.url, { timeoutMs: 80 }).send({ ...get('/x'), method: 'POST' })).rejects.toMatchObject({
      code: 'server_unreachable',
    });
  });

  it('ends when its signal is aborted', async () => {
    const controller = new AbortController();
    const server = await scriptedServer(() => {
      controller.abort();
    });
    await expect(clientOf(server.url).send(get('/x', { signal: controller.signal }))).rejects.toMatchObject({ code: 'aborted' });
  });

  it('repeats a repeatable request after 503 and after a cut connection', async () => {
    let count = 0;
    const server = await scriptedServer((_, response) => {
      count += 1;
      if (count === 1) response.writeHead(503).end();
      else if (count === 2) response.destroy();
      else sendJson(response, {});
    });
    await clientOf(server.url).send({ ...get('/x'), method: 'POST', repeatable: true });
    expect(server.requests).toHaveLength(3);
  });

  it('never repeats a request that is not repeatable', async () => {
    const server = await scriptedServer((_, response) => {
      response.writeHead(503).end();
    });
    await expect(clientOf(server.url).send({ ...get('/x'), method: 'POST' })).rejects.toMatchObject({ code: 'unavailable' });
    expect(server.requests).toHaveLength(1);
  });

  it('does not follow redirects, so no token reaches another origin', async () => {
    const other = await scriptedServer((_, response) => {
      sendJson(response, {});
    });
    const server = await scriptedServer((_, response) => {
      response.writeHead(307, { location: `${other.url}/x` }).end();
    });
    await expect(clientOf(server.url).send(get('/x', { token: 'secret' }))).rejects.toMatchObject({ code: 'server_unreachable' });
    expect(other.requests).toHaveLength(0);
  });

  it('refuses a body that is not what it knows', async () => {
    const server = await scriptedServer((_, response) => {
      response.writeHead(200).end('<html>captive portal</html>');
    });
    const reply = await clientOf(server.url).send(get('/x'));
    expect(() => readReply(z.object({}), reply)).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });

  it('refuses a certificate of an unknown authority and accepts it with that authority', async () => {
    const { key, cert } = selfSigned();
    const server = createTlsServer({ key, cert }, (_, response) => {
      sendJson(response, { ok: true });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const url = `https://localhost:${String(typeof address === 'object' ? address?.port : '')}`;
    await expect(clientOf(url).send(get('/x'))).rejects.toMatchObject({ code: 'tls_refused' });
    await expect(clientOf(url, { caPem: cert }).send(get('/x'))).resolves.toMatchObject({ status: 200 });
  });

  it('streams a body as it comes', async () => {
    const server = await scriptedServer((_, response) => {
      response.writeHead(200);
      for (let index = 0; index < 64; index += 1) response.write(Buffer.alloc(65_536, index));
      response.end();
    });
    const bytes: number[] = [];
    for await (const piece of await clientOf(server.url).stream(get('/x'))) for (const byte of piece) bytes.push(byte);
    expect(bytes).toHaveLength(64 * 65_536);
    expect(bytes.every((byte, index) => byte === Math.floor(index / 65_536))).toBe(true);
  });

  it('throws the problem of a stream that is refused', async () => {
    const server = await scriptedServer((_, response) => {
      sendProblem(response, 'chunks_missing', 409, { chunks: ['aa'] });
    });
    await expect(clientOf(server.url).stream(get('/x'))).rejects.toMatchObject({ code: 'chunks_missing', details: { chunks: ['aa'] } });
  });

  it('names a stream that is cut', async () => {
    const server = await scriptedServer((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('abc', () => response.destroy());
    });
    const read = async (): Promise<void> => {
      for await (const piece of await clientOf(server.url).stream(get('/x'))) expect(piece.length).toBe(3);
    };
    await expect(read()).rejects.toMatchObject({ code: 'server_unreachable' });
  });
});

async function freePort(): Promise<number> {
  const probe = createNetServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** With the openssl program, which is wherever Node is built or packaged. */
function selfSigned(): { readonly key: string; readonly cert: string } {
  const folder = tempFolder();
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  const keyFile = join(folder, 'key.pem');
  const certFile = join(folder, 'cert.pem');
  execFileSync('openssl', [...args, '-addext', 'subjectAltName=DNS:localhost', '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
}
