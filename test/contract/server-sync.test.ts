/** Vaults, packs, commits and the feed on a whole server, the same on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64Url } from '../../src/core/base/bytes.js';
import { feedPage, listReply, recordsReply, revisionsReply, vaultReply } from '../../src/core/protocol/http.js';
import { call, enrolDevice, random, registerAccount, type TestAccount } from '../support/server-account.js';
import { startServer, type ServerEngine, type ServerHarness } from '../support/server-harness.js';
import {
  commitChanges,
  createVault,
  downloadChunks,
  draftCommit,
  genesisBody,
  makePack,
  newFile,
  newNode,
  newTag,
  readChanges,
  sendCommit,
  uploadPack,
} from '../support/server-vault.js';

const engines: readonly ServerEngine[] = ['sqlite', 'postgres'];

describe.each(engines)('sync on %s', (engine) => {
  let server: ServerHarness;
  let ada: TestAccount;
  let desktop: TestAccount;
  beforeAll(async () => {
    server = await startServer({ engine });
    ada = await registerAccount(server.url, 'ada');
    desktop = await enrolDevice(ada);
  });
  afterAll(() => server.stop());

  const get = (path: string) => call(server.url, 'GET', path, { token: ada.session.accessToken });

  it('makes a vault with its genesis commit, and again with the same answer', async () => {
    const body = genesisBody(ada);
    const first = await call(server.url, 'POST', '/vaults', { token: ada.session.accessToken, body });
    const second = await call(server.url, 'POST', '/vaults', { token: ada.session.accessToken, body });
    expect(first.status).toBe(201);
    expect(second.json).toEqual(first.json);
    const vault = String(Object(first.json)['vault']);
    const view = vaultReply.parse((await get(`/vaults/${vault}`)).json);
    expect(view).toMatchObject({ role: 'owner', owner: ada.state.accountId, head: { seq: 1, hash: vault }, members: 1, usedBytes: 0 });
    expect(view.keyBoxes).toHaveLength(1);
  });

  it('delivers a commit in the feed with its records', async () => {
    const vault = await createVault(ada);
    const file = { ...newFile(), record: random(512) };
    expect((await commitChanges(ada, vault, file)).status).toBe(200);
    const page = await readChanges(desktop, vault.vault, 1);
    expect(page.head).toEqual(vault.head);
    expect(page.more).toBe(false);
    expect(page.commits.map((commit) => commit.records)).toEqual([[{ node: file.node, rev: 1, bytes: toBase64Url(file.record) }]]);
  });

  it('starts the feed with the genesis commit', async () => {
    const vault = await createVault(ada);
    const page = await readChanges(ada, vault.vault, 0);
    expect(page.commits).toHaveLength(1);
    expect(page.commits[0]?.records).toEqual([]);
  });

  it('hazard 55: answers a commit that is sent again with the first answer', async () => {
    const vault = await createVault(ada);
    const commit = draftCommit(ada, vault, { changes: [newFile()] });
    const first = await sendCommit(ada, vault, commit);
    await commitChanges(ada, vault, newFile());
    const again = await sendCommit(ada, vault, commit);
    expect(again.status).toBe(200);
    expect(again.json).toEqual(first.json);
    expect((await readChanges(ada, vault.vault, 0)).head.seq).toBe(3);
  });

  it('hazard 53: refuses a commit on an old head with the commits that the writer has not seen', async () => {
    const vault = await createVault(ada);
    const start = vault.head;
    await commitChanges(ada, vault, newFile());
    await commitChanges(ada, vault, newFile());
    const late = draftCommit(desktop, vault, { changes: [newFile()], head: start });
    const answer = await sendCommit(desktop, vault, late);
    expect(answer.status).toBe(409);
    expect(Object(answer.json)['code']).toBe('behind');
    const page = feedPage.parse(Object(answer.json)['page']);
    expect(page.commits).toHaveLength(2);
    expect(page.head).toEqual(vault.head);
  });

  it('refuses a counter that the device has used', async () => {
    const vault = await createVault(ada);
    await commitChanges(ada, vault, newFile());
    const answer = await sendCommit(ada, vault, draftCommit(ada, vault, { changes: [newFile()], counter: 2 }));
    expect(answer.status).toBe(422);
    expect(Object(answer.json)['code']).toBe('counter_reused');
  });

  it('refuses a revision that is not the next one', async () => {
    const vault = await createVault(ada);
    const file = newFile();
    await commitChanges(ada, vault, file);
    const answer = await commitChanges(ada, vault, { ...file, rev: 3 });
    expect(answer.status).toBe(422);
    expect(vault.head.seq).toBe(2);
  });

  it('refuses a record that is not the one that was signed', async () => {
    const vault = await createVault(ada);
    const commit = draftCommit(ada, vault, { changes: [newFile()] });
    const records = Object(commit.body)['records'].map((record: object) => ({ ...record, bytes: toBase64Url(random(512)) }));
    const answer = await sendCommit(ada, vault, { ...commit, body: { ...commit.body, records } });
    expect(Object(answer.json)['code']).toBe('integrity');
  });

  it('refuses a commit that another device of the account has signed', async () => {
    const vault = await createVault(ada);
    const commit = draftCommit(ada, vault, { changes: [newFile()] });
    expect((await sendCommit(desktop, vault, commit)).status).toBe(403);
  });

  it('lets two nodes swap their names in one commit', async () => {
    const vault = await createVault(ada);
    const [one, two] = [newFile(), newFile()];
    await commitChanges(ada, vault, one, two);
    const answer = await commitChanges(ada, vault, { ...one, rev: 2, tag: two.tag }, { ...two, rev: 2, tag: one.tag });
    expect(answer.status).toBe(200);
  });

  it('hazard 64: refuses a name that another node holds, and frees the name of a deleted node', async () => {
    const vault = await createVault(ada);
    const file = newFile();
    await commitChanges(ada, vault, file);
    const rival = { ...newFile(), tag: file.tag };
    const taken = await commitChanges(ada, vault, rival);
    expect(Object(taken.json)).toMatchObject({ code: 'name_taken', nodes: [rival.node] });
    expect((await commitChanges(ada, vault, { node: file.node, rev: 2, tag: null })).status).toBe(200);
    expect((await commitChanges(ada, vault, rival)).status).toBe(200);
  });

  it('leaves replaced records out of the feed and keeps every revision', async () => {
    const vault = await createVault(ada);
    const file = newFile();
    for (let rev = 1; rev <= 3; rev += 1) await commitChanges(ada, vault, { ...file, rev, record: random(512 * rev) });
    const page = await readChanges(ada, vault.vault, 1);
    expect(page.commits.map((commit) => commit.records.map((record) => record.rev))).toEqual([[], [], [3]]);
    const { revisions } = revisionsReply.parse((await get(`/files/${file.node}/revisions?vault=${vault.vault}`)).json);
    expect(revisions.map((revision) => [revision.rev, revision.seq])).toEqual([
      [3, 4],
      [2, 3],
      [1, 2],
    ]);
    const body = { vault: vault.vault, revisions: [2, 9, 1].map((rev) => ({ node: file.node, rev })) };
    const { records, answered } = recordsReply.parse(
      (await call(server.url, 'POST', '/files/records', { token: ada.session.accessToken, body })).json,
    );
    expect([records.map(({ node, rev }) => [node, rev]), answered]).toEqual([[2, 1].map((rev) => [file.node, rev]), 3]);
    expect(records[0]?.bytes).toBe(revisions[1]?.bytes);
    expect((await get(`/files/${newNode()}/revisions?vault=${vault.vault}`)).status).toBe(404);
  });

  it('hazard 59: pages the feed by whole commits', async () => {
    const vault = await createVault(ada);
    for (let round = 0; round < 7; round += 1) await commitChanges(ada, vault, newFile());
    const seen: number[] = [];
    let since = 0;
    for (;;) {
      const page = await readChanges(ada, vault.vault, since, '&limit=3');
      seen.push(page.commits.length);
      since += page.commits.length;
      if (!page.more) break;
    }
    expect(seen).toEqual([3, 3, 2]);
  });

  it('ends a page after about three megabytes', async () => {
    const vault = await createVault(ada);
    for (let round = 0; round < 4; round += 1) await commitChanges(ada, vault, { ...newFile(), record: random(1_400_000) });
    const first = await readChanges(ada, vault.vault, 1);
    expect(first.commits).toHaveLength(2);
    expect(first.more).toBe(true);
    expect((await readChanges(ada, vault.vault, 3)).commits).toHaveLength(2);
  });

  it('refuses a reader that follows another history', async () => {
    const vault = await createVault(ada);
    const answer = await get(`/sync/changes?vault=${vault.vault}&since=0&history=other`);
    expect(answer.status).toBe(412);
    expect(Object(answer.json)['code']).toBe('history_changed');
    expect((await get(`/sync/changes?vault=${vault.vault}&since=0&history=${vault.historyId}`)).status).toBe(200);
  });

  it('wakes a waiting reader with the commit', async () => {
    const vault = await createVault(ada);
    const waiting = readChanges(desktop, vault.vault, 1, '&wait=30000');
    const file = newFile();
    await commitChanges(ada, vault, file);
    expect((await waiting).commits.map((commit) => commit.records[0]?.node)).toEqual([file.node]);
  });

  it('answers a waiting reader with an empty page when nothing comes', async () => {
    const vault = await createVault(ada);
    const page = await readChanges(ada, vault.vault, 1, '&wait=30');
    expect(page.commits).toEqual([]);
    expect(page.more).toBe(false);
  });

  it('lists live nodes with their size, by whole commits', async () => {
    const vault = await createVault(ada);
    const pack = makePack(1000, 2000);
    await uploadPack(ada, vault.vault, pack);
    const files = [newFile(pack.chunks.map((chunk) => chunk.id)), newFile(), newFile()];
    await commitChanges(ada, vault, ...files);
    const later = newFile();
    await commitChanges(ada, vault, later, { node: files[2]?.node ?? newNode(), rev: 2, tag: null });
    const first = listReply.parse((await get(`/files/list?vault=${vault.vault}&limit=2`)).json);
    expect(first.nodes.map((node) => node.node).sort()).toEqual(
      files
        .slice(0, 2)
        .map((file) => file.node)
        .sort(),
    );
    expect(first.nodes.find((node) => node.node === files[0]?.node)?.sizeBytes).toBe(512 + 3000);
    const second = listReply.parse((await get(`/files/list?vault=${vault.vault}&after=${String(first.nodes[0]?.seq)}`)).json);
    expect(second).toMatchObject({ nodes: [{ node: later.node, rev: 1, seq: 3 }], more: false });
  });

  it('stores a pack, says what is missing, and gives the chunks back', async () => {
    const vault = await createVault(ada);
    const pack = makePack(10, 70_000, 300_000);
    const ids = pack.chunks.map((chunk) => chunk.id);
    const stranger = makePack(5).chunks.map((chunk) => chunk.id);
    expect((await uploadPack(ada, vault.vault, pack)).json).toEqual({ chunks: 3, duplicates: 0 });
    const check = await call(server.url, 'POST', '/files/check', {
      token: ada.session.accessToken,
      body: { vault: vault.vault, chunks: [...ids, ...stranger] },
    });
    expect(check.json).toEqual({ missing: stranger });
    const found = await downloadChunks(
      desktop,
      vault.vault,
      [ids[2], ids[0], ids[1]].flatMap((id) => id ?? []),
    );
    for (const { id, bytes } of pack.chunks) expect(found.get(id)?.equals(Buffer.from(bytes))).toBe(true);
    expect((await get(`/vaults/${vault.vault}`)).json).toMatchObject({ usedBytes: pack.bytes.length });
  });

  it('joins chunks of many packs in one download, each once', async () => {
    const vault = await createVault(ada);
    const packs = [makePack(100, 200, 300), makePack(50), makePack(100_000, 7)];
    for (const pack of packs) await uploadPack(ada, vault.vault, pack);
    const wanted = packs.flatMap((pack) => pack.chunks).filter((_chunk, index) => index !== 1);
    const found = await downloadChunks(
      ada,
      vault.vault,
      [...wanted, ...wanted].map((chunk) => chunk.id),
    );
    expect(found.size).toBe(wanted.length);
    for (const { id, bytes } of wanted) expect(found.get(id)?.equals(Buffer.from(bytes))).toBe(true);
  });

  it('answers an upload that is sent again with the first answer', async () => {
    const vault = await createVault(ada);
    const pack = makePack(1000);
    const first = await uploadPack(ada, vault.vault, pack);
    const second = await uploadPack(ada, vault.vault, pack);
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.json).toEqual(first.json);
    expect((await get(`/vaults/${vault.vault}`)).json).toMatchObject({ usedBytes: pack.bytes.length });
    const other = await uploadPack(ada, vault.vault, { ...makePack(1000), upload: pack.upload });
    expect(other.status).toBe(422);
  });

  it('keeps chunks that it has where they are', async () => {
    const vault = await createVault(ada);
    const pack = makePack(1000, 2000);
    await uploadPack(ada, vault.vault, pack);
    const again = await uploadPack(ada, vault.vault, { ...pack, upload: makePack(1).upload });
    expect(again.json).toEqual({ chunks: 0, duplicates: 2 });
    expect((await get(`/vaults/${vault.vault}`)).json).toMatchObject({ usedBytes: pack.bytes.length });
    expect(
      (
        await downloadChunks(
          ada,
          vault.vault,
          pack.chunks.map((chunk) => chunk.id),
        )
      ).size,
    ).toBe(2);
  });

  it('hazard 66: refuses a commit whose chunks are not stored, and names them', async () => {
    const vault = await createVault(ada);
    const pack = makePack(100, 100);
    const ids = pack.chunks.map((chunk) => chunk.id);
    const commit = draftCommit(ada, vault, { changes: [newFile(ids)] });
    const refused = await sendCommit(ada, vault, commit);
    expect(Object(refused.json)).toMatchObject({ status: 409, code: 'chunks_missing' });
    expect(new Set(Object(refused.json)['chunks'])).toEqual(new Set(ids));
    await uploadPack(ada, vault.vault, pack);
    expect((await sendCommit(ada, vault, commit)).status).toBe(200);
  });

  it('does not take chunks of another vault for its own', async () => {
    const [one, two] = [await createVault(ada), await createVault(ada)];
    const pack = makePack(100);
    const ids = pack.chunks.map((chunk) => chunk.id);
    await uploadPack(ada, one.vault, pack);
    expect((await commitChanges(ada, two, newFile(ids))).status).toBe(409);
    await expect(downloadChunks(ada, two.vault, ids)).rejects.toThrow(/chunks_missing/);
  });

  it('counts references by revision: edits, moves and deletes of a file with chunks go through', async () => {
    const vault = await createVault(ada);
    const packs = [makePack(10, 20, 30), makePack(40)];
    for (const pack of packs) await uploadPack(ada, vault.vault, pack);
    const [a, b, c, d] = packs.flatMap((pack) => pack.chunks.map((chunk) => chunk.id));
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four chunks');
    const file = newFile([a, b, c]);
    await commitChanges(ada, vault, file);
    expect((await commitChanges(ada, vault, { ...file, rev: 2, chunks: [a, d, c] })).status).toBe(200);
    expect((await commitChanges(ada, vault, { ...file, rev: 3, chunks: [a, b, c], tag: newTag() })).status).toBe(200);
    expect((await commitChanges(ada, vault, { node: file.node, rev: 4, tag: null })).status).toBe(200);
    const refs: { from_rev: number; to_rev: number }[] = await server.server
      .database('chunk_refs')
      .where({ node_id: Buffer.from(file.node, 'hex') })
      .orderBy(['from_rev', 'to_rev'])
      .select('from_rev', 'to_rev');
    expect(refs.map((ref) => [ref.from_rev, ref.to_rev])).toEqual([
      [1, 2],
      [1, 4],
      [1, 4],
      [2, 3],
      [3, 4],
    ]);
  });

  it('takes a commit of 5,000 nodes and no more', async () => {
    const vault = await createVault(ada);
    const files = Array.from({ length: 5000 }, () => newFile());
    expect((await commitChanges(ada, vault, ...files)).status).toBe(200);
    const deletes = files.map((file) => ({ node: file.node, rev: 2, tag: null }));
    expect((await commitChanges(ada, vault, ...deletes)).status).toBe(200);
    const page = await readChanges(ada, vault.vault, 2);
    expect(page.commits[0]?.records).toHaveLength(5000);
  });

  it('deletes a vault for everyone at once, and purges it later', async () => {
    const vault = await createVault(ada);
    const pack = makePack(100);
    await uploadPack(ada, vault.vault, pack);
    await commitChanges(ada, vault, newFile(pack.chunks.map((chunk) => chunk.id)));
    expect((await call(server.url, 'DELETE', `/vaults/${vault.vault}`, { token: ada.session.accessToken })).status).toBe(204);
    expect((await get(`/vaults/${vault.vault}`)).status).toBe(404);
    expect((await commitChanges(desktop, vault, newFile())).status).toBe(404);
    expect(await server.server.janitor.runOnce(new AbortController().signal)).toBe(true);
    const rows: unknown[] = await server.server.database('vaults').where({ id: Buffer.from(vault.vault, 'hex') });
    expect(rows).toEqual([]);
  });
});
