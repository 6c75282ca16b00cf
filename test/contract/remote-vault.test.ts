/** One suite for a vault on the server: in memory, and over HTTP on the real server. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseChunkId, parseNodeId, parseUploadId, type ChunkId } from '../../src/core/base/ids.js';
import { encodePack } from '../../src/core/chunk/pack.js';
import { decodeCommit } from '../../src/core/log/commit.js';
import type { CommitRequest, RemoteVault } from '../../src/daemon/ports.js';
import { Author, change, hex, type Change } from '../support/commit-author.js';
import { memoryVaultWorlds, serverVaultWorlds, type VaultWorld } from '../support/vault-worlds.js';

const { signal } = new AbortController();

function chunk(size: number): { readonly id: ChunkId; readonly bytes: Uint8Array } {
  return { id: parseChunkId(hex(32)), bytes: new Uint8Array(randomBytes(size)) };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const uploadId = () => parseUploadId(hex(16));

async function collect(remote: RemoteVault, ids: readonly ChunkId[]): Promise<Map<ChunkId, string>> {
  const found = new Map<ChunkId, string>();
  for await (const { id, bytes } of remote.downloadChunks(ids, { signal })) {
    expect(found.has(id)).toBe(false);
    found.set(id, Buffer.from(bytes).toString('base64'));
  }
  return found;
}

describe.each([
  { name: 'in memory', openWorlds: memoryVaultWorlds },
  { name: 'over HTTP', openWorlds: serverVaultWorlds },
])('remote vault $name', ({ openWorlds }) => {
  const atEnd: (() => Promise<void> | void)[] = [];
  let open: () => Promise<VaultWorld>;
  let world: VaultWorld;
  let remote: RemoteVault;
  let author: Author;

  beforeAll(async () => {
    open = await openWorlds((undo) => atEnd.unshift(undo));
  });

  afterAll(async () => {
    for (const undo of atEnd) await undo();
  });

  beforeEach(async () => {
    world = await open();
    remote = world.remote;
    const { head } = await remote.changes(0, { historyId: null, signal });
    author = new Author(world.keys, remote.vault, { seq: head.seq, prev: head.hash });
  });

  const send = async (changes: readonly Change[]): Promise<CommitRequest> => {
    const request = author.sign(changes);
    expect(await remote.commit(request, { signal })).toMatchObject({ status: 'accepted' });
    author.advance(request);
    return request;
  };

  it('begins with its genesis', async () => {
    const page = await remote.changes(0, { historyId: null, signal });
    expect(page).toMatchObject({ head: { seq: 1, hash: remote.vault }, more: false });
    expect(page.commits).toHaveLength(1);
    expect(page.commits[0]?.records).toEqual([]);
  });

  it('delivers a commit with its records, byte by byte', async () => {
    const made = [change(), change()];
    const request = await send(made);
    const { historyId } = await remote.changes(0, { historyId: null, signal });
    const page = await remote.changes(1, { historyId, signal });
    expect(page.head).toEqual({ seq: 2, hash: decodeCommit(request.signed).hash });
    expect(page.commits.map((commit) => Buffer.from(commit.signed).toString('hex'))).toEqual([Buffer.from(request.signed).toString('hex')]);
    const byNode = (a: { node: string }, b: { node: string }): number => (a.node < b.node ? -1 : 1);
    const records = [...(page.commits[0]?.records ?? [])].sort(byNode);
    expect(records.map(({ node, rev, bytes }) => ({ node, rev, bytes: [...bytes] }))).toEqual(
      [...made].sort(byNode).map(({ node, rev, bytes }) => ({ node, rev, bytes: [...bytes] })),
    );
    expect((await remote.changes(2, { historyId, signal })).commits).toEqual([]);
  });

  it('recognises a commit that is sent again', async () => {
    const request = author.sign([change()]);
    const first = await remote.commit(request, { signal });
    expect(await remote.commit(request, { signal })).toEqual(first);
    expect((await remote.changes(0, { historyId: null, signal })).head.seq).toBe(2);
  });

  it('answers a commit on an old head with what came before it', async () => {
    const late = author.sign([change()]);
    const request = await send([change()]);
    const reply = await remote.commit(late, { signal });
    expect(reply.status).toBe('behind');
    if (reply.status !== 'behind') return;
    expect(reply.page.head).toEqual({ seq: 2, hash: decodeCommit(request.signed).hash });
    expect(reply.page.commits.map(({ signed }) => Buffer.from(signed).toString('hex'))).toEqual([
      Buffer.from(request.signed).toString('hex'),
    ]);
  });

  it('leaves out records that a later commit replaced, never the commits', async () => {
    const node = parseNodeId(hex(16));
    await send([change({ node, rev: 1 })]);
    await send([change({ node, rev: 2 })]);
    const page = await remote.changes(1, { historyId: null, signal });
    expect(page.commits.map(({ records }) => records.map(({ rev }) => rev))).toEqual([[], [2]]);
  });

  it('keeps the records of old revisions, and leaves out those that never were', async () => {
    const node = parseNodeId(hex(16));
    const bytes = [1, 2, 3].map(() => new Uint8Array(randomBytes(512)));
    for (const [index, one] of bytes.entries()) await send([change({ node, rev: index + 1, bytes: one })]);
    const asked = [3, 1, 4, 2].map((rev) => ({ node, rev }));
    const records = await remote.records([...asked, { node: parseNodeId(hex(16)), rev: 1 }], { signal });
    expect(records.map(({ node: of, rev }) => [of, rev])).toEqual([3, 1, 2].map((rev) => [node, rev]));
    expect(records.map((record) => [...record.bytes])).toEqual([2, 0, 1].map((index) => [...(bytes[index] ?? [])]));
  });

  it('hands out more records than one reply holds', async () => {
    const node = parseNodeId(hex(16));
    const bytes = Array.from({ length: 60 }, () => new Uint8Array(randomBytes(128 * 1024)));
    for (const [index, one] of bytes.entries()) await send([change({ node, rev: index + 1, bytes: one })]);
    const records = await remote.records(
      bytes.map((_, index) => ({ node, rev: index + 1 })),
      { signal },
    );
    expect(records.map(({ rev }) => rev)).toEqual(bytes.map((_, index) => index + 1));
    expect(records.every((record, index) => Buffer.from(record.bytes).equals(bytes[index] ?? Buffer.alloc(0)))).toBe(true);
  });

  it('hazard 65: names the chunks that a commit lacks, and takes it when they are there', async () => {
    const [there, absent] = [chunk(1_000), chunk(2_000)];
    await remote.putPack(uploadId(), encodePack([there]), { signal });
    const request = author.sign([change({ chunks: [there.id, absent.id] })]);
    expect(await remote.commit(request, { signal })).toEqual({ status: 'chunks-missing', chunks: [absent.id] });
    await remote.putPack(uploadId(), encodePack([absent]), { signal });
    expect(await remote.commit(request, { signal })).toMatchObject({ status: 'accepted', seq: 2 });
  });

  it('says which chunks are missing', async () => {
    const stored = [chunk(100), chunk(200)];
    const absent = [chunk(1), chunk(1)].map(({ id }) => id);
    await remote.putPack(uploadId(), encodePack(stored), { signal });
    expect(await remote.missingChunks([...stored.map(({ id }) => id), ...absent, ...absent], { signal })).toEqual(new Set(absent));
    expect(await remote.missingChunks([], { signal })).toEqual(new Set());
  });

  it('asks for more chunks than one request may hold', async () => {
    const ids = Array.from({ length: 20_001 }, () => parseChunkId(hex(32)));
    expect((await remote.missingChunks(ids, { signal })).size).toBe(20_001);
  });

  it('takes the same pack twice, and a chunk that came in another pack', async () => {
    const [one, two] = [chunk(5_000), chunk(5_000)];
    const id = uploadId();
    const pack = encodePack([one]);
    await remote.putPack(id, pack, { signal });
    await remote.putPack(id, pack, { signal });
    await remote.putPack(uploadId(), encodePack([one, two]), { signal });
    const found = await collect(remote, [one.id, two.id]);
    expect(found).toEqual(new Map([one, two].map(({ id: chunkId, bytes }) => [chunkId, Buffer.from(bytes).toString('base64')])));
  });

  it('returns every chunk exactly once, out of several packs, small and large', async () => {
    const chunks = [3_000_000, 1, 70_000, 2_097_152, 1_024, 512_000].map(chunk);
    await remote.putPack(uploadId(), encodePack(chunks.slice(0, 3)), { signal });
    await remote.putPack(uploadId(), encodePack(chunks.slice(3)), { signal });
    const ids = chunks.map(({ id }) => id);
    const found = await collect(remote, [...ids, ...ids].reverse());
    expect(new Set(found.keys())).toEqual(new Set(ids));
    for (const { id, bytes } of chunks) expect(found.get(id)).toBe(Buffer.from(bytes).toString('base64'));
  });

  it('refuses a download before the first chunk when one is missing', async () => {
    const [there, absent] = [chunk(100), chunk(100)];
    await remote.putPack(uploadId(), encodePack([there]), { signal });
    await expect(collect(remote, [there.id, absent.id])).rejects.toMatchObject({
      code: 'chunks_missing',
      details: { chunks: [absent.id] },
    });
  });

  it('ends a download that is left early', async () => {
    const chunks = [2_000_000, 2_000_000, 2_000_000].map(chunk);
    await remote.putPack(uploadId(), encodePack(chunks), { signal });
    const ids = chunks.map(({ id }) => id);
    for await (const { id } of remote.downloadChunks(ids, { signal })) {
      expect(ids).toContain(id);
      break;
    }
    expect((await collect(remote, ids)).size).toBe(3);
  });

  it('refuses a name that is taken, and lets two names be swapped in one commit', async () => {
    const [one, two] = [change({ tag: hex(32) }), change({ tag: hex(32) })];
    await send([one, two]);
    await expect(remote.commit(author.sign([change({ tag: one.tag ?? '' })]), { signal })).rejects.toMatchObject({ code: 'name_taken' });
    await send([change({ node: one.node, rev: 2, tag: two.tag ?? '' }), change({ node: two.node, rev: 2, tag: one.tag ?? '' })]);
  });

  it('waits for news and brings it', async () => {
    const waiting = remote.changes(1, { historyId: null, waitMs: 20_000, signal });
    const request = await send([change()]);
    const page = await waiting;
    expect(page.commits.map(({ signed }) => decodeCommit(signed).hash)).toEqual([decodeCommit(request.signed).hash]);
  });

  it('comes back empty when there is no news in time', async () => {
    expect((await remote.changes(1, { historyId: null, waitMs: 50, signal })).commits).toEqual([]);
  });

  it('stops waiting when it is aborted', async () => {
    const controller = new AbortController();
    const waiting = remote.changes(1, { historyId: null, waitMs: 20_000, signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  });

  it('keeps the position of this device until it is removed', async () => {
    const genesis = { seq: 1, hash: (await remote.changes(0, { historyId: null, signal })).head.hash };
    expect(await remote.positions({ signal })).toEqual([]);
    const first = author.position(genesis);
    await remote.putPosition(first, { signal });
    expect((await remote.positions({ signal })).map(text)).toEqual([text(first)]);
    const request = await send([change()]);
    const second = author.position({ seq: 2, hash: decodeCommit(request.signed).hash });
    await remote.putPosition(second, { signal });
    expect((await remote.positions({ signal })).map(text)).toEqual([text(second)]);
    await expect(remote.putPosition(first, { signal })).rejects.toMatchObject({ code: 'rollback' });
    const unknown = author.position({ seq: 3, hash: genesis.hash });
    await expect(remote.putPosition(unknown, { signal })).rejects.toMatchObject({ code: 'history_changed' });
    await remote.removePosition({ signal });
    await remote.removePosition({ signal });
    expect(await remote.positions({ signal })).toEqual([]);
  });

  it('refuses to go on in another history', async () => {
    await expect(remote.changes(0, { historyId: 'another', signal })).rejects.toMatchObject({ code: 'history_changed' });
  });

  it('refuses a counter that this device used before', async () => {
    await send([change()]);
    const again = new Author(world.keys, remote.vault, { seq: 2, prev: (await remote.changes(1, { historyId: null, signal })).head.hash });
    await expect(remote.commit(again.sign([change()]), { signal })).rejects.toMatchObject({ code: 'counter_reused' });
  });
});
