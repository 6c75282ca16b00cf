/** A reply's body as a stream of byte pieces with backpressure, its errors named like those of other requests. */
import got, { type OptionsInit, type Request, type Response } from 'got';
import { FsyncError } from '../../core/base/errors.js';
import { errorOfReply, errorOfTransport } from './http-errors.js';

/** Longest problem reply that is read. */
const MAX_PROBLEM_BYTES = 1_048_576;
/** A connection on which nothing comes for so long is dead. */
const SILENCE_MS = 60_000;

interface StreamContext {
  readonly signal: AbortSignal;
  readonly server: string;
}

/** Resolves when the status is known to be 2xx. Leaving the loop early ends the request. */
export async function openReplyStream(url: string, options: OptionsInit, context: StreamContext): Promise<AsyncIterable<Uint8Array>> {
  const host = new URL(url).host;
  const stream = got.stream(url, { ...options, isStream: true, timeout: { ...options.timeout, socket: SILENCE_MS } });
  const response = await firstResponse(stream).catch((error: unknown) => {
    stream.destroy();
    throw errorOfTransport(error, host, context.signal);
  });
  const pieces = readPieces(stream, host, context.signal);
  if (response.statusCode >= 200 && response.statusCode < 300) return pieces;
  const body = await collect(pieces);
  throw errorOfReply({ status: response.statusCode, headers: response.headers, body }, context.server);
}

function firstResponse(stream: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', reject);
  });
}

async function* readPieces(stream: Request, host: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of stream) {
      if (!(piece instanceof Uint8Array)) throw new FsyncError('internal', 'a reply stream yields no bytes');
      yield piece;
    }
  } catch (error) {
    throw errorOfTransport(error, host, signal);
  } finally {
    stream.destroy();
  }
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > MAX_PROBLEM_BYTES) break;
    parts.push(piece);
  }
  return Buffer.concat(parts);
}
