import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { databaseName, newBackupId, readManifest, writeManifest } from '../../../../src/server/backup/manifest.js';
import { tempFolder } from '../../../support/temp-folder.js';

const content = (id: string) => ({
  id,
  createdAt: '2026-01-01T00:00:00.000Z',
  version: '0.1.0',
  database: { file: databaseName(id), bytes: 1, sha256: 'a'.repeat(64) },
  secrets: null,
  packs: { count: 0, bytes: 0 },
  damaged: [],
});

describe('the manifest of a backup', () => {
  it('is read as it was written, and is for the owner only', async () => {
    const folder = tempFolder();
    const made = content(newBackupId());
    await writeManifest(folder, made);
    expect(await readManifest(folder)).toEqual({ schema: 'fsync/backup/1', ...made });
    expect(statSync(join(folder, 'manifest.json')).mode & 0o777).toBe(0o600);
  });

  it('is missing in a folder without a whole backup', async () => {
    await expect(readManifest(tempFolder())).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([
    'no json',
    '{}',
    JSON.stringify({ schema: 'fsync/backup/2', ...content('0123456789abcdef') }),
    JSON.stringify({
      schema: 'fsync/backup/1',
      ...content('0123456789abcdef'),
      database: { file: '../x', bytes: 1, sha256: 'a'.repeat(64) },
    }),
  ])('is not %j', async (text) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'manifest.json'), text);
    await expect(readManifest(folder)).rejects.toMatchObject({ code: 'integrity' });
  });
});
