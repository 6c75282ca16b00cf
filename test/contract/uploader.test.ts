/** What every Uploader does, on a real folder and real threads, against a chunk store in memory. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../src/core/base/errors.js';
import type { ChunkId } from '../../src/core/base/ids.js';
import { openChunk } from '../../src/core/chunk/chunk.js';
import { PACK_LIMIT } from '../../src/core/chunk/pack.js';
import type { FileContent } from '../../src/core/tree/node.js';
import type { TransferProgress, UploadItem } from '../../src/daemon/ports.js';
import type { ChunkStore } from '../support/chunk-store.js';
import { KIB, MIB, never, sharedPool, testKeyring, TransferWorld } from '../support/transfer-world.js';

const pool = sharedPool();

/** The plaintext that the store holds for a content. */
function readBack(world: TransferWorld, content: FileContent): Buffer {
  const parts = content.chunks.map((ref) => openChunk(world.keys, ref, world.store.chunks.get(ref.id) ?? new Uint8Array()));
  return Buffer.concat(parts);
}

function sentTwice(store: ChunkStore): ChunkId[] {
  const ids = store.packs.flatMap(({ chunks }) => chunks);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

describe('Uploader', () => {
  it('stores every chunk of every item, readable again', async () => {
    const world = new TransferWorld(pool);
    const files = { large: randomBytes(20 * MIB), text: Buffer.from('all work and no play '.repeat(60_000)), small: randomBytes(3000) };
    const items = await Promise.all(Object.entries(files).map(([path, bytes]) => world.item(path, bytes)));
    expect((await world.upload(items)).sort()).toEqual(['large stored', 'small stored', 'text stored']);
    for (const { path, content } of items) expect(readBack(world, content).equals(files[path as keyof typeof files])).toBe(true);
  });

  it('sends nothing for content that travels in the record', async () => {
    const world = new TransferWorld(pool);
    expect(await world.upload([await world.item('a', ''), await world.item('b', 'tiny')])).toEqual(['a stored', 'b stored']);
    expect(world.store.asked).toEqual([]);
    expect(world.store.packs).toEqual([]);
  });

  it('does not send what the server has', async () => {
    const world = new TransferWorld(pool);
    const item = await world.item('file', randomBytes(5 * MIB));
    await world.upload([item]);
    const packs = world.store.packs.length;
    expect(await world.upload([item])).toEqual(['file stored']);
    expect(world.store.packs.length).toBe(packs);
  });

  it('sends a chunk that several files hold once', async () => {
    const world = new TransferWorld(pool);
    const shared = randomBytes(4 * MIB);
    const items = [
      await world.item('a', shared),
      await world.item('b', shared),
      await world.item('c', Buffer.concat([shared, randomBytes(MIB)])),
    ];
    expect((await world.upload(items)).sort()).toEqual(['a stored', 'b stored', 'c stored']);
    expect(sentTwice(world.store)).toEqual([]);
  });

  it('puts many small files into few packs of bounded size', async () => {
    const world = new TransferWorld(pool);
    const items: UploadItem[] = [];
    for (let index = 0; index < 300; index += 1) items.push(await world.item(`d/${String(index)}`, randomBytes(40 * KIB)));
    await world.upload(items);
    expect(world.store.packs.length).toBe(2);
    expect(Math.max(...world.store.packs.map(({ bytes }) => bytes))).toBeLessThan(PACK_LIMIT);
    expect(sentTwice(world.store)).toEqual([]);
  });

  it('sends packs side by side, three at most', async () => {
    const world = new TransferWorld(pool);
    const item = await world.item('file', randomBytes(60 * MIB));
    world.store.beforePut = () => new Promise((resolve) => setTimeout(resolve, 100));
    await world.upload([item]);
    expect(world.store.peak.puts).toBeGreaterThan(1);
    expect(world.store.peak.puts).toBeLessThanOrEqual(3);
  });

  it('yields an item before later items are sent', async () => {
    const world = new TransferWorld(pool);
    const items = [await world.item('first', randomBytes(8 * MIB)), await world.item('second', randomBytes(64 * MIB))];
    const total = new Set(items.flatMap(({ content }) => content.chunks.map(({ id }) => id))).size;
    for await (const { item } of world.uploader.upload(items, { signal: never })) {
      expect(item.path).toBe('first');
      break;
    }
    expect(world.store.chunks.size).toBeLessThan(total);
  });

  it.each([
    ['grew', 'changed', (path: string) => appendFileSync(path, 'x')],
    ['is gone', 'missing', (path: string) => rmSync(path)],
  ])('says of a file that %s that it is %s, and stores the others', async (_name, status, change) => {
    const world = new TransferWorld(pool);
    const items = [await world.item('a', randomBytes(MIB)), await world.item('b', randomBytes(MIB))];
    change(world.at('a'));
    expect((await world.upload(items)).sort()).toEqual([`a ${status}`, 'b stored']);
  });

  it('hazard 52: never sends bytes that are not what the chunk id says, whatever the file looks like', async () => {
    const world = new TransferWorld(pool);
    const item = await world.item('file', randomBytes(MIB));
    const expected = world.write('file', randomBytes(MIB));
    expect(await world.upload([{ ...item, expected }])).toEqual(['file changed']);
    expect(item.content.chunks.some(({ id }) => world.store.chunks.has(id))).toBe(false);
  });

  it('hazard 52: takes a chunk from another file when the first one changed', async () => {
    const world = new TransferWorld(pool);
    const bytes = randomBytes(3 * MIB);
    const items = [await world.item('a', bytes), await world.item('b', bytes), await world.item('c', bytes)];
    appendFileSync(world.at('a'), 'x');
    rmSync(world.at('b'));
    expect((await world.upload(items)).sort()).toEqual(['a changed', 'b missing', 'c stored']);
    const [, , c] = items;
    expect(c !== undefined && readBack(world, c.content).equals(bytes)).toBe(true);
  });

  it('does not need the file when the server has all of it', async () => {
    const world = new TransferWorld(pool);
    const item = await world.item('file', randomBytes(MIB));
    await world.upload([item]);
    renameSync(world.at('file'), world.at('moved'));
    expect(await world.upload([item])).toEqual(['file stored']);
  });

  it('hazard 65: goes on after an interruption with what is missing', async () => {
    const world = new TransferWorld(pool);
    const item = await world.item('file', randomBytes(64 * MIB));
    const controller = new AbortController();
    world.store.beforePut = () => {
      if (world.store.packs.length === 2) controller.abort();
    };
    await expect(world.upload([item], controller.signal)).rejects.toMatchObject({ code: 'aborted' });
    const kept = world.store.chunks.size;
    expect(kept).toBeGreaterThan(0);
    world.store.beforePut = () => undefined;
    expect(await world.upload([item])).toEqual(['file stored']);
    expect(sentTwice(world.store)).toEqual([]);
  });

  it('tries a pack again under the same upload id', async () => {
    const world = new TransferWorld(pool);
    const ids: string[] = [];
    world.store.beforePut = ({ id }) => {
      ids.push(id);
      if (ids.length < 3) throw new FsyncError('server_unreachable', 'cut off');
    };
    expect(await world.upload([await world.item('file', randomBytes(MIB))])).toEqual(['file stored']);
    expect(new Set(ids).size).toBe(1);
    expect(ids.length).toBe(3);
  });

  it('gives up when the network stays away', async () => {
    const world = new TransferWorld(pool);
    let attempts = 0;
    world.store.beforePut = () => {
      attempts += 1;
      throw new FsyncError('server_unreachable', 'cut off');
    };
    await expect(world.upload([await world.item('file', randomBytes(MIB))])).rejects.toMatchObject({ code: 'server_unreachable' });
    expect(attempts).toBe(3);
  });

  it('hazard 67: does not try again what trying does not cure', async () => {
    const world = new TransferWorld(pool);
    let attempts = 0;
    world.store.beforePut = () => {
      attempts += 1;
      throw new FsyncError('quota_exceeded', 'full');
    };
    await expect(world.upload([await world.item('file', randomBytes(MIB))])).rejects.toMatchObject({ code: 'quota_exceeded' });
    expect(attempts).toBe(1);
  });

  it('has stopped when its loop is left', async () => {
    const world = new TransferWorld(pool);
    const items = [await world.item('tiny', 'x'), await world.item('large', randomBytes(48 * MIB))];
    for await (const { item } of world.uploader.upload(items, { signal: never })) {
      expect(item.path).toBe('tiny');
      break;
    }
    const packs = world.store.packs.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(world.store.packs.length).toBe(packs);
  });

  it('seals chunks of an older epoch with the keys of that epoch', async () => {
    const old = new TransferWorld(pool, { keys: testKeyring([1]) });
    const item = await old.item('file', randomBytes(MIB));
    const world = new TransferWorld(pool, { keys: testKeyring([1, 2]) });
    const expected = world.write('file', readFileSync(old.at('file')));
    expect(await world.upload([{ ...item, expected }])).toEqual(['file stored']);
    expect(readBack(world, item.content).length).toBe(MIB);
  });

  it('counts bytes and files up to the totals', async () => {
    const world = new TransferWorld(pool);
    const bytes = randomBytes(10 * MIB);
    const items = [await world.item('a', bytes), await world.item('b', bytes), await world.item('c', 'tiny')];
    const seen: TransferProgress[] = [];
    const results = [];
    for await (const result of world.uploader.upload(items, { signal: never, onProgress: (progress) => seen.push(progress) }))
      results.push(result);
    const bytesTotal = 20 * MIB + 4;
    expect(results.length).toBe(3);
    expect(seen.at(-1)).toEqual({ bytesDone: bytesTotal, bytesTotal, filesDone: 3, filesTotal: 3 });
    expect(seen.map(({ bytesDone }) => bytesDone)).toEqual(seen.map(({ bytesDone }) => bytesDone).sort((a, b) => a - b));
  });
});
