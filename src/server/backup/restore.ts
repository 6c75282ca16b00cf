/**
 * A backup becomes a server of its own in an empty folder. Every byte is checked. The restored vaults
 * get another history id: clients see that the server went back, and send again what it lacks. A
 * restore that was killed goes on when it is run again.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { createDiskBlobStore, readDiskBlobStore } from '../blobs/disk-blob-store.js';
import type { BlobStore } from '../ports.js';
import { connectDatabase, openDatabase, type Database } from '../store/database.js';
import { beginAnew, holdsData, readInstance } from '../store/restore-store.js';
import { migrateDatabase } from '../store/schema.js';
import { nextPacks } from '../store/scrub-store.js';
import { copyPack } from './copy-packs.js';
import { copyTables } from './copy-tables.js';
import { copyFileDurably, hashFile, makeFolder, namesIn, placeFile } from './durable-files.js';
import { LOCK_FILE, lockFolder } from './folder-lock.js';
import { readManifest, SECRETS_FILE, type Manifest } from './manifest.js';
import { readRestoreMark, removeRestoreMark, RESTORE_MARK, writeRestoreMark, type RestoreMark } from './unfinished-restore.js';

export interface RestoreTarget {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  readonly databasePool: number;
}

export interface RestoreReport {
  /** When the backup was made. */
  readonly createdAt: string;
  readonly packs: number;
  readonly bytes: number;
  readonly secrets: boolean;
}

const PACKS_PER_PAGE = 200;

/**
 * @throws FsyncError not_found (no backup), integrity (it is damaged), already_exists (the target
 * is not empty), disk_full, io_error, aborted
 */
export async function restore(
  folder: string,
  target: RestoreTarget,
  options: { readonly now: number; readonly signal: AbortSignal },
): Promise<RestoreReport> {
  const manifest = await readManifest(folder);
  await checkFiles(folder, manifest);
  await makeFolder(target.dataDir);
  const unlock = lockFolder(target.dataDir);
  try {
    const mark = await claimTarget(target.dataDir, manifest);
    const packs = await restoreInto({ folder, manifest, target, mark, ...options });
    return { createdAt: manifest.createdAt, secrets: manifest.secrets !== null, ...packs };
  } finally {
    unlock();
    await rm(join(target.dataDir, LOCK_FILE), { force: true });
  }
}

async function checkFiles(folder: string, { database, secrets, damaged }: Manifest): Promise<void> {
  await checkFile(join(folder, database.file), database.sha256);
  if (secrets !== null) await checkFile(join(folder, SECRETS_FILE), secrets.sha256);
  if (damaged.length > 0) {
    throw new FsyncError('integrity', `the backup lacks ${String(damaged.length)} packs that were damaged on the server`, {
      hints: ['Restore an earlier backup.'],
    });
  }
}

async function checkFile(path: string, sha256: string): Promise<void> {
  const found = await hashFile(path).catch((error: unknown) => {
    if (isFsyncError(error, 'not_found')) throw new FsyncError('integrity', `the backup is damaged: ${path} is missing`, { cause: error });
    throw error;
  });
  if (found !== sha256)
    throw new FsyncError('integrity', `the backup is damaged: ${path} is not what was written`, { hints: ['Restore another backup.'] });
}

/** The folder is empty, or has what the same restore left. */
async function claimTarget(dataDir: string, { id }: Manifest): Promise<RestoreMark> {
  const mark = await readRestoreMark(dataDir);
  if (mark?.backup === id) return mark;
  const names = (await namesIn(dataDir)).filter((name) => !name.startsWith(LOCK_FILE) && !name.startsWith(`${RESTORE_MARK}.`));
  if (names.length > 0) {
    throw new FsyncError('already_exists', `${dataDir} is not empty`, {
      hints: ['Restore into a new folder: nothing is ever overwritten.'],
    });
  }
  const made = { backup: id, instance: randomUUID() };
  await writeRestoreMark(dataDir, made);
  return made;
}

interface RestoreWork {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly target: RestoreTarget;
  readonly mark: RestoreMark;
  readonly now: number;
  readonly signal: AbortSignal;
}

async function restoreInto(work: RestoreWork): Promise<{ readonly packs: number; readonly bytes: number }> {
  const { folder, manifest, target, mark } = work;
  const staging = join(target.dataDir, 'database');
  await rm(staging, { recursive: true, force: true });
  await makeFolder(staging);
  await copyFileDurably(join(folder, manifest.database.file), join(staging, 'server.db'));
  const staged = openDatabase({ dataDir: staging, databasePool: 1 });
  let packs;
  try {
    await migrateDatabase(staged);
    const store = await createDiskBlobStore(target.dataDir);
    packs = await restorePacks(work, staged, store);
    await store.claim(mark.instance);
    const takenAt = Date.parse(manifest.createdAt);
    await staged.transaction((trx) => beginAnew(trx, { instance: mark.instance, takenAt, now: work.now, newHistory: randomUUID }));
    await staged.raw('PRAGMA journal_mode = DELETE');
    if (target.databaseUrl !== undefined) await loadDatabase(work, staged);
  } finally {
    await staged.destroy();
  }
  if (manifest.secrets !== null) await copyFileDurably(join(folder, SECRETS_FILE), join(target.dataDir, SECRETS_FILE));
  if (target.databaseUrl === undefined) await placeFile(join(staging, 'server.db'), join(target.dataDir, 'server.db'));
  await rm(staging, { recursive: true, force: true });
  await removeRestoreMark(target.dataDir);
  return packs;
}

async function restorePacks(
  { folder, signal }: RestoreWork,
  staged: Database,
  store: BlobStore,
): Promise<{ packs: number; bytes: number }> {
  const from = readDiskBlobStore(folder);
  const restored = { packs: 0, bytes: 0 };
  for (let after = { vaultNo: 0, no: 0 }; ;) {
    const page = await nextPacks(staged, after, PACKS_PER_PAGE);
    const last = page.at(-1);
    if (last === undefined) return restored;
    for (const pack of page) {
      signal.throwIfAborted();
      const outcome = await copyPack(from, store, pack);
      if (outcome !== 'copied' && outcome !== 'present') {
        throw new FsyncError('integrity', `the backup is damaged: pack ${pack.blobKey}: ${outcome}`, {
          hints: ['Restore another backup.'],
        });
      }
      restored.packs += 1;
      restored.bytes += pack.sizeBytes;
    }
    after = last;
  }
}

/** Into PostgreSQL, all or nothing. When an earlier try came that far, it is done. */
async function loadDatabase({ target, mark, signal }: RestoreWork, staged: Database): Promise<void> {
  const database = await connectDatabase(target);
  try {
    await migrateDatabase(database);
    if ((await readInstance(database)) === mark.instance) return;
    await database.transaction(async (to) => {
      if (await holdsData(to)) {
        throw new FsyncError('already_exists', 'the database is not empty', {
          hints: ['Restore into a new database: nothing is ever overwritten.'],
        });
      }
      await to('instance').delete();
      await staged.transaction((from) => copyTables(from, to, signal));
    });
  } finally {
    await database.destroy();
  }
}
