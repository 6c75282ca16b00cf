/**
 * Blobs in a folder: `blobs/<first two digits>/<key>`, 16 random bytes each. A blob appears by a
 * rename after its bytes are on the disk, and the folder is synced after that, so that whatever a
 * database row names is complete. Keys are made here and checked here: no request reaches a path.
 */
import { randomBytes } from 'node:crypto';
import { type Dirent, constants, mkdirSync, statSync } from 'node:fs';
import { lstat, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FsyncError } from '../../core/base/errors.js';
import { makeDirectories } from '../../core/home/make-directories.js';
import type { BlobStore, BlobWriter } from '../ports.js';
import { hasCode, readFully, storageError, syncDirectory } from './blob-files.js';
import { DiskBlobWriter } from './disk-blob-writer.js';

/** One read call: large enough for the disk, small enough for a thousand downloads at once. */
const READ_BYTES = 1024 * 1024;
const KEY = /^[0-9a-f]{32}$/;

class DiskBlobStore implements BlobStore {
  readonly #temporaries: string;
  readonly #blobs: string;
  readonly #known = new Set<string>();

  constructor(root: string) {
    this.#temporaries = join(root, 'tmp');
    this.#blobs = join(root, 'blobs');
  }

  async prepare(): Promise<void> {
    try {
      await this.#ensureDirectory(this.#blobs);
      await this.#ensureDirectory(this.#temporaries);
    } catch (cause) {
      throw storageError(cause);
    }
  }

  async create(key = randomBytes(16).toString('hex')): Promise<BlobWriter> {
    const place = this.#pathOf(key);
    const path = join(this.#temporaries, randomBytes(16).toString('hex'));
    try {
      const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
      return new DiskBlobWriter(handle, path, async (temporary) => {
        await this.#place(temporary, place);
        return key;
      });
    } catch (cause) {
      throw storageError(cause);
    }
  }

  async *read(key: string, range: { readonly offset: number; readonly length: number }): AsyncGenerator<Uint8Array> {
    const path = this.#pathOf(key);
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((cause: unknown) => {
      throw storageError(cause);
    });
    try {
      for (let done = 0; done < range.length;) {
        const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, range.length - done));
        await readFully(handle, piece, range.offset + done);
        done += piece.length;
        yield piece;
      }
    } finally {
      await handle.close();
    }
  }

  async size(key: string): Promise<number | null> {
    try {
      const found = await lstat(this.#pathOf(key));
      return found.isFile() ? found.size : null;
    } catch (cause) {
      if (hasCode(cause, 'ENOENT')) return null;
      throw storageError(cause);
    }
  }

  async remove(key: string): Promise<void> {
    try {
      await rm(this.#pathOf(key), { force: true });
    } catch (cause) {
      throw storageError(cause);
    }
  }

  async dropUnfinished(olderThanMs: number): Promise<void> {
    for await (const file of filesIn(this.#temporaries)) {
      if (await isOlder(file.path, olderThanMs)) await rm(file.path, { force: true });
    }
  }

  async claim(mine: string): Promise<string> {
    const path = join(this.#blobs, 'instance');
    try {
      await writeFile(path, mine, { flag: 'wx', mode: 0o600 });
      return mine;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw storageError(error);
      return (await readFile(path, 'utf8')).trim();
    }
  }

  async *list(olderThanMs: number): AsyncGenerator<string> {
    for (let prefix = 0; prefix < 256; prefix += 1) {
      for await (const file of filesIn(join(this.#blobs, prefix.toString(16).padStart(2, '0')))) {
        if (KEY.test(file.name) && (await isOlder(file.path, olderThanMs))) yield file.name;
      }
    }
  }

  async check(): Promise<void> {
    const writer = await this.create();
    await writer.write(Buffer.from('ok'));
    await writer.abort();
  }

  async #place(temporary: string, path: string): Promise<void> {
    await this.#ensureDirectory(dirname(path));
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  }

  async #ensureDirectory(path: string): Promise<void> {
    if (this.#known.has(path)) return;
    const made = makeDirectories(path, 0o700, { mkdirSync, statSync });
    if (made !== undefined) await syncDirectory(dirname(path));
    this.#known.add(path);
  }

  #pathOf(key: string): string {
    if (!KEY.test(key)) throw new FsyncError('internal', 'not a blob key');
    return join(this.#blobs, key.slice(0, 2), key);
  }
}

async function* filesIn(directory: string): AsyncGenerator<{ readonly name: string; readonly path: string }> {
  let entries: Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw storageError(error);
  }
  for (const entry of entries) if (entry.isFile()) yield { name: entry.name, path: join(directory, entry.name) };
}

async function isOlder(path: string, olderThanMs: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs < olderThanMs;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw storageError(error);
  }
}

/** Opens a folder only to read from it. */
export function readDiskBlobStore(root: string): Pick<BlobStore, 'read' | 'size'> {
  return new DiskBlobStore(root);
}

/** Opens the folder, making it if need be. Throws FsyncError disk_full, io_error. */
export async function createDiskBlobStore(root: string): Promise<BlobStore> {
  const store = new DiskBlobStore(root);
  await store.prepare();
  return store;
}
