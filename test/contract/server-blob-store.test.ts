/** The port BlobStore on a folder. */
import { mkdirSync, readdirSync, renameSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDiskBlobStore } from '../../src/server/blobs/disk-blob-store.js';
import type { BlobStore } from '../../src/server/ports.js';
import { tempFolder } from '../support/temp-folder.js';

async function put(store: BlobStore, ...pieces: readonly Uint8Array[]): Promise<string> {
  const writer = await store.create();
  for (const piece of pieces) await writer.write(piece);
  return writer.commit();
}

async function get(store: BlobStore, key: string, offset: number, length: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(key, { offset, length })) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function keys(store: BlobStore, olderThanMs: number): Promise<string[]> {
  const found: string[] = [];
  for await (const key of store.list(olderThanMs)) found.push(key);
  return found.sort();
}

const files = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(root, name)).isFile());

describe('blobs in a folder', () => {
  it('give back any range of what was written', async () => {
    const store = await createDiskBlobStore(tempFolder());
    const bytes = randomBytes(3_000_000);
    const key = await put(store, bytes.subarray(0, 10), bytes.subarray(10));
    expect((await get(store, key, 0, bytes.length)).equals(bytes)).toBe(true);
    expect((await get(store, key, 1_000_000, 1_500_000)).equals(bytes.subarray(1_000_000, 2_500_000))).toBe(true);
  });

  it('can be read back while they are written', async () => {
    const store = await createDiskBlobStore(tempFolder());
    const writer = await store.create();
    await writer.write(Buffer.from('hello '));
    await writer.write(Buffer.from('world'));
    expect(Buffer.from(await writer.read(6, 5)).toString()).toBe('world');
    await writer.abort();
  });

  it('get another key each time, and are for the owner only', async () => {
    const root = tempFolder();
    const store = await createDiskBlobStore(root);
    const [one, two] = [await put(store, Buffer.from('x')), await put(store, Buffer.from('x'))];
    expect(one).not.toBe(two);
    for (const name of files(root)) expect(statSync(join(root, name)).mode & 0o077).toBe(0);
  });

  it('leave nothing when they are given up', async () => {
    const root = tempFolder();
    const store = await createDiskBlobStore(root);
    const writer = await store.create();
    await writer.write(randomBytes(100));
    await writer.abort();
    expect(files(root)).toEqual([]);
  });

  it('take the key of another store, and tell their size', async () => {
    const store = await createDiskBlobStore(tempFolder());
    const key = await put(store, Buffer.from('first'));
    const copies = await createDiskBlobStore(tempFolder());
    expect([await store.size(key), await copies.size(key)]).toEqual([5, null]);
    const writer = await copies.create(key);
    await writer.write(Buffer.from('second'));
    expect(await writer.commit()).toBe(key);
    expect(await copies.size(key)).toBe(6);
    await expect(copies.create('../../etc/passwd')).rejects.toMatchObject({ code: 'internal' });
    await expect(copies.size('x')).rejects.toMatchObject({ code: 'internal' });
  });

  it('are gone when removed, also the second time', async () => {
    const store = await createDiskBlobStore(tempFolder());
    const key = await put(store, Buffer.from('x'));
    await store.remove(key);
    await store.remove(key);
    await expect(get(store, key, 0, 1)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('that have become shorter are an error, not an end', async () => {
    const root = tempFolder();
    const store = await createDiskBlobStore(root);
    const key = await put(store, randomBytes(100));
    truncateSync(join(root, 'blobs', key.slice(0, 2), key), 50);
    await expect(get(store, key, 0, 100)).rejects.toMatchObject({ code: 'io_error' });
  });

  it('are not read through a symbolic link', async () => {
    const root = tempFolder();
    const store = await createDiskBlobStore(root);
    const key = await put(store, randomBytes(100));
    const path = join(root, 'blobs', key.slice(0, 2), key);
    renameSync(path, `${path}.real`);
    symlinkSync(`${path}.real`, path);
    await expect(get(store, key, 0, 100)).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each(['../../../etc/passwd', '', 'ab/../cd', `${'a'.repeat(32)}/x`, 'A'.repeat(32)])('have no key like %j', async (key) => {
    const store = await createDiskBlobStore(tempFolder());
    await expect(get(store, key, 0, 1)).rejects.toMatchObject({ code: 'internal' });
    await expect(store.remove(key)).rejects.toMatchObject({ code: 'internal' });
  });

  it('are listed by age, and unfinished ones are dropped by age', async () => {
    const root = tempFolder();
    const store = await createDiskBlobStore(root);
    const [old, young] = [await put(store, Buffer.from('x')), await put(store, Buffer.from('y'))];
    utimesSync(join(root, 'blobs', old.slice(0, 2), old), 1, 1);
    writeFileSync(join(root, 'tmp', 'crashed'), 'x');
    utimesSync(join(root, 'tmp', 'crashed'), 1, 1);
    const writer = await store.create();
    await store.dropUnfinished(Date.now() - 60_000);
    expect(await keys(store, Date.now() - 60_000)).toEqual([old]);
    expect(await keys(store, Date.now() + 60_000)).toEqual([old, young].sort());
    expect(readdirSync(join(root, 'tmp'))).toHaveLength(1);
    await writer.abort();
  });

  it('belong to the first database that claims them', async () => {
    const store = await createDiskBlobStore(tempFolder());
    expect(await store.claim('one')).toBe('one');
    expect(await store.claim('two')).toBe('one');
  });

  it('say when they cannot be stored', async () => {
    const root = tempFolder();
    const store = await createDiskBlobStore(root);
    await store.check();
    renameSync(join(root, 'tmp'), join(root, 'gone'));
    await expect(store.check()).rejects.toMatchObject({ code: 'not_found' });
    mkdirSync(join(root, 'tmp'));
    await store.check();
  });
});
