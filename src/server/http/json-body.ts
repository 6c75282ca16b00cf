/** Reads a JSON body under a cap: refused before it is read when its length says too much, and never unpacked. */
import type { IncomingMessage } from 'node:http';
import { FsyncError } from '../../core/base/errors.js';

function tooLarge(maxBytes: number): FsyncError {
  return new FsyncError('payload_too_large', `the body is larger than ${String(maxBytes)} bytes`, { details: { maxBytes } });
}

/** Throws unsupported_media for an encoded body: nothing that a client sends is ever decompressed here. */
export function refuseEncodedBody(request: IncomingMessage): void {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new FsyncError('unsupported_media', 'an encoded body is not accepted');
  }
}

/** The length that the request declares, or null. Throws payload_too_large. */
export function declaredLength(request: IncomingMessage, maxBytes: number): number | null {
  const header = request.headers['content-length'];
  if (header === undefined) return null;
  const length = Number(header);
  if (!Number.isSafeInteger(length) || length < 0) throw new FsyncError('invalid_input', 'Content-Length is not a number');
  if (length > maxBytes) throw tooLarge(maxBytes);
  return length;
}

/**
 * @throws FsyncError payload_too_large, unsupported_media, invalid_input
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  refuseEncodedBody(request);
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new FsyncError('unsupported_media', 'expected Content-Type: application/json');
  declaredLength(request, maxBytes);
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    // The socket stays open when the loop is left early: the refusal still has to be sent.
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(piece)) continue;
      length += piece.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      pieces.push(piece);
    }
  } catch (cause) {
    if (cause instanceof FsyncError) throw cause;
    throw new FsyncError('aborted', 'the client went away', { cause });
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(pieces, length).toString('utf8'));
    return value;
  } catch (cause) {
    throw new FsyncError('invalid_input', 'the body is not JSON', { cause });
  }
}
