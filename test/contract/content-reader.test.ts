/** What every ContentReader does, on a real folder and real threads. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contentIdOfBytes, contentIdOfChunks } from '../../src/core/chunk/content-id.js';
import { chunkId } from '../../src/core/chunk/chunk.js';
import { createCutter } from '../../src/core/chunk/cut-points.js';
import type { VaultKeys } from '../../src/core/log/vault-keys.js';
import { INLINE_LIMIT, type ChunkRef } from '../../src/core/tree/node.js';
import type { ContentResult } from '../../src/daemon/ports.js';
import { KIB, MIB, never, sharedPool, TransferWorld } from '../support/transfer-world.js';

const pool = sharedPool();

/** Cut in one piece, from start to end: what the adapter must come to as well. */
function chunksOf(bytes: Uint8Array, keys: VaultKeys): ChunkRef[] {
  const cutter = createCutter(keys, bytes.length);
  const chunks: ChunkRef[] = [];
  for (let start = 0; start < bytes.length;) {
    const rest = bytes.subarray(start);
    const raw = rest.subarray(0, cutter.next(rest, true));
    chunks.push({ epoch: keys.epoch, id: chunkId(keys, raw), size: raw.length });
    start += raw.length;
  }
  return chunks;
}

async function readOne(world: TransferWorld, path: string, expected = world.print(path)): Promise<ContentResult | undefined> {
  const [result] = await world.reader.read([{ path, expected }], { signal: never });
  return result;
}

describe('ContentReader', () => {
  it.each([0, 1, INLINE_LIMIT])('puts a file of %i bytes into the record', async (size) => {
    const world = new TransferWorld(pool);
    const bytes = new Uint8Array(randomBytes(size));
    const expected = world.write('small', bytes);
    expect(await readOne(world, 'small')).toEqual({
      status: 'read',
      path: 'small',
      content: { id: contentIdOfBytes(bytes), size, inline: bytes, chunks: [] },
      fingerprint: expected,
    });
  });

  it.each([INLINE_LIMIT + 1, 256 * KIB, 256 * KIB + 1, 9 * MIB + 17])('cuts a file of %i bytes', async (size) => {
    const world = new TransferWorld(pool);
    const bytes = new Uint8Array(randomBytes(size));
    world.write('file', bytes);
    const chunks = chunksOf(bytes, world.keys.current);
    expect(await readOne(world, 'file')).toMatchObject({
      status: 'read',
      content: { id: contentIdOfChunks(chunks), size, inline: null, chunks },
    });
  });

  it.each([
    ['random bytes', (size: number) => randomBytes(size)],
    ['one byte over and over', (size: number) => Buffer.alloc(size, 7)],
    ['a short period', (size: number) => Buffer.alloc(size, randomBytes(300_000))],
  ])('cuts %s on several threads like on one', async (_name, make) => {
    const bytes = new Uint8Array(make(23 * MIB + 5));
    const world = new TransferWorld(pool, { segmentBytes: 3 * MIB });
    world.write('file', bytes);
    const chunks = chunksOf(bytes, world.keys.current);
    expect(await readOne(world, 'file')).toMatchObject({ status: 'read', content: { id: contentIdOfChunks(chunks), chunks } });
  });

  it('answers in the order of the jobs, each for itself', async () => {
    const world = new TransferWorld(pool);
    const jobs = Array.from({ length: 700 }, (_, index) => ({
      path: `d/${String(index)}`,
      expected: world.write(`d/${String(index)}`, `file ${String(index)}`),
    }));
    rmSync(world.at('d/3'));
    appendFileSync(world.at('d/400'), 'more');
    const results = await world.reader.read(jobs, { signal: never });
    expect(results.map(({ path }) => path)).toEqual(jobs.map(({ path }) => path));
    expect(results.flatMap(({ path, status }) => (status === 'read' ? [] : [`${path} ${status}`]))).toEqual([
      'd/3 missing',
      'd/400 changed',
    ]);
  });

  it.each([
    ['grew', (path: string) => appendFileSync(path, 'x')],
    ['got another mode', (path: string) => chmodSync(path, 0o600)],
    ['got another time', (path: string) => utimesSync(path, 1, 1)],
    ['was replaced', (path: string) => renameSync(`${path}.new`, path)],
    ['became a directory', (path: string) => (rmSync(path), mkdirSync(path))],
    ['became a link', (path: string) => (rmSync(path), symlinkSync(`${path}.new`, path))],
    ['became a pipe', (path: string) => (rmSync(path), execFileSync('mkfifo', [path]))],
  ])('calls a file changed that %s', async (_name, change) => {
    const world = new TransferWorld(pool);
    const expected = world.write('file', randomBytes(5000));
    world.write('file.new', randomBytes(5000));
    change(world.at('file'));
    expect(await readOne(world, 'file', expected)).toEqual({ status: 'changed', path: 'file' });
  });

  it('calls a file missing that is gone, or whose directory is', async () => {
    const world = new TransferWorld(pool);
    const expected = world.write('d/file', 'x');
    rmSync(world.at('d'), { recursive: true });
    expect(await readOne(world, 'd/file', expected)).toEqual({ status: 'missing', path: 'd/file' });
    world.write('d', 'a file');
    expect(await readOne(world, 'd/file', expected)).toEqual({ status: 'missing', path: 'd/file' });
  });

  it('hazard 21: never reads another file through a swapped parent', async () => {
    const world = new TransferWorld(pool);
    const expected = world.write('d/file', 'mine');
    world.write('elsewhere/file', 'not in the vault');
    rmSync(world.at('d'), { recursive: true });
    symlinkSync('elsewhere', world.at('d'));
    expect(await readOne(world, 'd/file', expected)).toEqual({ status: 'changed', path: 'd/file' });
  });

  it('hazard 15: reads every name of a file with several', async () => {
    const world = new TransferWorld(pool);
    world.write('one', randomBytes(5000));
    linkSync(world.at('one'), world.at('two'));
    const [one, two] = [await readOne(world, 'one'), await readOne(world, 'two')];
    expect(one).toMatchObject({ status: 'read', fingerprint: { nlink: 2 } });
    expect(two).toMatchObject({ status: 'read', content: one?.status === 'read' ? one.content : null });
  });

  it('hazard 7: notices an edit while a file is read', async () => {
    const world = new TransferWorld(pool, { segmentBytes: 64 * MIB });
    const expected = world.write('file', randomBytes(40 * MIB));
    const onBytes = (): void => appendFileSync(world.at('file'), 'x');
    const [result] = await world.reader.read([{ path: 'file', expected }], { signal: never, onBytes });
    expect(result).toEqual({ status: 'changed', path: 'file' });
  });

  it.runIf(process.getuid?.() !== 0)('calls a file unreadable that may not be opened', async () => {
    const world = new TransferWorld(pool);
    world.write('file', 'x');
    chmodSync(world.at('file'), 0);
    expect(await readOne(world, 'file')).toEqual({ status: 'unreadable', path: 'file' });
  });

  it('counts the bytes and the files it read', async () => {
    const world = new TransferWorld(pool);
    let bytes = 0;
    let files = 0;
    const jobs = [
      { path: 'large', expected: world.write('large', randomBytes(10 * MIB)) },
      { path: 'small', expected: world.write('small', 'small') },
    ];
    await world.reader.read(jobs, { signal: never, onBytes: (more) => (bytes += more), onFiles: (more) => (files += more) });
    expect({ bytes, files }).toEqual({ bytes: 10 * MIB + 5, files: 2 });
  });

  it('stops when it is told to', async () => {
    const world = new TransferWorld(pool);
    const expected = world.write('file', randomBytes(30 * MIB));
    const controller = new AbortController();
    const read = world.reader.read([{ path: 'file', expected }], { signal: controller.signal, onBytes: () => controller.abort() });
    await expect(read).rejects.toMatchObject({ code: 'aborted' });
  });
});
