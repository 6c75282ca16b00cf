/** Accounts, sessions and devices on a whole server, the same on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64Url } from '../../src/core/base/bytes.js';
import { accountReply, deviceList, loginStartReply, refreshReply } from '../../src/core/protocol/http.js';
import { attemptLogin, call, enrolDevice, refreshBody, registerAccount, revokeLink, random } from '../support/server-account.js';
import { startServer, type ServerEngine, type ServerHarness } from '../support/server-harness.js';

const engines: readonly ServerEngine[] = ['sqlite', 'postgres'];

describe.each(engines)('accounts on %s', (engine) => {
  let server: ServerHarness;
  beforeAll(async () => {
    server = await startServer({ engine });
  });
  afterAll(() => server.stop());

  it('registers an account and knows it by its chain', async () => {
    const ada = await registerAccount(server.url, 'ada');
    const answer = await call(server.url, 'GET', '/account', { token: ada.session.accessToken });
    const view = accountReply.parse(answer.json);
    expect(view.accountId).toBe(ada.state.accountId);
    expect(view.user).toBe('ada');
    expect(view.chain).toEqual(ada.links.map(toBase64Url));
    expect(view.boxes.map((box) => box.generation)).toEqual([1]);
  });

  it('answers under /v1 as well', async () => {
    const bea = await registerAccount(server.url, 'bea');
    expect((await call(server.url, 'GET', '/v1/account', { token: bea.session.accessToken })).status).toBe(200);
  });

  it('refuses a name that is taken, and leaves nothing of the second account', async () => {
    await registerAccount(server.url, 'carl');
    await expect(registerAccount(server.url, 'carl', 'another one')).rejects.toThrow(/already_exists/);
    const { answer } = await attemptLogin(server.url, 'carl', 'another one');
    expect(answer.status).toBe(401);
  });

  it('enrols a second device with the password alone', async () => {
    const dora = await registerAccount(server.url, 'dora');
    const desktop = await enrolDevice(dora);
    const devices = deviceList.parse((await call(server.url, 'GET', '/devices', { token: desktop.session.accessToken })).json).devices;
    expect(devices.map((device) => device.id).sort()).toEqual([dora.device.id, desktop.device.id].sort());
    expect(Buffer.from(desktop.userKey.secret)).toEqual(Buffer.from(dora.userKey.secret));
  });

  it('takes an enrolment token once', async () => {
    const emil = await registerAccount(server.url, 'emil');
    const { answer } = await attemptLogin(server.url, 'emil', emil.password);
    const token = String(Object(answer.json)['enrolToken']);
    const body = { links: [], boxes: [], device: { id: emil.device.id, nameSealed: toBase64Url(random(64)) } };
    expect((await call(server.url, 'POST', '/devices', { token, body })).status).toBe(201);
    expect((await call(server.url, 'POST', '/devices', { token, body })).status).toBe(401);
  });

  it('answers a wrong password and an unknown user alike', async () => {
    await registerAccount(server.url, 'fritz');
    const wrong = await attemptLogin(server.url, 'fritz', 'guess');
    const unknown = await attemptLogin(server.url, 'nobody', 'guess');
    for (const { answer } of [wrong, unknown]) {
      expect(answer.status).toBe(401);
      expect(Object(answer.json)['code']).toBe('wrong_password');
    }
    expect(Object.keys(Object(wrong.answer.json))).toEqual(Object.keys(Object(unknown.answer.json)));
  });

  it('gives the reply to a login that starts the same length for known and unknown names', async () => {
    await registerAccount(server.url, 'greta');
    const request = Buffer.alloc(96, 7).toString('base64url');
    const started = await Promise.all(
      ['greta', 'nobod'].map(async (user) => call(server.url, 'POST', '/auth/login/start', { body: { user, request } })),
    );
    const lengths = started.map((answer) => (answer.status === 200 ? loginStartReply.parse(answer.json).response.length : answer.status));
    expect(lengths[0]).toBe(lengths[1]);
  });

  it('rotates refresh tokens and gives a lost answer again for a while', async () => {
    const hugo = await registerAccount(server.url, 'hugo');
    const body = refreshBody(hugo, hugo.session.refreshToken);
    const first = refreshReply.parse((await call(server.url, 'POST', '/auth/refresh', { body })).json).session;
    const again = refreshReply.parse((await call(server.url, 'POST', '/auth/refresh', { body })).json).session;
    expect(first.refreshToken).not.toBe(hugo.session.refreshToken);
    expect(again.refreshToken).toBe(first.refreshToken);
    expect((await call(server.url, 'GET', '/account', { token: first.accessToken })).status).toBe(200);
  });

  it('makes one successor out of fifty refreshes at once', async () => {
    const ina = await registerAccount(server.url, 'ina');
    const body = refreshBody(ina, ina.session.refreshToken);
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(server.url, 'POST', '/auth/refresh', { body })));
    const tokens = new Set(answers.map((answer) => refreshReply.parse(answer.json).session.refreshToken));
    expect(tokens.size).toBe(1);
  });

  it('ends the session when an older refresh token comes back', async () => {
    const jan = await registerAccount(server.url, 'jan');
    let token = jan.session.refreshToken;
    for (let round = 0; round < 2; round += 1) {
      const answer = await call(server.url, 'POST', '/auth/refresh', { body: refreshBody(jan, token) });
      token = refreshReply.parse(answer.json).session.refreshToken;
    }
    const reuse = await call(server.url, 'POST', '/auth/refresh', { body: refreshBody(jan, jan.session.refreshToken) });
    expect(reuse.status).toBe(401);
    expect((await call(server.url, 'POST', '/auth/refresh', { body: refreshBody(jan, token) })).status).toBe(401);
    expect((await call(server.url, 'GET', '/account', { token: jan.session.accessToken })).status).toBe(401);
  });

  it('neither refreshes nor ends a session for a thief without the device key', async () => {
    const kim = await registerAccount(server.url, 'kim');
    const thief = await registerAccount(server.url, 'thief');
    const stolen = { ...refreshBody(thief, kim.session.refreshToken), device: kim.device.id };
    expect((await call(server.url, 'POST', '/auth/refresh', { body: stolen })).status).toBe(401);
    const own = await call(server.url, 'POST', '/auth/refresh', { body: refreshBody(kim, kim.session.refreshToken) });
    expect(own.status).toBe(200);
  });

  it('refuses a refresh that was signed long ago and says what time it is', async () => {
    const lea = await registerAccount(server.url, 'lea');
    const answer = await call(server.url, 'POST', '/auth/refresh', {
      body: refreshBody(lea, lea.session.refreshToken, Date.now() - 3_600_000),
    });
    expect(answer.status).toBe(401);
    expect(typeof Object(answer.json)['time']).toBe('number');
  });

  it('ends a session at logout', async () => {
    const mia = await registerAccount(server.url, 'mia');
    const logout = await call(server.url, 'POST', '/auth/logout', { body: { refreshToken: mia.session.refreshToken } });
    expect(logout.status).toBe(204);
    const after = await call(server.url, 'GET', '/account', { token: mia.session.accessToken });
    expect(after.status).toBe(401);
    expect(Object(after.json)['code']).toBe('session_expired');
  });

  it('revokes a device with a signed link, and its session is over', async () => {
    const nora = await registerAccount(server.url, 'nora');
    const lost = await enrolDevice(nora);
    const path = `/devices/${lost.device.id}`;
    const without = await call(server.url, 'DELETE', path, { token: nora.session.accessToken, body: { links: [] } });
    expect(without.status).toBe(422);
    expect((await call(server.url, 'GET', '/account', { token: lost.session.accessToken })).status).toBe(200);

    const body = { links: [toBase64Url(revokeLink(nora, lost))] };
    expect((await call(server.url, 'DELETE', path, { token: nora.session.accessToken, body })).status).toBe(204);
    expect((await call(server.url, 'GET', '/account', { token: lost.session.accessToken })).status).toBe(401);
    const refresh = await call(server.url, 'POST', '/auth/refresh', { body: refreshBody(lost, lost.session.refreshToken) });
    expect(refresh.status).toBe(401);
  });

  it('renames a device of its own only', async () => {
    const olaf = await registerAccount(server.url, 'olaf');
    const pia = await registerAccount(server.url, 'pia');
    const body = { nameSealed: toBase64Url(random(64)) };
    expect((await call(server.url, 'PATCH', `/devices/${olaf.device.id}`, { token: olaf.session.accessToken, body })).status).toBe(204);
    expect((await call(server.url, 'PATCH', `/devices/${olaf.device.id}`, { token: pia.session.accessToken, body })).status).toBe(404);
  });

  it('finds an account by its name for someone who is signed in', async () => {
    const rita = await registerAccount(server.url, 'rita');
    const found = await call(server.url, 'POST', '/accounts/lookup', { token: rita.session.accessToken, body: { user: 'rita' } });
    expect(Object(found.json)['accountId']).toBe(rita.state.accountId);
    const none = await call(server.url, 'POST', '/accounts/lookup', { token: rita.session.accessToken, body: { user: 'ghost' } });
    expect(none.status).toBe(404);
  });

  it('keeps sessions and passwords through a restart', async () => {
    const sven = await registerAccount(server.url, 'sven');
    await server.restart();
    expect((await call(server.url, 'GET', '/account', { token: sven.session.accessToken })).status).toBe(200);
    expect((await enrolDevice({ ...sven, url: server.url })).state.accountId).toBe(sven.state.accountId);
  });
});
