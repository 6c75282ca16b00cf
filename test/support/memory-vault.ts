/** A vault's server in memory: what a RemoteVault is tested against beside the real one, and what engines can be tested with. */
import { FsyncError } from '../../src/core/base/errors.js';
import type { ChunkId, CommitHash, CredentialId, NodeId, VaultId } from '../../src/core/base/ids.js';
import { decodePackIndex } from '../../src/core/chunk/pack.js';
import { decodeCommit, vaultIdOf, type DecodedCommit } from '../../src/core/log/commit.js';
import { decodePosition } from '../../src/core/log/position.js';
import type { CommitReply, CommitRequest, FeedPage, RemoteVault } from '../../src/daemon/ports.js';
import { unlessAborted } from '../../src/daemon/home/deadline.js';

interface Entry {
  readonly decoded: DecodedCommit;
  readonly request: CommitRequest;
  readonly at: number;
}

export interface MemoryVault {
  readonly vault: VaultId;
  /** As one device sees it. */
  remote(device: CredentialId): RemoteVault;
}

export function createMemoryVault(genesis: Uint8Array, now: () => number): MemoryVault {
  return new VaultInMemory(genesis, now);
}

class VaultInMemory implements MemoryVault {
  readonly vault: VaultId;
  private readonly now: () => number;
  private readonly log: Entry[];
  private readonly chunks = new Map<ChunkId, Uint8Array>();
  private readonly tags = new Map<string, NodeId>();
  private readonly revs = new Map<NodeId, number>();
  private readonly positions = new Map<CredentialId, Uint8Array>();
  private waiters: (() => void)[] = [];

  constructor(genesis: Uint8Array, now: () => number) {
    this.vault = vaultIdOf(genesis);
    this.now = now;
    this.log = [{ decoded: decodeCommit(genesis), request: { signed: genesis, records: [] }, at: now() }];
  }

  remote(device: CredentialId): RemoteVault {
    return {
      vault: this.vault,
      changes: async (since, { historyId, waitMs = 0, signal }) => {
        if (historyId !== null && historyId !== 'memory') throw new FsyncError('history_changed', 'another history');
        if (waitMs > 0 && since >= this.log.length) await this.waitForNews(waitMs, signal);
        return this.page(since);
      },
      commit: async (request) => Promise.resolve(this.accept(request)),
      missingChunks: (chunks) => Promise.resolve(new Set(chunks.filter((id) => !this.chunks.has(id)))),
      putPack: (_, pack) => {
        for (const { id, offset, length } of decodePackIndex(pack)) {
          if (!this.chunks.has(id)) this.chunks.set(id, pack.slice(offset, offset + length));
        }
        return Promise.resolve();
      },
      downloadChunks: (chunks) => this.download(chunks),
      records: (revisions) => {
        const all = this.log.flatMap(({ request }) => request.records);
        const find = (node: NodeId, rev: number) => all.filter((record) => record.node === node && record.rev === rev);
        return Promise.resolve(revisions.flatMap(({ node, rev }) => find(node, rev).map(({ bytes }) => ({ node, rev, bytes }))));
      },
      putPosition: async (signed) => Promise.resolve(this.putPosition(signed)),
      positions: () => Promise.resolve([...this.positions.values()]),
      removePosition: () => Promise.resolve(void this.positions.delete(device)),
    };
  }

  private putPosition(signed: Uint8Array): void {
    const { seq, hash, device } = decodePosition(signed).position;
    if (this.log[seq - 1]?.decoded.hash !== hash) throw new FsyncError('history_changed', 'no such commit');
    const before = this.positions.get(device);
    if (before !== undefined && decodePosition(before).position.seq > seq) throw new FsyncError('rollback', 'a position goes back');
    this.positions.set(device, signed);
  }

  private head(): { seq: number; hash: CommitHash } {
    const last = this.log.at(-1);
    if (last === undefined) throw new FsyncError('internal', 'a log has a genesis');
    return { seq: this.log.length, hash: last.decoded.hash };
  }

  private page(since: number): FeedPage {
    const commits = this.log.slice(since).map(({ request, at }) => ({
      signed: request.signed,
      at,
      records: request.records.filter(({ node, rev }) => this.revs.get(node) === rev).map(({ node, rev, bytes }) => ({ node, rev, bytes })),
    }));
    return { historyId: 'memory', head: this.head(), commits, more: false };
  }

  private accept(request: CommitRequest): CommitReply {
    const decoded = decodeCommit(request.signed);
    const { header, hash } = decoded;
    const same = this.log.findIndex((entry) => entry.decoded.hash === hash);
    if (same !== -1) return { status: 'accepted', seq: same + 1, at: this.log[same]?.at ?? 0 };
    const head = this.head();
    if (header.seq !== head.seq + 1 || header.prev !== head.hash)
      return { status: 'behind', page: this.page(Math.min(header.seq - 1, head.seq)) };
    const counters = this.log.filter((entry) => entry.decoded.header.device === header.device).map((entry) => entry.decoded.header.counter);
    if (Math.max(0, ...counters) >= header.counter) throw new FsyncError('counter_reused', 'counter used before');
    const missing = request.records.flatMap(({ chunks }) => chunks).filter((id) => !this.chunks.has(id));
    if (missing.length > 0) return { status: 'chunks-missing', chunks: [...new Set(missing)] };
    this.takeTags(decoded);
    for (const { node, rev } of header.ops) this.revs.set(node, rev);
    this.log.push({ decoded, request, at: this.now() });
    for (const wake of this.waiters.splice(0)) wake();
    return { status: 'accepted', seq: head.seq + 1, at: this.log.at(-1)?.at ?? 0 };
  }

  private takeTags({ header }: DecodedCommit): void {
    const touched = new Set(header.ops.map(({ node }) => node));
    const after = new Map([...this.tags].filter(([, node]) => !touched.has(node)));
    for (const { node, tag } of header.ops) {
      if (tag === null) continue;
      if (after.has(tag)) throw new FsyncError('name_taken', 'a name is taken', { details: { nodes: [node] } });
      after.set(tag, node);
    }
    this.tags.clear();
    for (const [tag, node] of after) this.tags.set(tag, node);
  }

  private async *download(chunks: readonly ChunkId[]): AsyncGenerator<{ id: ChunkId; bytes: Uint8Array }> {
    const wanted = [...new Set(chunks)];
    const missing = wanted.filter((id) => !this.chunks.has(id));
    if (missing.length > 0) throw new FsyncError('chunks_missing', 'chunks are missing', { details: { chunks: missing } });
    for (const id of wanted) yield Promise.resolve({ id, bytes: this.chunks.get(id)?.slice() ?? new Uint8Array() });
  }

  private async waitForNews(waitMs: number, signal: AbortSignal): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const news = new Promise<void>((resolve) => {
      this.waiters.push(resolve);
      timer = setTimeout(resolve, waitMs);
    });
    await unlessAborted(news, signal).finally(() => {
      clearTimeout(timer);
    });
  }
}
