/** A person with a device, for tests of the server: real chain, real OPAQUE, real signatures, plain fetch. */
import { createHash, randomBytes } from 'node:crypto';
import { client as opaque, ready } from '@serenity-kit/opaque';
import {
  buildAddLink,
  buildEldestLink,
  buildRevokeLink,
  buildUserKeyLink,
  headAfter,
  headOf,
  proveEnrolment,
  verifyChain,
  type AccountState,
} from '../../src/core/account/chain.js';
import { createCredential, passwordSeed, type Credential } from '../../src/core/account/credential.js';
import {
  boxUserKey,
  createUserKey,
  openUserKeyBox,
  sealAccountCard,
  sealDeviceName,
  type UserKey,
} from '../../src/core/account/user-key.js';
import { fromBase64Url, toBase64Url } from '../../src/core/base/bytes.js';
import { encodeCbor } from '../../src/core/base/cbor.js';
import {
  loginReply,
  loginStartReply,
  registerReply,
  registerStartReply,
  refreshReply,
  type Session,
} from '../../src/core/protocol/http.js';

/** The least that Argon2 takes: what is tested is not how slow it is. */
const KEY_STRETCHING = { 'argon2id-custom': { iterations: 1, memory: 256, parallelism: 1 } } as const;

export const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One JSON request. */
export async function call(url: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === '' ? null : JSON.parse(text) };
}

export interface TestAccount {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly state: AccountState;
  readonly links: readonly Uint8Array[];
  readonly userKey: UserKey;
  readonly device: Credential;
  session: Session;
}

async function checked(answer: Answer, status: number): Promise<unknown> {
  if (answer.status !== status) throw new Error(`${String(answer.status)} instead of ${String(status)}: ${JSON.stringify(answer.json)}`);
  return Promise.resolve(answer.json);
}

export interface NewAccountBody {
  readonly body: Record<string, unknown>;
  readonly device: Credential;
  readonly userKey: UserKey;
  readonly links: readonly Uint8Array[];
}

/** Everything of POST /auth/register but the name and the OPAQUE record. */
export function newAccountBody(passwordKey: Uint8Array): NewAccountBody {
  const now = Date.now();
  const device = createCredential('device', random(32));
  const password = createCredential('password', passwordKey);
  const paperSeed = random(32);
  const paper = createCredential('paper', paperSeed);
  const userKey = createUserKey(random, 1);
  const links = [buildEldestLink(device, now)];
  const account = headAfter(links[0] ?? new Uint8Array()).account;
  for (const credential of [password, paper]) {
    const head = headAfter(links.at(-1) ?? new Uint8Array());
    links.push(buildAddLink({ head, signer: device, at: now, enrolment: proveEnrolment(credential, account), boxHash: null }));
  }
  const boxes = [device, password, paper].map((one) => boxUserKey(random, userKey, account, one));
  const head = headAfter(links.at(-1) ?? new Uint8Array());
  const boxHashes = new Map(boxes.map((one) => [one.credential, one.hash]));
  links.push(buildUserKeyLink({ head, signer: device, at: now, generation: 1, boxPublicKey: userKey.boxPublicKey, boxHashes }));
  const last = headAfter(links.at(-1) ?? new Uint8Array());
  const body = {
    links: links.map(toBase64Url),
    boxes: boxes.map(({ credential, generation, box }) => ({ credential, generation, box: toBase64Url(box) })),
    cards: {
      password: toBase64Url(sealAccountCard(random, passwordKey, last)),
      paper: toBase64Url(sealAccountCard(random, paperSeed, last)),
    },
    device: { id: device.id, nameSealed: toBase64Url(sealDeviceName(random, userKey, device.id, 'laptop')) },
  };
  return { body, device, userKey, links };
}

export async function registerAccount(url: string, user: string, password = 'correct horse battery'): Promise<TestAccount> {
  await ready;
  const started = opaque.startRegistration({ password });
  const start = await call(url, 'POST', '/auth/register/start', { body: { user, request: started.registrationRequest } });
  const { response } = registerStartReply.parse(await checked(start, 200));
  const finished = opaque.finishRegistration({
    clientRegistrationState: started.clientRegistrationState,
    registrationResponse: response,
    password,
    keyStretching: KEY_STRETCHING,
  });
  const made = newAccountBody(passwordSeed(fromBase64Url(finished.exportKey)));
  const answer = await call(url, 'POST', '/auth/register', { body: { ...made.body, user, record: finished.registrationRecord } });
  const { session } = registerReply.parse(await checked(answer, 201));
  const { links, userKey, device } = made;
  return { url, user, password, state: verifyChain(links), links, userKey, device, session };
}

export interface LoginAttempt {
  readonly answer: Answer;
  readonly exportKey: string | null;
}

/** Both messages of a login; a wrong password is sent on, as a guesser would. */
export async function attemptLogin(url: string, user: string, password: string): Promise<LoginAttempt> {
  await ready;
  const started = opaque.startLogin({ password });
  const start = await call(url, 'POST', '/auth/login/start', { body: { user, request: started.startLoginRequest } });
  if (start.status !== 200) return { answer: start, exportKey: null };
  const { loginId, response } = loginStartReply.parse(start.json);
  const finished = opaque.finishLogin({
    clientLoginState: started.clientLoginState,
    loginResponse: response,
    password,
    keyStretching: KEY_STRETCHING,
  });
  const finish = finished?.finishLoginRequest ?? toBase64Url(random(64));
  const answer = await call(url, 'POST', '/auth/login', { body: { loginId, finish } });
  return { answer, exportKey: finished?.exportKey ?? null };
}

/** Signs in with the password alone and enrols a new device, as a second computer would. */
export async function enrolDevice(account: TestAccount, name = 'desktop'): Promise<TestAccount> {
  const { answer, exportKey } = await attemptLogin(account.url, account.user, account.password);
  const login = loginReply.parse(await checked(answer, 200));
  const password = createCredential('password', passwordSeed(fromBase64Url(exportKey ?? '')));
  const links = login.links.map(fromBase64Url);
  const state = verifyChain(links);
  const own = login.boxes.at(-1);
  if (own === undefined) throw new Error('the password holds no box');
  const userKey = openUserKeyBox(password, state, { generation: own.generation, box: fromBase64Url(own.box) });
  const device = createCredential('device', random(32));
  const box = boxUserKey(random, userKey, state.accountId, device);
  const link = buildAddLink({
    head: headOf(state),
    signer: password,
    at: Date.now(),
    enrolment: proveEnrolment(device, state.accountId),
    boxHash: box.hash,
  });
  const enrolled = await call(account.url, 'POST', '/devices', {
    token: login.enrolToken,
    body: {
      links: [toBase64Url(link)],
      boxes: [{ credential: box.credential, generation: box.generation, box: toBase64Url(box.box) }],
      device: { id: device.id, nameSealed: toBase64Url(sealDeviceName(random, userKey, device.id, name)) },
    },
  });
  const { session } = refreshReply.parse(await checked(enrolled, 201));
  const all = [...links, link];
  return { ...account, state: verifyChain(all), links: all, userKey, device, session };
}

export function refreshBody(account: TestAccount, refreshToken: string, time = Date.now()): Record<string, unknown> {
  const hash = new Uint8Array(createHash('sha256').update(refreshToken).digest());
  const signature = account.device.sign('refresh', encodeCbor([hash, time]));
  return { refreshToken, device: account.device.id, time, signature: toBase64Url(signature) };
}

export function revokeLink(account: TestAccount, revoked: TestAccount): Uint8Array {
  return buildRevokeLink({ head: headOf(revoked.state), signer: account.device, at: Date.now(), revoked: revoked.device.id });
}
