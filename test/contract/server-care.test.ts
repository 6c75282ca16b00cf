/** Check, backup, restore and accounts on a running server, the same on both databases. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { backUp, type BackupReport } from '../../src/server/backup/backup.js';
import { restore } from '../../src/server/backup/restore.js';
import { createDiskBlobStore } from '../../src/server/blobs/disk-blob-store.js';
import { AT_ONCE, blobsOnDisk, CollectorWorld, createTestClock, DAY } from '../support/collector-world.js';
import { inspect, type VaultFindings } from '../../src/server/services/inspector.js';
import { createUsers } from '../../src/server/services/users.js';
import { bin } from '../../src/server/store/database.js';
import { createServerLogger } from '../../src/server/telemetry/logger.js';
import { attemptLogin, call, refreshBody, registerAccount, type TestAccount } from '../support/server-account.js';
import { createSchema, startServer, type ServerEngine, type ServerHarness } from '../support/server-harness.js';
import {
  commitChanges,
  createVault,
  downloadChunks,
  makePack,
  newFile,
  readChanges,
  uploadPack,
  type TestVault,
} from '../support/server-vault.js';
import { tempFolder } from '../support/temp-folder.js';

const engines: readonly ServerEngine[] = ['sqlite', 'postgres'];
const never = new AbortController().signal;
const logger = createServerLogger('silent');

describe.each(engines)('the care of a server on %s', (engine) => {
  let server: ServerHarness;
  let ada: TestAccount;
  beforeAll(async () => {
    server = await startServer({ engine });
    ada = await registerAccount(server.url, 'ada');
  });
  afterAll(() => server.stop());

  const clock = { now: () => Date.now() };
  const database = () => server.server.database;

  async function filled(
    account = ada,
  ): Promise<{ vault: TestVault; chunks: readonly ReturnType<typeof makePack>['chunks'][number][]; no: number }> {
    const vault = await createVault(account);
    const packs = [makePack(3_000, 40), makePack(20_000)];
    for (const pack of packs) expect((await uploadPack(account, vault.vault, pack)).status).toBe(201);
    const chunks = packs.flatMap((pack) => pack.chunks);
    const file = newFile(chunks.map(({ id }) => id));
    expect((await commitChanges(account, vault, file, newFile())).status).toBe(200);
    expect((await commitChanges(account, vault, { ...file, rev: 2 })).status).toBe(200);
    const row: { no: number } = await database()('vaults')
      .where({ id: bin(vault.vault) })
      .first('no');
    return { vault, chunks, no: row.no };
  }

  async function findings(vault: TestVault, readData = false): Promise<VaultFindings> {
    const blobs = await createDiskBlobStore(server.dataDir);
    for await (const found of inspect({ database: database(), clock, blobs }, { readData, signal: never })) {
      if (found.id === vault.vault) return found;
    }
    throw new Error('the vault was not inspected');
  }

  async function backup(folder: string): Promise<BackupReport> {
    const blobs = await createDiskBlobStore(server.dataDir);
    return backUp({ database: database(), blobs, clock, logger, dataDir: server.dataDir, version: 'test' }, folder, never);
  }

  describe('check', () => {
    it('finds a healthy vault healthy, with everything counted', async () => {
      const { vault } = await filled();
      const found = await findings(vault, true);
      expect(found).toMatchObject({ owner: 'ada', commits: 3, nodes: 2, chunks: 3, packs: 2, problems: [], problemCount: 0 });
      expect(found.bytes).toBeGreaterThan(23_040);
    });

    it.each<[string, RegExp, (no: number) => Promise<unknown>]>([
      ['a commit that is gone', /commits 2 to 2 are missing/, (no) => database()('commits').where({ vault_no: no, seq: 2 }).delete()],
      [
        'the newest commit that is gone',
        /the log ends with commit 2, the head is 3/,
        (no) => database()('commits').where({ vault_no: no, seq: 3 }).delete(),
      ],
      [
        'a commit that was changed',
        /commit 2 does not have its hash/,
        (no) =>
          database()('commits')
            .where({ vault_no: no, seq: 2 })
            .update({ signed: randomBytes(300), signed_bytes: 300 }),
      ],
      [
        'commits that do not follow each other',
        /commit 3 does not follow|commit 2 does not have its hash/,
        (no) =>
          database()('commits')
            .where({ vault_no: no, seq: 2 })
            .update({ hash: randomBytes(32) }),
      ],
      [
        'a record that was changed',
        /the newest record of node [0-9a-f]{32} is damaged/,
        (no) =>
          database()('revisions')
            .where({ vault_no: no, seq: 3 })
            .update({ record: randomBytes(512) }),
      ],
      [
        'a record that is gone',
        /the newest record of node [0-9a-f]{32} is missing/,
        (no) => database()('revisions').where({ vault_no: no, seq: 3 }).delete(),
      ],
      ['a node that is gone', /node [0-9a-f]{32} lacks revision 2/, (no) => database()('nodes').where({ vault_no: no, seq: 3 }).delete()],
      [
        'a node that went back',
        /node [0-9a-f]{32} lacks revision 2/,
        (no) => database()('nodes').where({ vault_no: no, seq: 3 }).update({ rev: 1 }),
      ],
      ['bytes that are counted wrong', /are counted/, (no) => database()('vaults').where({ no }).increment('used_bytes', 1)],
      [
        'a node whose size is counted wrong',
        /the size of node [0-9a-f]{32} is counted wrong/,
        (no) => database()('nodes').where({ vault_no: no, seq: 3 }).increment('size_bytes', 1),
      ],
      [
        'a chunk beyond its pack',
        /1 chunks do not lie within a pack/,
        (no) => database()('chunks').where({ vault_no: no, length: 20_000 }).update({ position: 50_000 }),
      ],
    ])('finds %s', async (_what, problem, harm) => {
      const { vault, no } = await filled();
      await harm(no);
      const found = await findings(vault);
      expect(found.problemCount).toBeGreaterThan(0);
      expect(found.problems.join('\n')).toMatch(problem);
    });

    it('finds packs that are missing, cut off or rotten, shows it in the health of the server, and sees them mended', async () => {
      const { vault, no } = await filled();
      const keys: string[] = await database()('packs').where({ vault_no: no }).orderBy('pack_no').pluck('blob_key');
      const pathOf = (key: string): string => join(server.dataDir, 'blobs', key.slice(0, 2), key);
      const [first = '', second = ''] = keys;
      const [one, two] = [readFileSync(pathOf(first)), readFileSync(pathOf(second))];
      rmSync(pathOf(first));
      const rotten = Buffer.from(two);
      rotten.writeUInt8(rotten.readUInt8(100) ^ 1, 100);
      writeFileSync(pathOf(second), rotten);
      expect((await findings(vault)).problems).toEqual([`pack 1 (${first}): missing`]);
      expect((await findings(vault, true)).problems).toEqual([`pack 1 (${first}): missing`, `pack 2 (${second}): wrong bytes`]);
      await expect
        .poll(async () => call(server.url, 'GET', '/health'), { timeout: 10_000 })
        .toMatchObject({
          json: { status: 'degraded', checks: { packs: 'failed', database: 'ok' } },
        });
      expect((await call(server.url, 'GET', '/health/ready')).status).toBe(200);
      expect(await server.server.janitor.runOnce(never)).toBe(true);
      expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('fsync_scrub_damaged_packs 2');
      writeFileSync(pathOf(first), one);
      truncateSync(pathOf(second), 50);
      expect((await findings(vault)).problems).toEqual([`pack 2 (${second}): wrong length`]);
      writeFileSync(pathOf(second), two);
      expect((await findings(vault, true)).problemCount).toBe(0);
      expect((await downloadChunks(ada, vault.vault, [])).size).toBe(0);
    });
  });

  describe('backup and restore', () => {
    it('bring back a whole server that goes on, on either database', async () => {
      const { vault, chunks } = await filled();
      const folder = join(tempFolder(), 'backup');
      const first = await backup(folder);
      expect(first).toMatchObject({ secrets: true, damaged: [] });
      expect(first.copiedPacks).toBeGreaterThanOrEqual(2);
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
        expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
      const later = makePack(5_000);
      await uploadPack(ada, vault.vault, later);
      const second = await backup(folder);
      expect(second).toMatchObject({ copiedPacks: 1, presentPacks: first.copiedPacks, removedPacks: 0 });
      expect(readdirSync(folder).filter((name) => name.endsWith('.db') && name.startsWith('server-'))).toHaveLength(1);
      await commitChanges(ada, vault, newFile());

      for (const target of engines) {
        const schema = target === 'postgres' ? await createSchema() : null;
        const dataDir = join(tempFolder(), 'restored');
        const into = { dataDir, databaseUrl: schema?.url, databasePool: 2 };
        const report = await restore(folder, into, { now: Date.now(), signal: never });
        expect(report).toMatchObject({ createdAt: second.createdAt, packs: second.copiedPacks + second.presentPacks, secrets: true });
        const env = { FSYNC_DATA_DIR: dataDir, ...(schema === null ? {} : { FSYNC_DATABASE_URL: schema.url }) };
        const restored = await startServer({ engine: 'sqlite', env });
        try {
          const there = { ...ada, url: restored.url };
          const page = await readChanges(there, vault.vault, 0);
          expect(page.head.seq).toBe(vault.head.seq - 1);
          expect(page.historyId).not.toBe((await readChanges(ada, vault.vault, 0)).historyId);
          const got = await downloadChunks(
            there,
            vault.vault,
            chunks.map(({ id }) => id),
          );
          for (const { id, bytes } of chunks) expect(got.get(id)?.equals(bytes)).toBe(true);
          expect((await createVault(there)).head.seq).toBe(1);
          const again = restore(folder, into, { now: Date.now(), signal: never });
          await expect(again).rejects.toMatchObject({ code: 'already_exists' });
        } finally {
          await restored.stop();
          await schema?.drop();
        }
      }
    });

    it('let a device in that has got newer tokens since', async () => {
      const other = await registerAccount(server.url, `eve-${engine}`);
      const folder = join(tempFolder(), 'backup');
      await backup(folder);
      const rotate = async (url: string, token: string, device: TestAccount): Promise<{ status: number; token: string }> => {
        const { status, json } = await call(url, 'POST', '/auth/refresh', { body: refreshBody(device, token) });
        const session = typeof json === 'object' && json !== null && 'session' in json ? (json.session as { refreshToken: string }) : null;
        return { status, token: session?.refreshToken ?? '' };
      };
      const { token } = await rotate(server.url, other.session.refreshToken, other);
      const newest = await rotate(server.url, token, other);
      const dataDir = join(tempFolder(), 'restored');
      await restore(folder, { dataDir, databasePool: 1 }, { now: Date.now(), signal: never });
      const restored = await startServer({ engine: 'sqlite', env: { FSYNC_DATA_DIR: dataDir } });
      try {
        const stranger = { ...other, device: ada.device };
        expect((await rotate(restored.url, newest.token, stranger)).status).toBe(401);
        const first = await rotate(restored.url, newest.token, other);
        expect(first.status).toBe(200);
        // The answer was lost: the same again.
        expect(await rotate(restored.url, newest.token, other)).toEqual(first);
        expect((await rotate(restored.url, first.token, other)).status).toBe(200);
      } finally {
        await restored.stop();
      }
    });

    it('refuse a damaged backup, a folder in use and a folder without a backup', async () => {
      await filled();
      const folder = join(tempFolder(), 'backup');
      await backup(folder);
      const target = (dataDir: string) => ({ dataDir, databasePool: 1 });
      const into = (dataDir: string) => restore(folder, target(dataDir), { now: Date.now(), signal: never });
      await expect(into(server.dataDir)).rejects.toMatchObject({ code: 'already_exists' });
      await expect(restore(tempFolder(), target(join(tempFolder(), 'x')), { now: 0, signal: never })).rejects.toMatchObject({
        code: 'not_found',
      });
      const [key = ''] = blobsOnDisk(folder);
      const path = join(folder, 'blobs', key.slice(0, 2), key);
      const bytes = readFileSync(path);
      bytes.writeUInt8(bytes.readUInt8(9) ^ 1, 9);
      writeFileSync(path, bytes);
      const dataDir = join(tempFolder(), 'restored');
      await expect(into(dataDir)).rejects.toMatchObject({ code: 'integrity' });
      await expect(startServer({ engine: 'sqlite', env: { FSYNC_DATA_DIR: dataDir } })).rejects.toMatchObject({ code: 'unavailable' });
      const [database = ''] = readdirSync(folder).filter((name) => name.startsWith('server-'));
      truncateSync(join(folder, database), 4_096);
      await expect(into(join(tempFolder(), 'again'))).rejects.toMatchObject({ code: 'integrity' });
    });

    it('keep what is named while packs are cleaned up, and drop what is not named any more', async () => {
      const time = createTestClock();
      const world = await CollectorWorld.open(server, time);
      const [kept, dropped] = [await world.upload([900, 901]), await world.upload([902])];
      await world.write(null, kept);
      const folder = join(tempFolder(), 'backup');
      await backup(folder);
      expect(blobsOnDisk(folder)).toEqual(blobsOnDisk(server.dataDir));
      await database()('leases').insert({ name: 'backup-other', holder: 'other', until: time.now() + DAY });
      expect(await world.collect(AT_ONCE)).toMatchObject({ chunks: dropped.length, packs: 1, blobs: 0, waitingBlobs: 1 });
      time.pass(2 * DAY);
      expect(await world.collect(AT_ONCE)).toMatchObject({ blobs: 1, waitingBlobs: 0 });
      expect(await backup(folder)).toMatchObject({ copiedPacks: 0, removedPacks: 1 });
      expect(blobsOnDisk(folder)).toEqual(blobsOnDisk(server.dataDir));
    });

    it('tell of damaged packs, and do not replace a good copy by a bad one', async () => {
      const { no } = await filled();
      const folder = join(tempFolder(), 'backup');
      const [key = '']: string[] = await database()('packs').where({ vault_no: no }).pluck('blob_key');
      const path = join(server.dataDir, 'blobs', key.slice(0, 2), key);
      const good = readFileSync(path);
      writeFileSync(path, Buffer.alloc(good.length, 7));
      expect(await backup(folder)).toMatchObject({ damaged: [key] });
      expect(blobsOnDisk(folder)).not.toContain(key);
      await expect(restore(folder, { dataDir: join(tempFolder(), 'x'), databasePool: 1 }, { now: 0, signal: never })).rejects.toMatchObject(
        {
          code: 'integrity',
        },
      );
      writeFileSync(path, good);
      expect(await backup(folder)).toMatchObject({ damaged: [], copiedPacks: 1 });
      writeFileSync(path, Buffer.alloc(good.length, 7));
      expect(await backup(folder)).toMatchObject({ damaged: [] });
      expect(readFileSync(join(folder, 'blobs', key.slice(0, 2), key)).equals(good)).toBe(true);
      writeFileSync(path, good);
    });
  });

  describe('accounts', () => {
    const users = () => createUsers({ database: database(), clock });

    it('are listed with what they use', async () => {
      const bob = await registerAccount(server.url, `bob-${engine}`);
      const { vault } = await filled(bob);
      const row = (await users().list()).find(({ user }) => user === bob.user);
      expect(row).toMatchObject({ id: bob.state.accountId, devices: 1, vaults: 1, quotaBytes: null, disabledAt: null });
      expect(row?.usedBytes).toBe((await findings(vault)).bytes);
      await expect(users().find('nobody')).rejects.toMatchObject({ code: 'not_found' });
    });

    it('are switched off within seconds, sockets too, and go on when switched on', async () => {
      const bob = await registerAccount(server.url, `off-${engine}`);
      const token = bob.session.accessToken;
      const list = async (): Promise<number> => (await call(server.url, 'GET', '/vaults', { token })).status;
      const refresh = async (): Promise<number> =>
        (await call(server.url, 'POST', '/auth/refresh', { body: refreshBody(bob, bob.session.refreshToken) })).status;
      expect(await list()).toBe(200);
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/sync/ws`, { headers: { authorization: `Bearer ${token}` } });
      await new Promise((resolve) => socket.once('open', resolve));
      const closed = new Promise<number>((resolve) => socket.once('close', resolve));
      await users().setDisabled(bob.user, true);
      expect(await closed).toBe(4401);
      expect(await list()).toBe(401);
      expect(await refresh()).toBe(403);
      expect((await attemptLogin(server.url, bob.user, bob.password)).answer.status).toBe(403);
      expect((await attemptLogin(server.url, bob.user, 'wrong')).answer.status).toBe(401);
      expect((await users().find(bob.user)).disabledAt).not.toBeNull();
      await users().setDisabled(bob.user, false);
      expect(await list()).toBe(200);
      expect(await refresh()).toBe(200);
    });

    it('have a quota over all their vaults, and more again when it is lifted', async () => {
      const bob = await registerAccount(server.url, `quota-${engine}`);
      const [one, two] = [await createVault(bob), await createVault(bob)];
      await users().setQuota(bob.user, 10_000);
      expect((await uploadPack(bob, one.vault, makePack(6_000))).status).toBe(201);
      const more = makePack(6_000);
      const refused = await uploadPack(bob, two.vault, more);
      expect([refused.status, refused.json]).toMatchObject([507, { code: 'quota_exceeded', quotaBytes: 10_000 }]);
      expect((await commitChanges(bob, two, newFile())).status).toBe(200);
      await users().setQuota(bob.user, null);
      expect((await uploadPack(bob, two.vault, more)).status).toBe(201);
    });

    it('are deleted with their vaults, and their name is free again', async () => {
      const name = `gone-${engine}`;
      const bob = await registerAccount(server.url, name);
      const { vault } = await filled(bob);
      await users().remove(name);
      expect((await users().list()).map(({ user }) => user)).not.toContain(name);
      await expect
        .poll(async () => (await call(server.url, 'GET', '/vaults', { token: bob.session.accessToken })).status, { timeout: 20_000 })
        .toBe(401);
      expect((await call(server.url, 'POST', '/auth/refresh', { body: refreshBody(bob, bob.session.refreshToken) })).status).toBe(401);
      expect((await attemptLogin(server.url, name, bob.password)).answer.status).toBe(401);
      expect(await server.server.janitor.runOnce(never)).toBe(true);
      expect(await database()('vaults').where({ id: bin(vault.vault) })).toEqual([]);
      const again = await registerAccount(server.url, name);
      expect(again.state.accountId).not.toBe(bob.state.accountId);
    });
  });
});
