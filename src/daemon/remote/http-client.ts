/**
 * One server over HTTP: every request has a deadline, ends with a checked status or a named error,
 * is repeated only where that is safe, and goes to that server's origin only.
 */
import { Agent as HttpAgent, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import got, { type OptionsInit, type Response } from 'got';
import type { z } from 'zod';
import type { Clock, Logger } from '../../core/base/effects.js';
import { FsyncError } from '../../core/base/errors.js';
import { pause } from '../home/deadline.js';
import { errorOfReply, errorOfTransport } from './http-errors.js';
import { retryDelayMs } from './retry-delay.js';
import { paced, pacedBody, type TransferLimits } from './rate-limit.js';
import { openReplyStream } from './reply-stream.js';

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the server's URL, with a slash in front. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whole request; default: the client's. */
  readonly deadlineMs?: number;
  /** Doing it twice is the same as doing it once. GET always is. */
  readonly repeatable?: boolean;
  /** Bearer token, if any. */
  readonly token?: string;
  readonly signal: AbortSignal;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpClient {
  /** Base URL without a slash at the end. */
  readonly server: string;
  /** A reply with status 2xx. @throws FsyncError: the problem's code, server_unreachable, tls_refused, aborted … */
  send(call: HttpCall): Promise<HttpReply>;
  /** The body of a 2xx reply as it comes; reading slowly slows the server down. Not repeated. */
  stream(call: HttpCall): Promise<AsyncIterable<Uint8Array>>;
  close(): void;
}

export interface HttpClientOptions {
  readonly server: string;
  /** PEM text of authorities to trust besides the built-in ones. */
  readonly caPem: string | null;
  readonly timeoutMs: () => number;
  readonly userAgent: string;
  /** For bodies of bytes and for streams: contents of files, not the small talk about them. */
  readonly limits?: TransferLimits;
}

export interface HttpClientDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told the reply's Date header and when the request left and the reply came. */
  readonly onServerDate?: (serverMs: number, sentAtMs: number, receivedAtMs: number) => void;
}

/** Silence on a connection that is neither a long poll nor finished, in milliseconds. */
const SILENCE_MS = 60_000;
const MAX_SOCKETS = 64;

export function createHttpClient(options: HttpClientOptions, deps: HttpClientDeps): HttpClient {
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
  };
  const shared: OptionsInit = {
    agent: agents,
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    decompress: false,
    ...(options.caPem === null ? {} : { https: { certificateAuthority: [...rootCertificates, options.caPem] } }),
  };
  const gotOptions = (call: HttpCall): OptionsInit => ({ ...shared, ...callOptions(call, options) });

  const once = async (call: HttpCall): Promise<HttpReply> => {
    const sentAtMs = deps.clock.now();
    const response = await request(`${options.server}${call.path}`, gotOptions(call), call);
    const date = Date.parse(response.headers.date ?? '');
    if (!Number.isNaN(date)) deps.onServerDate?.(date, sentAtMs, deps.clock.now());
    const reply = { status: response.statusCode, headers: response.headers, body: response.body };
    if (reply.status >= 200 && reply.status < 300) return reply;
    throw errorOfReply(reply, options.server);
  };

  return {
    server: options.server,
    send: (call) => repeated(call, once, deps),
    async stream(call) {
      const context = { signal: call.signal, server: options.server };
      const pieces = await openReplyStream(`${options.server}${call.path}`, gotOptions(call), context);
      return options.limits === undefined ? pieces : paced(pieces, options.limits.download, call.signal);
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function callOptions(call: HttpCall, options: HttpClientOptions): OptionsInit {
  const deadlineMs = call.deadlineMs ?? options.timeoutMs();
  return {
    method: call.method,
    timeout: {
      request: deadlineMs,
      connect: Math.min(deadlineMs, 10_000),
      ...(deadlineMs > SILENCE_MS && call.bytes === undefined ? {} : { socket: SILENCE_MS }),
    },
    signal: call.signal,
    headers: {
      'user-agent': options.userAgent,
      ...call.headers,
      ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
      ...(call.bytes === undefined ? {} : { 'content-length': String(call.bytes.length) }),
    },
    ...(call.query === undefined ? {} : { searchParams: call.query }),
    ...(call.json === undefined ? {} : { json: call.json }),
    ...(call.bytes === undefined ? {} : { body: bodyOf(call.bytes, call.signal, options.limits) }),
  };
}

function bodyOf(bytes: Uint8Array, signal: AbortSignal, limits: TransferLimits | undefined): Buffer | Readable {
  if (limits?.upload.isOff === false) return pacedBody(bytes, limits.upload, signal);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function request(url: string, options: OptionsInit, call: HttpCall): Promise<Response<Buffer>> {
  try {
    // `responseType: 'buffer'`, not `.buffer()`: the latter is ten times slower.
    return await got(url, { ...options, responseType: 'buffer', isStream: false, resolveBodyOnly: false });
  } catch (error) {
    throw errorOfTransport(error, new URL(url).host, call.signal);
  }
}

async function repeated(call: HttpCall, once: (call: HttpCall) => Promise<HttpReply>, deps: HttpClientDeps): Promise<HttpReply> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(call);
    } catch (error) {
      const delayMs = call.repeatable === true || call.method === 'GET' ? retryDelayMs(error, attempt, deps.random) : null;
      if (delayMs === null) throw error;
      deps.logger.debug('request repeated', { path: call.path, attempt, delayMs, error });
      await pause(delayMs, call.signal);
    }
  }
}

/** The JSON body, checked. @throws FsyncError unavailable when it is not what this client knows */
export function readReply<Shape extends z.ZodType>(shape: Shape, reply: HttpReply): z.infer<Shape> {
  try {
    return shape.parse(JSON.parse(reply.body.toString('utf8')));
  } catch (cause) {
    throw new FsyncError('unavailable', "the server's answer is not understood", {
      cause,
      hints: ['Is this the address of an fsync server of the same version?'],
    });
  }
}
