/** What every Downloader does, on a real folder and real threads, against a chunk store in memory. */
import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FsyncError } from '../../src/core/base/errors.js';
import type { FileContent } from '../../src/core/tree/node.js';
import type { DownloadItem, DownloadResult, TransferProgress } from '../../src/daemon/ports.js';
import { partName, stagedName } from '../../src/daemon/transfer/staged-name.js';
import { canMount } from '../support/can-mount.js';
import { ChunkStore } from '../support/chunk-store.js';
import { freshNode, KIB, MIB, never, sharedPool, testKeyring, TransferWorld } from '../support/transfer-world.js';

const pool = sharedPool();

/** Two devices on one store. */
function twoWorlds(): { from: TransferWorld; to: TransferWorld; store: ChunkStore } {
  const store = new ChunkStore();
  return { from: new TransferWorld(pool, { store }), to: new TransferWorld(pool, { store }), store };
}

function wanted(content: FileContent, sources: DownloadItem['sources'] = []): DownloadItem {
  return { node: freshNode(), content, sources };
}

async function download(world: TransferWorld, items: readonly DownloadItem[], signal: AbortSignal = never): Promise<DownloadResult[]> {
  const results: DownloadResult[] = [];
  for await (const result of world.downloader.download(items, { signal })) results.push(result);
  return results;
}

/** The bytes staged for an item, or the code of its failure. */
function outcome(world: TransferWorld, results: readonly DownloadResult[], { node }: DownloadItem): Buffer | string {
  const own = results.filter((result) => result.node === node);
  const [result] = own;
  if (own.length !== 1 || result === undefined) throw new Error(`${String(own.length)} results for one item`);
  return result.status === 'staged' ? readFileSync(join(world.tmp, result.staged)) : result.code;
}

function expectStaged(world: TransferWorld, results: readonly DownloadResult[], item: DownloadItem, bytes: Uint8Array): void {
  const staged = outcome(world, results, item);
  expect(typeof staged === 'string' ? staged : staged.equals(bytes)).toBe(true);
}

describe('Downloader', () => {
  it.each([0, 1, 2048, 2049, 300 * KIB, 5 * MIB + 3])('stages a file of %i bytes', async (size) => {
    const { from, to } = twoWorlds();
    const bytes = randomBytes(size);
    const item = wanted(await from.stored('file', bytes));
    const results = await download(to, [item]);
    expectStaged(to, results, item, bytes);
    expect(readdirSync(to.tmp).length).toBe(1);
  });

  it('stages files that only their owner can read', async () => {
    const { from, to } = twoWorlds();
    await download(to, [wanted(await from.stored('a', 'inline')), wanted(await from.stored('b', randomBytes(3 * MIB)))]);
    for (const name of readdirSync(to.tmp)) expect(statSync(join(to.tmp, name)).mode & 0o777).toBe(0o600);
  });

  it('stages many small files with few requests', async () => {
    const { from, to, store } = twoWorlds();
    const files = Array.from({ length: 1500 }, () => randomBytes(3000));
    const uploads = [];
    for (const [index, bytes] of files.entries()) uploads.push(await from.item(`d/${String(index)}`, bytes));
    await from.upload(uploads);
    const items = uploads.map(({ content }) => wanted(content));
    const results = await download(to, items);
    for (const [index, item] of items.entries()) expectStaged(to, results, item, files[index] ?? Buffer.alloc(0));
    expect(store.downloads.map((ids) => ids.length)).toEqual([1000, 500]);
  });

  it('has two requests under way at most', async () => {
    const { from, to, store } = twoWorlds();
    const bytes = randomBytes(100 * MIB);
    const item = wanted(await from.stored('file', bytes));
    expectStaged(to, await download(to, [item]), item, bytes);
    expect(store.peak.downloads).toBe(2);
  });

  it('fetches a chunk of several files once', async () => {
    const { from, to, store } = twoWorlds();
    const bytes = randomBytes(3 * MIB);
    const content = await from.stored('file', bytes);
    const small = await from.stored('small', randomBytes(5000));
    const items = [wanted(content), wanted(content), wanted(small), wanted(small), wanted(small)];
    const results = await download(to, items);
    expect(results.map(({ status }) => status)).toEqual(Array(5).fill('staged'));
    expectStaged(to, results, items[1] ?? wanted(content), bytes);
    const ids = store.downloads.flat();
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('takes from the disk what the disk has', async () => {
    const { from, to, store } = twoWorlds();
    const before = randomBytes(12 * MIB);
    const after = Buffer.concat([before.subarray(0, 6 * MIB), Buffer.from('inserted'), before.subarray(6 * MIB)]);
    const item = await to.item('old', before);
    const content = await from.stored('new', after);
    const want = wanted(content, [{ path: 'old', content: item.content }]);
    expectStaged(to, await download(to, [want]), want, after);
    expect(store.downloads.flat().length).toBeLessThanOrEqual(3);
  });

  it('needs no server for a file that was copied', async () => {
    const { from, to, store } = twoWorlds();
    const bytes = randomBytes(4 * MIB);
    const source = await to.item('d/copy', bytes);
    const item = wanted((await from.item('file', bytes)).content, [
      { path: 'gone', content: source.content },
      { path: 'd/copy', content: source.content },
    ]);
    const second = wanted(item.content, [{ path: 'd/copy', content: source.content }]);
    const results = await download(to, [second]);
    expectStaged(to, results, second, bytes);
    expect(store.downloads).toEqual([]);
  });

  it('fetches what a source only claims to have', async () => {
    const { from, to } = twoWorlds();
    const bytes = randomBytes(4 * MIB);
    const content = await from.stored('file', bytes);
    const source = await to.item('copy', bytes);
    const changed = Buffer.from(bytes);
    changed.fill(0, MIB, 2 * MIB);
    to.write('copy', changed);
    symlinkSync('copy', to.at('link'));
    execFileSync('mkfifo', [to.at('pipe')]);
    const items = ['copy', 'link', 'pipe', 'absent'].map((path) => wanted(content, [{ path, content: source.content }]));
    for (const item of items) expectStaged(to, await download(to, [item]), item, bytes);
  });

  it('continues after an interruption, and fetches no chunk that is in place', async () => {
    const { from, to, store } = twoWorlds();
    const bytes = randomBytes(80 * MIB);
    const item = wanted(await from.stored('file', bytes));
    const controller = new AbortController();
    let sent = 0;
    store.beforeSend = () => {
      sent += 1;
      if (sent === 60) controller.abort();
    };
    await expect(download(to, [item], controller.signal)).rejects.toMatchObject({ code: 'aborted' });
    expect(readdirSync(to.tmp)).toEqual([partName(item.node, item.content.id)]);
    store.beforeSend = () => undefined;
    store.downloads.length = 0;
    expectStaged(to, await download(to, [item]), item, bytes);
    expect(store.downloads.flat().length).toBeLessThan(item.content.chunks.length);
    expect(readdirSync(to.tmp)).toEqual([stagedName(item.node, item.content.id)]);
  });

  it('hazard 19: believes nothing of what an earlier download left', async () => {
    const { from, to } = twoWorlds();
    const bytes = randomBytes(6 * MIB);
    const item = wanted(await from.stored('file', bytes));
    const part = Buffer.concat([bytes, randomBytes(100)]);
    part.fill(1, 2 * MIB, 3 * MIB);
    writeFileSync(join(to.tmp, partName(item.node, item.content.id)), part);
    expectStaged(to, await download(to, [item]), item, bytes);
  });

  it('checks a complete file of an earlier run again', async () => {
    const { from, to, store } = twoWorlds();
    const bytes = randomBytes(6 * MIB);
    const item = wanted(await from.stored('file', bytes));
    await download(to, [item]);
    store.downloads.length = 0;
    expectStaged(to, await download(to, [item]), item, bytes);
    expect(store.downloads).toEqual([]);
    truncateSync(join(to.tmp, stagedName(item.node, item.content.id)), 5 * MIB);
    expectStaged(to, await download(to, [item]), item, bytes);
  });

  it.each([5000, 6 * MIB])('hazard 19: never writes into a leftover of %i bytes that has a second name in the folder', async (size) => {
    const { from, to } = twoWorlds();
    const bytes = randomBytes(size);
    const item = wanted(await from.stored('file', bytes));
    await download(to, [item]);
    linkSync(join(to.tmp, stagedName(item.node, item.content.id)), to.at('placed'));
    writeFileSync(to.at('placed'), 'edited by the user');
    expectStaged(to, await download(to, [item]), item, bytes);
    expect(readFileSync(to.at('placed'), 'utf8')).toBe('edited by the user');
  });

  it('hazards 46, 69: fails an item whose chunk is damaged, after asking once more, and stages the others', async () => {
    const { from, to, store } = twoWorlds();
    const good = randomBytes(3 * MIB);
    const items = [wanted(await from.stored('bad', randomBytes(3 * MIB))), wanted(await from.stored('good', good))];
    const [bad, other] = items;
    const id = bad?.content.chunks[1]?.id;
    if (bad === undefined || other === undefined || id === undefined) throw new Error('no such chunk');
    store.damage(id);
    const results = await download(to, items);
    expect(outcome(to, results, bad)).toBe('integrity');
    expectStaged(to, results, other, good);
    expect(store.downloads.flat().filter((asked) => asked === id).length).toBe(2);
    expect(readdirSync(to.tmp)).not.toContain(stagedName(bad.node, bad.content.id));
  });

  it('stages an item whose chunk was damaged on the way only', async () => {
    const { from, to, store } = twoWorlds();
    const bytes = randomBytes(3 * MIB);
    const item = wanted(await from.stored('file', bytes));
    const id = item.content.chunks[0]?.id;
    if (id === undefined) throw new Error('no such chunk');
    // The same bit is flipped each time it is sent: the second time mends it.
    store.beforeSend = (sent) => {
      if (sent === id) store.damage(id);
    };
    expectStaged(to, await download(to, [item]), item, bytes);
  });

  it('hazard 87: fails an item whose chunk the server lacks, and stages the others', async () => {
    const { from, to, store } = twoWorlds();
    const good = randomBytes(3 * MIB);
    const items = [wanted(await from.stored('lost', randomBytes(5000))), wanted(await from.stored('good', good))];
    const [lost, other] = items;
    const id = lost?.content.chunks[0]?.id;
    if (lost === undefined || other === undefined || id === undefined) throw new Error('no such chunk');
    store.chunks.delete(id);
    const results = await download(to, items);
    expect(outcome(to, results, lost)).toBe('integrity');
    expectStaged(to, results, other, good);
  });

  it('fails items whose content contradicts itself', async () => {
    const { from, to } = twoWorlds();
    const large = await from.stored('large', randomBytes(3 * MIB));
    const inline = await from.stored('small', 'small');
    const items = [
      wanted({ ...large, chunks: [...large.chunks].reverse() }),
      wanted({ ...large, size: large.size + 1 }),
      wanted({ ...inline, inline: new Uint8Array(Buffer.from('smell')) }),
    ];
    const results = await download(to, items);
    for (const item of items) expect(outcome(to, results, item)).toBe('integrity');
    expect(readdirSync(to.tmp)).toEqual([]);
  });

  it('fails items whose epoch it has no keys of', async () => {
    const store = new ChunkStore();
    const from = new TransferWorld(pool, { store, keys: testKeyring([1, 2]) });
    const to = new TransferWorld(pool, { store, keys: testKeyring([1]) });
    const item = wanted(await from.stored('file', randomBytes(5000)));
    expect(outcome(to, await download(to, [item]), item)).toBe('key_mismatch');
  });

  it('goes on where a connection broke', async () => {
    const { from, to, store } = twoWorlds();
    const bytes = randomBytes(20 * MIB);
    const item = wanted(await from.stored('file', bytes));
    let failures = 0;
    store.beforeSend = (_id, position) => {
      if (position !== 5 || failures === 2) return;
      failures += 1;
      throw new FsyncError('server_unreachable', 'cut off');
    };
    expectStaged(to, await download(to, [item]), item, bytes);
    expect(failures).toBe(2);
  });

  it('gives up when the network stays away', async () => {
    const { from, to, store } = twoWorlds();
    const item = wanted(await from.stored('file', randomBytes(3 * MIB)));
    store.beforeSend = () => {
      throw new FsyncError('server_unreachable', 'cut off');
    };
    await expect(download(to, [item])).rejects.toMatchObject({ code: 'server_unreachable' });
    expect(store.downloads.length).toBe(3);
  });

  it.each([5000, 3 * MIB])('clears away what is in the place of a file of %i bytes', async (size) => {
    const { from, to } = twoWorlds();
    const bytes = randomBytes(size);
    const item = wanted(await from.stored('file', bytes));
    mkdirSync(join(to.tmp, stagedName(item.node, item.content.id), 'in the way'), { recursive: true });
    expectStaged(to, await download(to, [item]), item, bytes);
  });

  it('stages nothing through a link in the private folder', async () => {
    const { from, to } = twoWorlds();
    const item = wanted(await from.stored('file', randomBytes(5000)));
    to.write('precious', 'precious');
    symlinkSync(to.at('precious'), join(to.tmp, stagedName(item.node, item.content.id)));
    await download(to, [item]);
    expect(readFileSync(to.at('precious'), 'utf8')).toBe('precious');
    expect(lstatSync(join(to.tmp, stagedName(item.node, item.content.id))).isFile()).toBe(true);
  });

  it('counts bytes and files up to the totals', async () => {
    const { from, to } = twoWorlds();
    const content = await from.stored('file', randomBytes(10 * MIB));
    const items = [wanted(content), wanted(content), wanted(await from.stored('tiny', 'tiny'))];
    const seen: TransferProgress[] = [];
    const results = [];
    for await (const result of to.downloader.download(items, { signal: never, onProgress: (progress) => seen.push(progress) }))
      results.push(result);
    const bytesTotal = 20 * MIB + 4;
    expect(results.length).toBe(3);
    expect(seen.at(-1)).toEqual({ bytesDone: bytesTotal, bytesTotal, filesDone: 3, filesTotal: 3 });
  });
});

describe.runIf(canMount())('Downloader on a full disk', () => {
  /** A world whose private folder is a file system of 6 MiB. */
  function smallDisk(store: ChunkStore): TransferWorld {
    const world = new TransferWorld(pool, { store });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', world.tmp]);
    onTestFinished(() => void execFileSync('umount', [world.tmp]));
    return world;
  }

  it('hazard 43: refuses what does not fit before it fetches it, and stages the rest', async () => {
    const store = new ChunkStore();
    const from = new TransferWorld(pool, { store });
    const to = smallDisk(store);
    const bytes = randomBytes(2 * MIB);
    const items = [wanted(await from.stored('large', randomBytes(20 * MIB))), wanted(await from.stored('small', bytes))];
    const [large, small] = items;
    if (large === undefined || small === undefined) throw new Error('no items');
    const results = await download(to, items);
    expect(outcome(to, results, large)).toBe('disk_full');
    expectStaged(to, results, small, bytes);
    expect(store.downloads.flat().length).toBe(small.content.chunks.length);
  });

  it('hazard 43: fails what fills the disk in the middle, and leaves nothing of it', async () => {
    const store = new ChunkStore();
    const from = new TransferWorld(pool, { store });
    const to = smallDisk(store);
    const item = wanted(await from.stored('file', randomBytes(5 * MIB)));
    store.beforeSend = (_id, position) => {
      if (position === 0) writeFileSync(join(to.tmp, 'other'), randomBytes(4 * MIB));
    };
    expect(outcome(to, await download(to, [item]), item)).toBe('disk_full');
    expect(readdirSync(to.tmp)).toEqual(['other']);
    renameSync(join(to.tmp, 'other'), join(to.tmp, 'still there'));
  });
});
