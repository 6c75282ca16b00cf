/**
 * A copy of a running server in a folder: the database as of one moment, then every pack that it
 * names. Packs never change and are kept while a backup is made, so nothing that the copied database
 * refers to is missing, whatever is uploaded, committed or cleaned up meanwhile. Packs that the
 * folder has from an earlier backup are not copied again. The manifest comes last: until then the
 * earlier backup in the folder is whole.
 */
import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { createDiskBlobStore } from '../blobs/disk-blob-store.js';
import type { BlobStore } from '../ports.js';
import type { ServiceContext } from '../services/service-context.js';
import { inSnapshot, isPostgres, openDatabase, type Database } from '../store/database.js';
import { packIsThere } from '../store/inspection-store.js';
import { migrateDatabase } from '../store/schema.js';
import { nextPacks, type StoredPack } from '../store/scrub-store.js';
import { announceBackup, endBackup, finishJob } from '../store/upkeep-store.js';
import { copyPack } from './copy-packs.js';
import { copyTables } from './copy-tables.js';
import { copyFileDurably, hashFile, makeFolder, namesIn, placeFile, removeFiles } from './durable-files.js';
import { lockFolder } from './folder-lock.js';
import { DATABASE_NAME, databaseName, newBackupId, SECRETS_FILE, writeManifest } from './manifest.js';

export interface BackupReport {
  readonly id: string;
  readonly createdAt: string;
  databaseBytes: number;
  /** False when the server has its secrets from variables. */
  secrets: boolean;
  copiedPacks: number;
  copiedBytes: number;
  presentPacks: number;
  presentBytes: number;
  removedPacks: number;
  /** Keys of packs that are damaged on the server: the backup lacks them. */
  readonly damaged: string[];
}

export interface BackupDeps extends Pick<ServiceContext, 'database' | 'clock' | 'logger'> {
  readonly blobs: BlobStore;
  readonly dataDir: string;
  readonly version: string;
}

const STAGING = /^database-[0-9a-f]{16}$/;
const PACKS_PER_PAGE = 200;
/** Blobs are kept this long after the last sign of life of a backup. */
const ALIVE_MS = 10 * 60_000;
/** Copying a database is one call, without signs of life. */
const COPY_MS = 3_600_000;
const RENEW_MS = 60_000;

/** @throws FsyncError unavailable, disk_full, io_error, aborted; what is damaged is reported, not thrown */
export async function backUp(deps: BackupDeps, folder: string, signal: AbortSignal): Promise<BackupReport> {
  await makeFolder(folder);
  const unlock = lockFolder(folder);
  // Of the folder: the next backup into it ends what one that was killed has announced.
  const holder = createHash('sha256').update(`${hostname()}\0${folder}`).digest('hex').slice(0, 32);
  try {
    await announceBackup(deps.database, holder, deps.clock.now() + COPY_MS);
    return await copyServer(deps, { folder, holder, signal });
  } finally {
    await endBackup(deps.database, holder);
    unlock();
  }
}

interface BackupWork {
  readonly folder: string;
  readonly holder: string;
  readonly signal: AbortSignal;
}

async function copyServer(deps: BackupDeps, work: BackupWork): Promise<BackupReport> {
  const { folder, signal } = work;
  const report: BackupReport = {
    id: newBackupId(),
    createdAt: new Date(deps.clock.now()).toISOString(),
    databaseBytes: 0,
    secrets: false,
    copiedPacks: 0,
    copiedBytes: 0,
    presentPacks: 0,
    presentBytes: 0,
    removedPacks: 0,
    damaged: [],
  };
  const staging = join(folder, `database-${report.id}`);
  await removeStaging(folder);
  try {
    await makeFolder(staging);
    await copyDatabase(deps.database, staging, signal);
    const store = await createDiskBlobStore(folder);
    await store.dropUnfinished(Number.MAX_SAFE_INTEGER);
    const named = await copyAllPacks(deps, staging, { store, report, ...work });
    await finish(deps, { staging, report, ...work });
    report.removedPacks = await removeSurplus(store, named);
    if (report.damaged.length === 0) await finishJob(deps.database, 'backup', deps.clock.now());
    return report;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** What backups that were killed left. */
async function removeStaging(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (STAGING.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function copyDatabase(database: Database, staging: string, signal: AbortSignal): Promise<void> {
  if (!isPostgres(database)) {
    // One read transaction of its own connection: writers go on beside it.
    await database.raw('VACUUM INTO ?', [join(staging, 'server.db')]);
    return;
  }
  const copy = openDatabase({ dataDir: staging, databasePool: 1 });
  try {
    await migrateDatabase(copy);
    await inSnapshot(database, (source) => copy.transaction((target) => copyTables(source, target, signal)));
  } finally {
    await copy.destroy();
  }
}

interface PackWork extends BackupWork {
  readonly store: BlobStore;
  readonly report: BackupReport;
}

/** Returns the keys of all packs that the copied database names. */
async function copyAllPacks(deps: BackupDeps, staging: string, work: PackWork): Promise<ReadonlySet<string>> {
  const copy = openDatabase({ dataDir: staging, databasePool: 1 });
  const named = new Set<string>();
  try {
    let renewedAt = -Infinity;
    for (let after = { vaultNo: 0, no: 0 }; ;) {
      const page = await nextPacks(copy, after, PACKS_PER_PAGE);
      const last = page.at(-1);
      if (last === undefined) break;
      for (const pack of page) {
        work.signal.throwIfAborted();
        if (performance.now() - renewedAt > RENEW_MS) {
          await announceBackup(deps.database, work.holder, deps.clock.now() + ALIVE_MS);
          renewedAt = performance.now();
        }
        await copyOnePack(deps, pack, work);
        named.add(pack.blobKey);
      }
      after = last;
    }
    // One file, without a log beside it.
    await copy.raw('PRAGMA journal_mode = DELETE');
    return named;
  } finally {
    await copy.destroy();
  }
}

/** Packs of earlier backups that this one does not name. */
async function removeSurplus(store: BlobStore, named: ReadonlySet<string>): Promise<number> {
  let removed = 0;
  for await (const key of store.list(Number.MAX_SAFE_INTEGER)) {
    if (named.has(key)) continue;
    await store.remove(key);
    removed += 1;
  }
  return removed;
}

async function copyOnePack({ database, blobs, logger }: BackupDeps, pack: StoredPack, { store, report }: PackWork): Promise<void> {
  const outcome = await copyPack(blobs, store, pack);
  if (outcome === 'copied') {
    report.copiedPacks += 1;
    report.copiedBytes += pack.sizeBytes;
  } else if (outcome === 'present') {
    report.presentPacks += 1;
    report.presentBytes += pack.sizeBytes;
  } else if (outcome === 'missing' && !(await packIsThere(database, pack))) {
    // Only after a pause of many minutes: what the copied database names is not kept any longer.
    throw new FsyncError('unavailable', 'packs were cleaned up while they were copied', { hints: ['Run the command again.'] });
  } else {
    logger.error('a stored pack is damaged', { vaultNo: pack.vaultNo, pack: pack.no, damage: outcome });
    report.damaged.push(pack.blobKey);
  }
}

async function finish(deps: BackupDeps, work: BackupWork & { readonly staging: string; readonly report: BackupReport }): Promise<void> {
  const { staging, report, folder } = work;
  const file = databaseName(report.id);
  const secrets = await copySecrets(deps.dataDir, folder);
  const staged = join(staging, 'server.db');
  const sha256 = await hashFile(staged);
  report.databaseBytes = (await stat(staged)).size;
  report.secrets = secrets !== null;
  await placeFile(staged, join(folder, file));
  await writeManifest(folder, {
    id: report.id,
    createdAt: report.createdAt,
    version: deps.version,
    database: { file, bytes: report.databaseBytes, sha256 },
    secrets,
    packs: { count: report.copiedPacks + report.presentPacks, bytes: report.copiedBytes + report.presentBytes },
    damaged: report.damaged,
  });
  await removeFiles(folder, DATABASE_NAME, file);
}

async function copySecrets(dataDir: string, folder: string): Promise<{ readonly sha256: string } | null> {
  const path = join(folder, SECRETS_FILE);
  try {
    await copyFileDurably(join(dataDir, SECRETS_FILE), path);
  } catch (error) {
    if (!isFsyncError(error, 'not_found')) throw error;
    await rm(path, { force: true });
    return null;
  }
  return { sha256: await hashFile(path) };
}
