/** Positions of devices: what the server keeps of them, what it refuses, and when they go. On both databases. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromBase64Url, toBase64Url } from '../../src/core/base/bytes.js';
import { parseCommitHash } from '../../src/core/base/ids.js';
import { decodePosition, type Position } from '../../src/core/log/position.js';
import { vaultListReply } from '../../src/core/protocol/http.js';
import { positionListReply } from '../../src/core/protocol/position-http.js';
import { backUp } from '../../src/server/backup/backup.js';
import { restore } from '../../src/server/backup/restore.js';
import { createDiskBlobStore } from '../../src/server/blobs/disk-blob-store.js';
import { createUsers } from '../../src/server/services/users.js';
import { createServerLogger } from '../../src/server/telemetry/logger.js';
import { openDatabase } from '../../src/server/store/database.js';
import { purgeSomeRows } from '../../src/server/store/upkeep-store.js';
import { call, enrolDevice, random, registerAccount, revokeLink, type Answer, type TestAccount } from '../support/server-account.js';
import { startServer, type ServerEngine, type ServerHarness } from '../support/server-harness.js';
import { commitChanges, createVault, draftCommit, newFile, positionBody, sendCommit, type TestVault } from '../support/server-vault.js';
import { tempFolder } from '../support/temp-folder.js';

const engines: readonly ServerEngine[] = ['sqlite', 'postgres'];
const clock = { now: () => Date.now() };

describe.each(engines)('positions on %s', (engine) => {
  let server: ServerHarness;
  let ada: TestAccount;
  let vault: TestVault;
  let round = 0;
  beforeAll(async () => {
    server = await startServer({ engine });
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    round += 1;
    ada = await registerAccount(server.url, `ada-${String(round)}`);
    vault = await createVault(ada);
    expect((await commitChanges(ada, vault, newFile())).status).toBe(200);
  });

  const put = (by: TestAccount, change: Partial<Position> = {}, of = by): Promise<Answer> =>
    call(server.url, 'PUT', `/vaults/${vault.vault}/position`, { token: by.session.accessToken, body: positionBody(of, vault, change) });
  const remove = (by: TestAccount): Promise<Answer> =>
    call(server.url, 'DELETE', `/vaults/${vault.vault}/position`, { token: by.session.accessToken });
  async function list(by = ada): Promise<readonly Position[]> {
    const answer = await call(server.url, 'GET', `/vaults/${vault.vault}/positions`, { token: by.session.accessToken });
    expect(answer.status).toBe(200);
    return positionListReply.parse(answer.json).positions.map(({ signed }) => decodePosition(fromBase64Url(signed)).position);
  }
  /** As the list of vaults counts them. */
  async function devices(): Promise<number | undefined> {
    const answer = await call(server.url, 'GET', '/vaults', { token: ada.session.accessToken });
    return vaultListReply.parse(answer.json).vaults.find((one) => one.vault === vault.vault)?.devices;
  }
  const seqs = async (): Promise<readonly number[]> => (await list()).map(({ seq }) => seq);
  const code = ({ json }: Answer): unknown => Object(json)['code'];
  async function setRole(to: TestAccount, role: 'reader' | null): Promise<void> {
    const account = to.state.accountId;
    const keyBoxes = role === null ? {} : { keyBoxes: [{ epoch: 1, account, generation: 1, box: toBase64Url(random(80)) }] };
    const commit = draftCommit(ada, vault, { kind: { type: 'member', body: { account, role, boxHash: null } }, ...keyBoxes });
    expect((await sendCommit(ada, vault, commit)).status).toBe(200);
  }

  it('keeps the newest of each device, byte by byte', async () => {
    const desktop = await enrolDevice(ada);
    expect((await put(desktop)).status).toBe(204);
    const body = positionBody(ada, vault);
    const token = ada.session.accessToken;
    expect((await call(server.url, 'PUT', `/vaults/${vault.vault}/position`, { token, body })).status).toBe(204);
    const answer = await call(server.url, 'GET', `/vaults/${vault.vault}/positions`, { token });
    expect(positionListReply.parse(answer.json).positions).toContainEqual(body);
    expect((await commitChanges(ada, vault, newFile())).status).toBe(200);
    expect((await put(desktop)).status).toBe(204);
    expect(Object.fromEntries((await list()).map(({ device, seq }) => [device, seq]))).toEqual({
      [ada.device.id]: 2,
      [desktop.device.id]: 3,
    });
  });

  it('takes the same one again, and none before it', async () => {
    const first = { seq: 1, hash: parseCommitHash(vault.vault) };
    expect((await put(ada)).status).toBe(204);
    expect((await put(ada)).status).toBe(204);
    const back = await put(ada, first);
    expect([back.status, code(back)]).toEqual([409, 'rollback']);
    expect(await seqs()).toEqual([2]);
    expect((await remove(ada)).status).toBe(204);
    expect((await put(ada, first)).status).toBe(204);
    expect(await seqs()).toEqual([1]);
  });

  it('refuses a commit that the log does not have', async () => {
    const other = parseCommitHash('ab'.repeat(32));
    for (const change of [{ hash: other }, { seq: 3, hash: other }, { seq: 3 }, { seq: 1 }]) {
      const answer = await put(ada, change);
      expect([answer.status, code(answer)], JSON.stringify(change)).toEqual([412, 'history_changed']);
    }
    expect(await list()).toEqual([]);
  });

  it('refuses what another device, another account or nobody signed', async () => {
    const desktop = await enrolDevice(ada);
    const grace = await registerAccount(server.url, `grace-${String(round)}`);
    const elsewhere = await createVault(grace);
    expect((await put(ada, {}, desktop)).status).toBe(403);
    expect((await put(ada, {}, grace)).status).toBe(403);
    expect(code(await put(ada, { vault: elsewhere.vault }))).toBe('invalid_input');
    // Signed by the desktop in the name of the laptop.
    expect(code(await put(ada, { account: ada.state.accountId, device: ada.device.id, chainSeq: ada.state.seq }, desktop))).toBe(
      'bad_signature',
    );
    expect(code(await put(ada, { chainSeq: 1_000 }))).toBe('rollback');
    expect(await list()).toEqual([]);
  });

  it('refuses what is no position', async () => {
    const send = (body: unknown): Promise<Answer> =>
      call(server.url, 'PUT', `/vaults/${vault.vault}/position`, { token: ada.session.accessToken, body });
    for (const body of [{}, { signed: '' }, { signed: toBase64Url(random(200)) }, { ...positionBody(ada, vault), more: 1 }]) {
      expect((await send(body)).status, JSON.stringify(body)).toBe(422);
    }
    expect((await send(positionBody(ada, vault, { nameSealed: random(2_000) }))).status).toBe(422);
    expect((await send({ signed: 'A'.repeat(10_000) })).status).toBe(413);
  });

  it('forgets a device that is revoked', async () => {
    const lost = await enrolDevice(ada);
    expect((await put(lost)).status).toBe(204);
    expect((await put(ada)).status).toBe(204);
    expect(await devices()).toBe(2);
    const body = { links: [toBase64Url(revokeLink(ada, lost))] };
    expect((await call(server.url, 'DELETE', `/devices/${lost.device.id}`, { token: ada.session.accessToken, body })).status).toBe(204);
    expect((await list()).map(({ device }) => device)).toEqual([ada.device.id]);
    expect(await devices()).toBe(1);
    expect((await put(lost)).status).toBe(401);
  });

  it('forgets a member who is removed, also when it comes back', async () => {
    const grace = await registerAccount(server.url, `grace-${String(round)}`);
    await setRole(grace, 'reader');
    expect((await put(grace)).status).toBe(204);
    expect((await list(grace)).map(({ account }) => account)).toEqual([grace.state.accountId]);
    await setRole(grace, null);
    expect(await list()).toEqual([]);
    await setRole(grace, 'reader');
    expect(await list()).toEqual([]);
  });

  it('lets accounts and vaults be deleted', async () => {
    const grace = await registerAccount(server.url, `grace-${String(round)}`);
    await setRole(grace, 'reader');
    for (const one of [ada, grace]) expect((await put(one)).status).toBe(204);
    const { database } = server.server;
    await createUsers({ database, clock }).remove(grace.user);
    expect((await list()).map(({ account }) => account)).toEqual([ada.state.accountId]);
    expect((await call(server.url, 'DELETE', `/vaults/${vault.vault}`, { token: ada.session.accessToken })).status).toBe(204);
    const row: { no: number } = await database('vaults')
      .where({ id: Buffer.from(vault.vault, 'hex') })
      .first('no');
    while (await purgeSomeRows(database, row.no));
    expect(await database('positions').where({ vault_no: row.no })).toEqual([]);
  });

  it('come back from a backup with the log that they belong to', async () => {
    expect((await put(ada)).status).toBe(204);
    const [folder, dataDir] = [join(tempFolder(), 'backup'), join(tempFolder(), 'restored')];
    const { database } = server.server;
    const logger = createServerLogger('silent');
    const blobs = await createDiskBlobStore(server.dataDir);
    const { signal } = new AbortController();
    await backUp({ database, blobs, clock, logger, dataDir: server.dataDir, version: 'test' }, folder, signal);
    await restore(folder, { dataDir, databasePool: 1 }, { now: Date.now(), signal });
    const restored = openDatabase({ dataDir, databasePool: 1 });
    const rows: { seq: number }[] = await restored('positions').select('seq');
    await restored.destroy();
    const all: { seq: number }[] = await database('positions').select('seq');
    expect(rows.map(({ seq }) => seq).sort((x, y) => x - y)).toEqual(all.map(({ seq }) => seq).sort((x, y) => x - y));
    expect(rows.length).toBeGreaterThan(0);
  });
});
