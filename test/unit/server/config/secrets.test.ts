import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readServerOptions } from '../../../../src/server/config/options.js';
import { loadServerSecrets } from '../../../../src/server/config/secrets.js';
import { tempFolder } from '../../../support/temp-folder.js';

const load = (dataDir: string, env: Readonly<Record<string, string>> = {}) =>
  loadServerSecrets(readServerOptions([], { FSYNC_DATA_DIR: dataDir, ...env }));
const key = (byte: number): string =>
  Buffer.from(Array.from({ length: 32 }, (_one, index) => (byte + index * 7) % 256)).toString('base64url');

describe('secrets of the server', () => {
  it('makes them at first start, for the owner only, and keeps them', async () => {
    const folder = tempFolder();
    const first = await load(folder);
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
    expect(first.jwtKeys[0].secret).toHaveLength(32);
    expect(await load(folder)).toEqual(first);
  });

  it('agrees on one file when two servers start at once', async () => {
    const folder = tempFolder();
    const [one, two] = await Promise.all([load(folder), load(folder)]);
    expect(one).toEqual(two);
  });

  it('refuses a file that others can read', async () => {
    const folder = tempFolder();
    await load(folder);
    chmodSync(join(folder, 'secrets.json'), 0o640);
    await expect(load(folder)).rejects.toMatchObject({ code: 'usage' });
  });

  it('signs with the first key of the variable and verifies with all', async () => {
    const { jwtKeys } = await load(tempFolder(), { FSYNC_JWT_KEYS: `b:${key(1)},a:${key(2)}` });
    expect(jwtKeys.map((one) => one.kid)).toEqual(['b', 'a']);
  });

  it.each([
    ['short', `a:${Buffer.alloc(31, 1).toString('base64url')}`],
    ['not random', `a:${Buffer.alloc(32).toString('base64url')}`],
    ['without an id', key(1)],
    ['with an id twice', `a:${key(1)},a:${key(2)}`],
    ['empty', ','],
  ])('refuses keys that are %s', async (_what, value) => {
    await expect(load(tempFolder(), { FSYNC_JWT_KEYS: value })).rejects.toMatchObject({ code: 'usage' });
  });

  it('writes nothing when every secret is given', async () => {
    const folder = tempFolder();
    const { opaqueSetup } = await load(tempFolder());
    await load(folder, { FSYNC_JWT_KEYS: `a:${key(1)}`, FSYNC_REFRESH_KEY: key(3), FSYNC_OPAQUE_SETUP: opaqueSetup });
    expect(() => readFileSync(join(folder, 'secrets.json'))).toThrow('ENOENT');
  });
});
