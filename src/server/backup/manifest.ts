/** What a backup says about itself: written last, so that a folder with a manifest holds a whole backup. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FsyncError } from '../../core/base/errors.js';
import { storageError } from '../blobs/blob-files.js';
import { writeFileDurably } from './durable-files.js';

const SCHEMA = 'fsync/backup/1';
const MANIFEST_FILE = 'manifest.json';
export const SECRETS_FILE = 'secrets.json';
/** Files of databases in a backup: a new name each time, so that the old one is whole until the new one counts. */
export const DATABASE_NAME = /^server-[0-9a-f]{16}\.db$/;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const natural = z.number().int().min(0);

const manifest = z.strictObject({
  schema: z.literal(SCHEMA),
  /** Of this backup, another one each time. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  createdAt: z.string(),
  version: z.string(),
  database: z.strictObject({ file: z.string().regex(DATABASE_NAME), bytes: natural, sha256 }),
  /** Null when the server has its secrets from variables. */
  secrets: z.strictObject({ sha256 }).nullable(),
  packs: z.strictObject({ count: natural, bytes: natural }),
  /** Keys of packs that were damaged on the server and are not in the backup. */
  damaged: z.array(z.string()),
});

export type Manifest = z.infer<typeof manifest>;

export const newBackupId = (): string => randomBytes(8).toString('hex');
export const databaseName = (id: string): string => `server-${id}.db`;

export async function writeManifest(folder: string, content: Omit<Manifest, 'schema'>): Promise<void> {
  await writeFileDurably(join(folder, MANIFEST_FILE), `${JSON.stringify({ schema: SCHEMA, ...content }, null, 2)}\n`);
}

/** @throws FsyncError not_found when there is no backup; integrity when it cannot be read */
export async function readManifest(folder: string): Promise<Manifest> {
  try {
    return manifest.parse(JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8')));
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) {
      throw new FsyncError('integrity', `the manifest of the backup in ${folder} cannot be read`, { cause });
    }
    const error = storageError(cause);
    if (error.code !== 'not_found') throw error;
    throw new FsyncError('not_found', `there is no whole backup in ${folder}`, { cause, hints: ['Make one: fsync server backup DIR'] });
  }
}
