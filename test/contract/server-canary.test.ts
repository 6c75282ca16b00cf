/**
 * A real file through real sealing onto a real server: nothing that a person would recognise is in
 * any byte that the server keeps or says, nor is any token in its log.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromUtf8, toBase64Url, utf8 } from '../../src/core/base/bytes.js';
import { parseUploadId, ROOT_NODE } from '../../src/core/base/ids.js';
import { chunkId, openChunk, sealChunk } from '../../src/core/chunk/chunk.js';
import { contentIdOfChunks } from '../../src/core/chunk/content-id.js';
import { encodePack } from '../../src/core/chunk/pack.js';
import { signGenesis } from '../../src/core/log/genesis.js';
import { nameTag } from '../../src/core/log/name-tag.js';
import { openRecord, sealRecord } from '../../src/core/log/record.js';
import { createKeyring } from '../../src/core/log/vault-keys.js';
import type { NodeState } from '../../src/core/tree/node.js';
import { createVaultReply } from '../../src/core/protocol/http.js';
import { attemptLogin, call, random, refreshBody, registerAccount } from '../support/server-account.js';
import { everyByteOf, findSecrets } from '../support/canary.js';
import { startServer, type ServerHarness } from '../support/server-harness.js';
import { commitChanges, downloadChunks, newNode, readChanges, uploadPack } from '../support/server-vault.js';

const mark = (what: string): string => `canary-${what}-${randomBytes(8).toString('hex')}`;
const PASSWORD = mark('password');
const NAME = mark('name');
const CONTENT = mark('content');

let server: ServerHarness;
beforeAll(async () => {
  server = await startServer({ engine: 'sqlite' });
});
afterAll(() => server.stop());

it('keeps and says nothing of names, contents, passwords, keys and tokens', async () => {
  const ada = await registerAccount(server.url, 'ada', PASSWORD);
  const vaultKey = random(32);
  const { vault, signed } = signGenesis({ owner: ada.state, credential: ada.device, vaultKey, stamp: Date.now() });
  const keyring = createKeyring(vault, new Map([[1, vaultKey]]));
  const created = await call(server.url, 'POST', '/vaults', {
    token: ada.session.accessToken,
    body: {
      genesis: toBase64Url(signed),
      nameSealed: toBase64Url(random(64)),
      keyBoxes: [{ epoch: 1, account: ada.state.accountId, generation: 1, box: toBase64Url(random(80)) }],
    },
  });
  const testVault = createVaultReply.parse(created.json);

  const raw = utf8(CONTENT.repeat(400));
  const id = chunkId(keyring.current, raw);
  const chunks = [{ epoch: 1, id, size: raw.length }];
  const pack = [{ id, bytes: sealChunk(random, keyring.current, raw) }];
  const upload = parseUploadId(randomBytes(16).toString('hex'));
  await uploadPack(ada, vault, { upload, bytes: encodePack(pack), chunks: pack });
  const state: NodeState = {
    node: newNode(),
    rev: 1,
    parent: ROOT_NODE,
    name: NAME,
    kind: 'file',
    deleted: false,
    mode: 0o644,
    mtimeMs: Date.now(),
    content: { id: contentIdOfChunks(chunks), size: raw.length, inline: null, chunks },
    target: null,
    stamp: Date.now(),
    vector: { [ada.device.id]: 2 },
    device: ada.device.id,
    deviceName: mark('device'),
    conflict: null,
  };
  const record = sealRecord(random, keyring.current, state);
  const tag = nameTag(keyring.current, ROOT_NODE, NAME);
  const committed = await commitChanges(ada, testVault, { node: state.node, rev: 1, tag, record, chunks: [id] });
  expect(committed.status).toBe(200);
  await attemptLogin(server.url, 'ada', PASSWORD);
  await call(server.url, 'POST', '/auth/refresh', { body: refreshBody(ada, ada.session.refreshToken) });

  // It is all there: what comes back opens to what went in.
  const page = await readChanges(ada, vault, 1);
  const bytes = Buffer.from(page.commits[0]?.records[0]?.bytes ?? '', 'base64url');
  expect(openRecord(keyring, { node: state.node, rev: 1 }, 1, new Uint8Array(bytes)).name).toBe(NAME);
  const sealed = (await downloadChunks(ada, vault, [id])).get(id) ?? Buffer.alloc(0);
  expect(fromUtf8(openChunk(keyring, { epoch: 1, id, size: raw.length }, new Uint8Array(sealed)))).toBe(CONTENT.repeat(400));

  const { accessToken, refreshToken } = ada.session;
  const secrets = [PASSWORD, NAME, CONTENT, state.deviceName, Buffer.from(vaultKey).toString('latin1'), accessToken, refreshToken];
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const said = [
    { name: 'log', bytes: Buffer.from(server.logs.join('')) },
    { name: 'metrics', bytes: Buffer.from(metrics) },
    { name: 'feed', bytes: Buffer.from(JSON.stringify(page)) },
  ];
  expect(findSecrets(secrets, [...said, ...everyByteOf(server.dataDir)])).toEqual([]);
  expect(server.logs.join('')).not.toContain(id);
});
