/** Many writers and one reader on one vault: no gap, no loss, whatever the database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { feedPage } from '../../src/core/protocol/http.js';
import { enrolDevice, registerAccount, type TestAccount } from '../support/server-account.js';
import { startServer, type ServerEngine, type ServerHarness } from '../support/server-harness.js';
import {
  commitChanges,
  createVault,
  draftCommit,
  makePack,
  newFile,
  newNode,
  readChanges,
  sendCommit,
  uploadPack,
  type TestVault,
} from '../support/server-vault.js';

const WRITERS = 16;
const COMMITS = 3;
const engines: readonly ServerEngine[] = ['sqlite', 'postgres'];

/** Commits until the server takes it, on the head that each refusal brings. Returns the nodes. */
async function writeAll(writer: TestAccount, vault: TestVault): Promise<string[]> {
  const nodes: string[] = [];
  let head = vault.head;
  while (nodes.length < COMMITS) {
    const file = newFile();
    const commit = draftCommit(writer, vault, { changes: [file], head });
    const answer = await sendCommit(writer, { ...vault }, commit);
    if (answer.status === 200) {
      nodes.push(file.node);
      head = { seq: commit.seq, hash: commit.hash };
    } else if (answer.status === 409) {
      ({ head } = feedPage.parse(Object(answer.json)['page']));
    } else {
      throw new Error(JSON.stringify(answer.json));
    }
  }
  return nodes;
}

describe.each(engines)('many writers on %s', (engine) => {
  let server: ServerHarness;
  let ada: TestAccount;
  beforeAll(async () => {
    server = await startServer({ engine });
    ada = await registerAccount(server.url, 'ada');
  });
  afterAll(() => server.stop());

  it('hazard 58: gives every commit its place and lets a reader lose nothing', async () => {
    const vault = await createVault(ada);
    const writers = [ada];
    while (writers.length < WRITERS) writers.push(await enrolDevice(ada, `device ${String(writers.length)}`));
    let isWriting = true;
    const seen: string[] = [];
    const seqs: number[] = [];
    const reader = async (): Promise<void> => {
      for (let since = 1; ;) {
        const last = !isWriting;
        const page = await readChanges(ada, vault.vault, since, '&wait=20');
        for (const commit of page.commits) {
          since += 1;
          seqs.push(since);
          seen.push(...commit.records.map((record) => record.node));
        }
        if (last && page.commits.length === 0) return;
      }
    };
    const reading = reader();
    const written = (await Promise.all(writers.map((writer) => writeAll(writer, vault)))).flat();
    isWriting = false;
    await reading;
    expect(seen.sort()).toEqual(written.sort());
    expect(seqs).toEqual(Array.from({ length: WRITERS * COMMITS }, (_one, index) => index + 2));
  });

  it('hazard 56: stores one commit that is sent ten times at once, once', async () => {
    const vault = await createVault(ada);
    const commit = draftCommit(ada, vault, { changes: [newFile()] });
    const answers = await Promise.all(Array.from({ length: 10 }, () => sendCommit(ada, vault, commit)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.json))).size).toBe(1);
    expect((await readChanges(ada, vault.vault, 0)).head.seq).toBe(2);
  });

  it('stores one pack that is sent five times at once, once', async () => {
    const vault = await createVault(ada);
    const pack = makePack(5000, 5000);
    const answers = await Promise.all(Array.from({ length: 5 }, () => uploadPack(ada, vault.vault, pack)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.json)))).toEqual(new Set(['{"chunks":2,"duplicates":0}']));
    const chunks = pack.chunks.map((chunk) => chunk.id);
    expect((await commitChanges(ada, vault, { node: newNode(), rev: 1, tag: newFile().tag, chunks })).status).toBe(200);
  });

  it('counts chunks that many packs bring at once only once', async () => {
    const vault = await createVault(ada);
    const pack = makePack(1000);
    const uploads = Array.from({ length: 5 }, () => ({ ...pack, upload: makePack(1).upload }));
    const answers = await Promise.all(uploads.map((one) => uploadPack(ada, vault.vault, one)));
    expect(answers.map((answer) => Number(Object(answer.json)['chunks'])).sort((a, b) => a - b)).toEqual([0, 0, 0, 0, 1]);
  });
});
