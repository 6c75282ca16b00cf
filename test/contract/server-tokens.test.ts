/** Tokens for automation on the server: made, shown, held to their scope, revoked; on both databases. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import jwt from 'jsonwebtoken';
import { WebSocket } from 'ws';
import { createToken } from '../../src/core/account/token-secret.js';
import { TOKEN_LIFETIME_MS } from '../../src/core/account/token-scope.js';
import { toBase64Url, toHex } from '../../src/core/base/bytes.js';
import { vaultListReply } from '../../src/core/protocol/http.js';
import { tokenListReply, tokenSessionReply } from '../../src/core/protocol/token-http.js';
import { RESTORED_HASH } from '../../src/server/store/session-store.js';
import { call, enrolDevice, random, refreshBody, registerAccount, type TestAccount } from '../support/server-account.js';
import { startServer, type ServerEngine, type ServerHarness } from '../support/server-harness.js';
import { actAs, chainOf, draftToken, makeToken, revokeToken, sendToken, showToken } from '../support/server-token.js';
import { commitChanges, createVault, draftCommit, newFile, readChanges, sendCommit, type TestVault } from '../support/server-vault.js';

const HOUR_MS = 3_600_000;
const engines: readonly ServerEngine[] = ['sqlite', 'postgres'];

describe.each(engines)('tokens on %s', (engine) => {
  let server: ServerHarness;
  let ada: TestAccount;
  let eve: TestAccount;
  let vault: TestVault;
  let other: TestVault;
  /** What the server takes for now, ahead of the clock. */
  let aheadMs = 0;
  beforeAll(async () => {
    server = await startServer({ engine, clock: { now: () => Date.now() + aheadMs } });
    ada = await registerAccount(server.url, 'ada');
    eve = await registerAccount(server.url, 'eve');
    vault = await createVault(ada);
    other = await createVault(ada);
  });
  afterAll(() => server.stop());

  const codeOf = (answer: { status: number; json: unknown }) => [answer.status, Object(answer.json)['code']];
  const get = (who: TestAccount, path: string) => call(server.url, 'GET', path, { token: who.session.accessToken });

  describe('are signed in with', () => {
    it('by the secret and a signature, and see who they are', async () => {
      const token = await makeToken(ada, [vault.vault]);
      const reply = tokenSessionReply.parse((await showToken(server.url, token)).json);
      expect(reply).toMatchObject({ accountId: ada.state.accountId, user: 'ada' });
      expect(reply.accessExpiresInMs).toBe(1_800_000);
      expect(Object.keys(reply)).not.toContain('refreshToken');
    });

    it('not without both, nor with old or foreign proofs, and all refusals look the same', async () => {
      const [token, second] = [await makeToken(ada, [vault.vault]), await makeToken(ada, [vault.vault])];
      const refusals = [
        await showToken(server.url, createToken(random)),
        await showToken(server.url, token, { secret: random(32) }),
        await showToken(server.url, token, { secret: second.apiSecret }),
        await showToken(server.url, token, { signature: random(64) }),
        await showToken(server.url, { ...token, credential: { ...second.credential, id: token.credential.id } }),
      ];
      expect(refusals.map(codeOf)).toEqual(refusals.map(() => [401, 'session_expired']));
      expect(new Set(refusals.map(({ json }) => Object(json)['detail'])).size).toBe(1);
      const late = await showToken(server.url, token, { time: Date.now() - 11 * 60_000 });
      expect(codeOf(late)).toEqual([401, 'session_expired']);
    });

    it('until they expire, and their access tokens with them', async () => {
      const token = await makeToken(ada, [vault.vault], { expiresAt: Date.now() + 20 * 60_000 });
      const job = await actAs(ada, token);
      expect(job.session.accessExpiresInMs).toBeLessThanOrEqual(20 * 60_000);
      expect((await get(job, '/vaults')).status).toBe(200);
      aheadMs = 21 * 60_000;
      try {
        expect(codeOf(await get(job, '/vaults'))[0]).toBe(401);
        expect(codeOf(await showToken(server.url, token, { time: Date.now() + aheadMs }))).toEqual([401, 'session_expired']);
      } finally {
        aheadMs = 0;
      }
    });
  });

  it('refresh nothing, not even after a restore, when any refresh token will do for a device', async () => {
    const job = await actAs(ada, await makeToken(ada, [vault.vault]));
    const session = String(Object(jwt.decode(job.session.accessToken))['sid']);
    const restored = { refresh_hash: RESTORED_HASH };
    await server.server
      .database('sessions')
      .where({ id: Buffer.from(session, 'hex') })
      .update(restored);
    const body = refreshBody(job, `${session}.${'A'.repeat(43)}`);
    expect(codeOf(await call(server.url, 'POST', '/auth/refresh', { body }))).toEqual([401, 'session_expired']);
  });

  describe('reach', () => {
    it('only their vaults, and get only the keys boxed to them', async () => {
      const job = await actAs(ada, await makeToken(ada, [vault.vault]));
      const { vaults } = vaultListReply.parse((await get(job, '/vaults')).json);
      expect(vaults.map((one) => [one.vault, one.role, one.keyBoxes.map(({ epoch, generation }) => [epoch, generation])])).toEqual([
        [vault.vault, 'reader', [[1, 0]]],
      ]);
      expect((await get(job, `/vaults/${vault.vault}`)).status).toBe(200);
      expect((await get(job, `/vaults/${other.vault}`)).status).toBe(404);
      expect((await get(job, `/sync/changes?vault=${other.vault}&since=0`)).status).toBe(404);
    });

    it('no chain but those that their vaults need', async () => {
      const job = await actAs(ada, await makeToken(ada, [vault.vault]));
      const share = async (shared: TestVault, role: 'reader' | null) => {
        const kind = { type: 'member', body: { account: eve.state.accountId, role, boxHash: null } } as const;
        expect((await sendCommit(ada, shared, draftCommit(ada, shared, { kind }))).status).toBe(200);
      };
      const path = `/accounts/${eve.state.accountId}/chain`;
      await share(other, 'reader');
      expect((await get(ada, path)).status).toBe(200);
      expect((await get(job, path)).status).toBe(404);
      await share(vault, 'reader');
      expect((await get(job, path)).status).toBe(200);
      await share(vault, null);
      expect((await get(job, path)).status).toBe(404);
    });

    it('nothing with a commit when they may only read', async () => {
      const job = await actAs(ada, await makeToken(ada, [vault.vault]));
      expect(codeOf(await commitChanges(job, vault, newFile()))).toEqual([403, 'forbidden']);
    });

    it('their vaults with data commits when they may write, and no others', async () => {
      const job = await actAs(ada, await makeToken(ada, [vault.vault], { write: true }));
      const counter = Date.now();
      const commit = draftCommit(job, vault, { changes: [newFile()], counter });
      expect((await sendCommit(job, vault, commit)).status).toBe(200);
      const page = await readChanges(job, vault.vault, vault.head.seq - 1);
      expect(page.commits).toHaveLength(1);
      expect(codeOf(await sendCommit(job, other, draftCommit(job, other, { changes: [newFile()], counter })))).toEqual([404, 'not_found']);
      const kind = { type: 'member', body: { account: eve.state.accountId, role: 'reader', boxHash: null } } as const;
      const member = draftCommit(job, vault, { kind, counter: counter + 1 });
      expect(codeOf(await sendCommit(job, vault, member))).toEqual([403, 'forbidden']);
    });

    it('nothing with a commit that claims a time after their end', async () => {
      const expiresAt = Date.now() + HOUR_MS;
      const job = await actAs(ada, await makeToken(ada, [vault.vault], { write: true, expiresAt }));
      const late = draftCommit(job, vault, { changes: [newFile()], counter: expiresAt });
      expect(codeOf(await sendCommit(job, vault, late))).toEqual([403, 'forbidden']);
    });
  });

  describe('are made', () => {
    it('with a scope that the account has itself', async () => {
      const hers = await createVault(eve);
      expect(codeOf(await sendToken(ada, await draftToken(ada, [hers.vault])))).toEqual([404, 'not_found']);
      const kind = { type: 'member', body: { account: ada.state.accountId, role: 'reader', boxHash: null } } as const;
      await sendCommit(eve, hers, draftCommit(eve, hers, { kind }));
      expect(codeOf(await sendToken(ada, await draftToken(ada, [hers.vault], { write: true })))).toEqual([403, 'forbidden']);
      expect((await sendToken(ada, await draftToken(ada, [hers.vault]))).status).toBe(204);
    });

    it('for a year at most, and not for the past', async () => {
      const before = (await chainOf(ada)).seq;
      for (const expiresAt of [Date.now() - 1, Date.now() + TOKEN_LIFETIME_MS + 2 * 24 * HOUR_MS]) {
        const answer = await sendToken(ada, await draftToken(ada, [vault.vault], { expiresAt }));
        expect(answer.status).toBe(422);
      }
      expect((await chainOf(ada)).seq).toBe(before);
    });

    it('once, with the link that adds them and keys of their vaults only', async () => {
      const draft = await draftToken(ada, [vault.vault]);
      const stray = { vault: other.vault, epoch: 1, box: toBase64Url(random(80)) };
      expect((await sendToken(ada, { body: { ...draft.body, keyBoxes: [stray] } })).status).toBe(422);
      const foreign = { ...draft.body.token, id: createToken(random).credential.id };
      expect((await sendToken(ada, { body: { ...draft.body, token: foreign } })).status).toBe(422);
      expect((await sendToken(ada, draft)).status).toBe(204);
      expect((await sendToken(ada, draft)).status).toBe(422);
    });

    it('known to every device of the account, and to no one else', async () => {
      const { credential } = await makeToken(ada, [vault.vault]);
      const desktop = await enrolDevice(ada);
      const { tokens } = tokenListReply.parse((await get(desktop, '/tokens')).json);
      expect(tokens.find(({ id }) => id === credential.id)).toMatchObject({
        lastUsedAt: null,
        revoked: false,
        keys: [{ vault: vault.vault, epoch: 1 }],
      });
      expect(tokenListReply.parse((await get(eve, '/tokens')).json).tokens).toEqual([]);
      const body = { links: [], keyBoxes: [] };
      expect(
        (await call(server.url, 'DELETE', `/tokens/${credential.id}`, { token: eve.session.accessToken, body: { links: [] } })).status,
      ).toBe(404);
      const put = await call(server.url, 'PUT', `/tokens/${credential.id}/keys`, {
        token: eve.session.accessToken,
        body: { keyBoxes: body.keyBoxes },
      });
      expect(put.status).toBe(404);
    });

    it('without the server keeping their secret', async () => {
      const token = await makeToken(ada, [vault.vault]);
      await showToken(server.url, token);
      const row: Record<string, unknown> | undefined = await server.server
        .database('tokens')
        .where({ id: Buffer.from(token.credential.id, 'hex') })
        .first();
      const stored = JSON.stringify(Object.values(row ?? {}).map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : value)));
      expect(stored.length).toBeGreaterThan(200);
      expect(stored).not.toContain(toHex(token.apiSecret));
      const written = server.logs.join('\n');
      for (const text of [toBase64Url(token.apiSecret), toHex(token.apiSecret)]) expect(written).not.toContain(text);
    });
  });

  describe('are lent', () => {
    it('the keys of later epochs by a device, in any number of turns', async () => {
      const token = await makeToken(ada, [vault.vault]);
      const box = (epoch: number) => ({ vault: vault.vault, epoch, box: toBase64Url(random(80)) });
      const put = (...keyBoxes: readonly unknown[]) =>
        call(server.url, 'PUT', `/tokens/${token.credential.id}/keys`, { token: ada.session.accessToken, body: { keyBoxes } });
      const [second, third] = [box(2), box(3)];
      expect((await put(second)).status).toBe(204);
      expect((await put({ ...second, box: toBase64Url(random(80)) }, third)).status).toBe(204);
      expect((await put({ ...third, vault: other.vault })).status).toBe(422);
      const job = await actAs(ada, token);
      const { keyBoxes } = vaultListReply.parse((await get(job, '/vaults')).json).vaults[0] ?? { keyBoxes: [] };
      expect(keyBoxes.slice(1)).toEqual([second, third].map(({ epoch, box: text }) => ({ epoch, generation: 0, box: text })));
    });
  });

  describe('that are revoked', () => {
    it('get nothing any more: no session, no answer, no socket, no commit', async () => {
      const token = await makeToken(ada, [vault.vault], { write: true });
      const job = await actAs(ada, token);
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/sync/ws`, {
        headers: { authorization: `Bearer ${job.session.accessToken}` },
      });
      onTestFinished(() => socket.terminate());
      await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
      const closed = new Promise<number>((resolve) => socket.on('close', resolve));
      const waiting = get(job, `/sync/changes?vault=${vault.vault}&since=${String(vault.head.seq)}&wait=30000`);
      const commit = draftCommit(job, vault, { changes: [newFile()], counter: Date.now() });

      expect((await revokeToken(ada, token)).status).toBe(204);
      expect(await closed).toBe(4401);
      expect(codeOf(await sendCommit(job, vault, commit))[0]).toBe(401);
      expect(codeOf(await get(job, `/vaults/${vault.vault}`))[0]).toBe(401);
      expect(codeOf(await showToken(server.url, token))).toEqual([401, 'session_expired']);
      await commitChanges(ada, vault, newFile());
      expect(codeOf(await waiting)).toEqual([401, 'session_expired']);
    });

    it('stay in the list as such, without keys; a link that does not revoke them is not enough', async () => {
      const token = await makeToken(ada, [vault.vault]);
      const { id } = token.credential;
      const wrong = await call(server.url, 'DELETE', `/tokens/${id}`, { token: ada.session.accessToken, body: { links: [] } });
      expect(wrong.status).toBe(422);
      expect((await showToken(server.url, token)).status).toBe(200);
      await revokeToken(ada, token);
      const { tokens } = tokenListReply.parse((await get(ada, '/tokens')).json);
      expect(tokens.find((one) => one.id === id)).toMatchObject({ revoked: true, keys: [] });
      const body = { keyBoxes: [{ vault: vault.vault, epoch: 2, box: toBase64Url(random(80)) }] };
      expect((await call(server.url, 'PUT', `/tokens/${id}/keys`, { token: ada.session.accessToken, body })).status).toBe(404);
    });
  });

  it('lose a vault with their account, and what they may do there with its role', async () => {
    const shared = await createVault(eve);
    const role = async (as: 'writer' | 'reader' | null) => {
      const kind = { type: 'member', body: { account: ada.state.accountId, role: as, boxHash: null } } as const;
      expect((await sendCommit(eve, shared, draftCommit(eve, shared, { kind }))).status).toBe(200);
    };
    await role('writer');
    const job = await actAs(ada, await makeToken(ada, [shared.vault], { write: true }));
    expect((await sendCommit(job, shared, draftCommit(job, shared, { changes: [newFile()], counter: Date.now() }))).status).toBe(200);
    await role('reader');
    const refused = draftCommit(job, shared, { changes: [newFile()], counter: Date.now() });
    expect(codeOf(await sendCommit(job, shared, refused))).toEqual([403, 'forbidden']);
    await role(null);
    expect((await get(job, `/vaults/${shared.vault}`)).status).toBe(404);
  });

  it('do not keep a deleted vault from being purged', async () => {
    const doomed = await createVault(ada);
    await makeToken(ada, [doomed.vault]);
    expect((await call(server.url, 'DELETE', `/vaults/${doomed.vault}`, { token: ada.session.accessToken })).status).toBe(204);
    await server.server.janitor.runOnce(new AbortController().signal);
    const left: unknown = await server.server.database('vaults').where({ status: 0 }).first('no');
    expect(left).toBeUndefined();
  });
});
