/** Turns what can go wrong with a request into the error table: problem replies, sockets, certificates, deadlines. */
import { TimeoutError } from 'got';
import { ERROR_TABLE, FsyncError, type ErrorCode } from '../../core/base/errors.js';
import { problemReply } from '../../core/protocol/http.js';
import { abortedError } from '../home/deadline.js';
import { errnoOf } from '../home/errno.js';
import { certificateError } from './certificate-error.js';
import type { HttpReply } from './http-client.js';

/** Nobody is there: trying again at once does not help. */
const ABSENT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
]);

/** For what was thrown before there was a reply. `details.absent` is true when no connection could be made. */
export function errorOfTransport(error: unknown, host: string, signal: AbortSignal): FsyncError {
  if (error instanceof FsyncError) return error;
  if (signal.aborted) return abortedError(signal);
  if (error instanceof TimeoutError) {
    return new FsyncError('server_unreachable', `${host} did not answer in time`, {
      cause: error,
      details: { absent: error.event === 'connect' },
    });
  }
  const refused = certificateError(error, host);
  if (refused !== null) return refused;
  const code = errnoOf(error) ?? '';
  return new FsyncError('server_unreachable', `${host} cannot be reached (${code === '' ? 'connection failed' : code})`, {
    cause: error,
    hints: ['Check the address and the network; local work goes on and is sent later.'],
    details: { absent: ABSENT_CODES.has(code) },
  });
}

/** For a reply with a status other than 2xx. The server's words are shortened and freed of control characters. */
export function errorOfReply(reply: HttpReply, server: string): FsyncError {
  const retryAfterMs = parseRetryAfter(reply.headers['retry-after']);
  const waiting = retryAfterMs === null ? {} : { retryAfterMs };
  const problem = problemReply.safeParse(parseJson(reply.body));
  if (!problem.success)
    return new FsyncError(codeOfStatus(reply.status), describeStatus(reply, server), { details: { status: reply.status, ...waiting } });
  const { type: _type, title, status, detail, instance, code, hints, ...extras } = problem.data;
  return new FsyncError(isErrorCode(code) ? code : codeOfStatus(status), printable(detail === '' ? title : detail), {
    hints: (hints ?? []).slice(0, 5).map(printable),
    details: { ...extras, status: reply.status, request: printable(instance), ...waiting },
  });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'session_expired',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'payload_too_large',
  415: 'unsupported_media',
  429: 'rate_limited',
  507: 'quota_exceeded',
};

function codeOfStatus(status: number): ErrorCode {
  return STATUS_CODES[status] ?? (status >= 500 ? 'unavailable' : 'server_unreachable');
}

function describeStatus(reply: HttpReply, server: string): string {
  if (reply.status >= 300 && reply.status < 400) return `${server} redirects elsewhere, which is not followed; use the new address`;
  return `${server} answered with status ${String(reply.status)}`;
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 500);
}

function parseRetryAfter(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : null;
}
