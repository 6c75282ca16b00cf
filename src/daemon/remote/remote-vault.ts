/** One vault on the server, over HTTP. */
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { ChunkId, UploadId, VaultId } from '../../core/base/ids.js';
import { checkReply, commitReply, feedPage, HTTP_LIMITS, recordsReply, type CommitRequestBody } from '../../core/protocol/http.js';
import { positionListReply } from '../../core/protocol/position-http.js';
import { pause } from '../home/deadline.js';
import type { CommitReply, CommitRequest, RemoteVault } from '../ports.js';
import type { Revision, SealedRevision } from '../vault-history.js';
import { readChunkFrames, type SealedChunk } from './chunk-frames.js';
import { commitRefusal, feedPageOf } from './feed-reply.js';
import { readReply, type HttpCall, type HttpReply } from './http-client.js';
import { fullJitterMs } from './retry-delay.js';

/** The calls of HttpClient, with the session of the signed-in account. */
export interface VaultClient {
  send(call: Omit<HttpCall, 'token'>): Promise<HttpReply>;
  stream(call: Omit<HttpCall, 'token'>): Promise<AsyncIterable<Uint8Array>>;
  /** Uniform in [0, 1), for jitter. */
  readonly random: () => number;
}

/** A long poll may take this much longer than was asked for. */
const LONG_POLL_GRACE_MS = 15_000;
/** A pack of 16 MiB at 30 KiB/s. */
const PACK_DEADLINE_MS = 600_000;
const DOWNLOAD_DEADLINE_MS = 3_600_000;
const COMMIT_DEADLINE_MS = 120_000;
/** A broken download is continued as long as each attempt brings something; this many may bring nothing. */
const FRUITLESS_DOWNLOADS = 3;

interface Waiting {
  readonly signal: AbortSignal;
}

export function createRemoteVault(client: VaultClient, vault: VaultId): RemoteVault {
  return {
    vault,
    async changes(since, { historyId, waitMs = 0, signal }) {
      const wait = Math.min(waitMs, HTTP_LIMITS.longPollMs);
      const reply = await client.send({
        method: 'GET',
        path: '/sync/changes',
        query: { vault, since, ...(wait > 0 ? { wait } : {}), ...(historyId === null ? {} : { history: historyId }) },
        ...(wait > 0 ? { deadlineMs: wait + LONG_POLL_GRACE_MS } : {}),
        signal,
      });
      return feedPageOf(readReply(feedPage, reply));
    },
    commit: (request, options) => sendCommit(client, vault, { request, ...options }),
    missingChunks: (chunks, options) => askMissing(client, vault, { chunks, ...options }),
    putPack: (id, pack, options) => sendPack(client, vault, { id, pack, ...options }),
    downloadChunks: (chunks, options) => download(client, vault, { chunks, ...options }),
    records: (revisions, options) => askRecords(client, vault, { revisions, ...options }),
    async putPosition(signed, { signal }) {
      await client.send({ method: 'PUT', path: `/vaults/${vault}/position`, json: { signed: toBase64Url(signed) }, signal });
    },
    async positions({ signal }) {
      const reply = await client.send({ method: 'GET', path: `/vaults/${vault}/positions`, signal });
      return readReply(positionListReply, reply).positions.map(({ signed }) => fromBase64Url(signed));
    },
    async removePosition({ signal }) {
      await client.send({ method: 'DELETE', path: `/vaults/${vault}/position`, signal });
    },
  };
}

async function sendCommit(
  client: VaultClient,
  vault: VaultId,
  { request, signal }: Waiting & { request: CommitRequest },
): Promise<CommitReply> {
  const json: CommitRequestBody = {
    vault,
    signed: toBase64Url(request.signed),
    records: request.records.map(({ node, rev, bytes, chunks }) => ({ node, rev, bytes: toBase64Url(bytes), chunks })),
    ...(request.keyBoxes === undefined ? {} : { keyBoxes: request.keyBoxes.map(({ box, ...to }) => ({ ...to, box: toBase64Url(box) })) }),
  };
  try {
    const reply = await client.send({
      method: 'POST',
      path: '/sync/event',
      json,
      repeatable: true,
      deadlineMs: COMMIT_DEADLINE_MS,
      signal,
    });
    const { seq, at } = readReply(commitReply, reply);
    return { status: 'accepted', seq, at };
  } catch (error) {
    return commitRefusal(error);
  }
}

async function askMissing(
  client: VaultClient,
  vault: VaultId,
  asked: Waiting & { chunks: readonly ChunkId[] },
): Promise<ReadonlySet<ChunkId>> {
  const missing = new Set<ChunkId>();
  for (const chunks of batches([...new Set(asked.chunks)], HTTP_LIMITS.checkChunks)) {
    const reply = await client.send({
      method: 'POST',
      path: '/files/check',
      json: { vault, chunks },
      repeatable: true,
      signal: asked.signal,
    });
    const wanted = new Set(chunks);
    for (const id of readReply(checkReply, reply).missing) if (wanted.has(id)) missing.add(id);
  }
  return missing;
}

async function askRecords(
  client: VaultClient,
  vault: VaultId,
  asked: Waiting & { revisions: readonly Revision[] },
): Promise<readonly SealedRevision[]> {
  const found: SealedRevision[] = [];
  for (let at = 0; at < asked.revisions.length;) {
    const revisions = asked.revisions.slice(at, at + HTTP_LIMITS.records).map(({ node, rev }) => ({ node, rev }));
    const reply = await client.send({
      method: 'POST',
      path: '/files/records',
      json: { vault, revisions },
      repeatable: true,
      signal: asked.signal,
    });
    const { records, answered } = readReply(recordsReply, reply);
    if (answered < 1 || answered > revisions.length) throw new FsyncError('integrity', 'the server answered nothing that was asked for');
    for (const { node, rev, bytes } of records) found.push({ node, rev, bytes: fromBase64Url(bytes) });
    at += answered;
  }
  return found;
}

async function sendPack(client: VaultClient, vault: VaultId, sent: Waiting & { id: UploadId; pack: Uint8Array }): Promise<void> {
  // WebCrypto hashes on another thread; createHash would hold up this one.
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', sent.pack)).toString('base64');
  await client.send({
    method: 'PUT',
    path: `/files/upload/${sent.id}`,
    query: { vault },
    bytes: sent.pack,
    headers: { 'content-type': 'application/octet-stream', 'repr-digest': `sha-256=:${digest}:` },
    repeatable: true,
    deadlineMs: PACK_DEADLINE_MS,
    signal: sent.signal,
  });
}

async function* download(
  client: VaultClient,
  vault: VaultId,
  asked: Waiting & { chunks: readonly ChunkId[] },
): AsyncGenerator<SealedChunk> {
  for (const chunks of batches([...new Set(asked.chunks)], HTTP_LIMITS.downloadChunks)) {
    const wanted = new Set(chunks);
    let fruitless = 0;
    while (wanted.size > 0) {
      const before = wanted.size;
      try {
        yield* downloadOnce(client, vault, { wanted, signal: asked.signal });
      } catch (error) {
        if (!isFsyncError(error, 'server_unreachable') || error.details['absent'] === true) throw error;
        fruitless = wanted.size < before ? 0 : fruitless + 1;
        if (fruitless >= FRUITLESS_DOWNLOADS) throw error;
        await pause(fullJitterMs(fruitless, { baseMs: 200, capMs: 2_000 }, client.random), asked.signal);
      }
    }
  }
}

async function* downloadOnce(client: VaultClient, vault: VaultId, batch: Waiting & { wanted: Set<ChunkId> }): AsyncGenerator<SealedChunk> {
  const pieces = await client.stream({
    method: 'POST',
    path: '/files/download',
    json: { vault, chunks: [...batch.wanted] },
    deadlineMs: DOWNLOAD_DEADLINE_MS,
    signal: batch.signal,
  });
  yield* readChunkFrames(pieces, batch.wanted);
  if (batch.wanted.size > 0) {
    throw new FsyncError('chunks_missing', 'the server left out chunks that it said to have', { details: { chunks: [...batch.wanted] } });
  }
}

function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
