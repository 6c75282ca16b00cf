/** A device's line to the simulated server: what is refused, what is lost on the way, and what arrives. */
import { createHash } from 'node:crypto';
import { toBase64Url } from '../../src/core/base/bytes.js';
import { FsyncError } from '../../src/core/base/errors.js';
import type { CommitReply, RemoteVault } from '../../src/daemon/ports.js';
import { readChunkFrames, type SealedChunk } from '../../src/daemon/remote/chunk-frames.js';
import { commitRefusal, feedPageOf } from '../../src/daemon/remote/feed-reply.js';
import { simAccount, type DeviceName } from './account.js';
import { Killed } from './file-error.js';
import type { Faults } from './faults.js';
import type { Owner, Scheduler } from './scheduler.js';
import { callerOf, type SimServer } from './sim-server.js';
import { withRealTimers } from './virtual-timers.js';

export interface Line {
  online: boolean;
  /** Requests that changed the server, and bytes of content up or down: none of them when nothing happened. */
  mutations: number;
}

/** Set by a fault for the request that is under way. */
export interface NextRequest {
  answerLost: boolean;
}

export interface RemoteDeps {
  readonly scheduler: Scheduler;
  readonly server: SimServer;
  readonly name: DeviceName;
  readonly owner: Owner;
  readonly faults: Faults;
  readonly line: Line;
  readonly next: NextRequest;
}

export function createSimRemote(deps: RemoteDeps): RemoteVault {
  const { server, name, line } = deps;
  const caller = callerOf(name);
  const { vault } = simAccount();
  const request = <Result>(label: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> =>
    sendRequest(deps, { label, signal }, work);
  return {
    vault,
    changes: (since, { historyId, signal }) =>
      request('changes', signal, async () =>
        feedPageOf(await server.feed.changes(caller, { vault, since, limit: null, waitMs: 0, historyId }, signal)),
      ),
    commit: async ({ signed, records }, { signal }): Promise<CommitReply> => {
      try {
        line.mutations += 1;
        const { seq, at } = await request('commit', signal, () => server.commits.accept(caller, { vault, signed, records, keyBoxes: [] }));
        return { status: 'accepted', seq, at };
      } catch (error) {
        return commitRefusal(overTheWire(error));
      }
    },
    missingChunks: async (chunks, { signal }) =>
      new Set(await request('missing', signal, () => server.uploads.missing(caller, vault, chunks))),
    putPack: async (upload, pack, { signal }) => {
      line.mutations += 1;
      const sha256 = createHash('sha256').update(pack).digest();
      const body = async function* () {
        yield Promise.resolve(Buffer.from(pack));
      };
      await request('put', signal, () =>
        server.uploads.put(caller, { vault, upload, pack: { body: body(), length: pack.length, sha256 } }),
      );
    },
    async *downloadChunks(chunks, { signal }) {
      line.mutations += 1;
      const sealed = await request('download', signal, async () => {
        const { readable } = await server.downloads.open(caller, vault, chunks);
        const found: SealedChunk[] = [];
        for await (const chunk of readChunkFrames(readable, new Set(chunks))) found.push(chunk);
        return found;
      });
      yield* sealed;
    },
    putPosition: (signed, { signal }) => {
      line.mutations += 1;
      return request('put position', signal, () => server.positions.put(caller, vault, signed));
    },
    positions: ({ signal }) => request('positions', signal, () => server.positions.list(caller, vault)),
    removePosition: ({ signal }) => request('remove position', signal, () => server.positions.remove(caller, vault)),
    records: () => Promise.reject(new FsyncError('not_found', 'old records are not simulated')),
  };
}

async function sendRequest<Result>(
  { scheduler, owner, faults, line, next }: RemoteDeps,
  { label, signal }: { label: string; signal: AbortSignal },
  work: () => Promise<Result>,
): Promise<Result> {
  const sent = await scheduler.call(owner, label, 'network', async () => {
    if (signal.aborted) throw new FsyncError('aborted', 'stopped before the request');
    if (!line.online) throw unreachable('the network is down');
    next.answerLost = false;
    faults.call('network');
    if (!owner.alive) throw new Killed();
    const result = await withRealTimers(scheduler, work).catch((error: unknown) => {
      throw error instanceof FsyncError ? error : new FsyncError('unavailable', 'the server failed', { cause: error });
    });
    scheduler.note(`${owner.name} ${label} answered`);
    if (isLost(next)) throw unreachable('the answer was lost');
    return result;
  });
  return scheduler.call(owner, `${label} answer`, 'network', () => {
    if (!line.online) throw unreachable('the network went down');
    return sent;
  });
}

/** A call, because a fault may have set it. */
function isLost({ answerLost }: NextRequest): boolean {
  return answerLost;
}

export function unreachable(message: string): FsyncError {
  return new FsyncError('server_unreachable', message);
}

/** Details that the wire carries as JSON. */
function overTheWire(error: unknown): unknown {
  if (!(error instanceof FsyncError)) return error;
  const details: unknown = JSON.parse(
    JSON.stringify(error.details, (_key, value: unknown) => (value instanceof Uint8Array ? toBase64Url(value) : value)),
  );
  return new FsyncError(error.code, error.message, { details: details as Record<string, unknown> });
}
