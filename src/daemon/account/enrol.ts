/**
 * The two ways to become a device of an account: founding it, and joining it with the password
 * alone. Pure of storage: both return everything that is to be kept.
 */
import {
  buildAddLink,
  buildEldestLink,
  buildUserKeyLink,
  headAfter,
  headOf,
  proveEnrolment,
  verifyChain,
  type AccountState,
} from '../../core/account/chain.js';
import { createCredential, type Credential } from '../../core/account/credential.js';
import { phraseOfSeed } from '../../core/account/recovery-phrase.js';
import {
  boxUserKey,
  createUserKey,
  openAccountCard,
  openUserKeyBox,
  sealAccountCard,
  sealDeviceName,
  type UserKey,
  type UserKeyBox,
} from '../../core/account/user-key.js';
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import type { Clock, RandomBytes } from '../../core/base/effects.js';
import { FsyncError } from '../../core/base/errors.js';
import type { z } from 'zod';
import {
  enrolDeviceReply,
  loginReply,
  loginStartReply,
  registerReply,
  registerStartReply,
  type credentialBox,
  type Session,
} from '../../core/protocol/http.js';
import { readReply, type HttpClient } from '../remote/http-client.js';
import { opaqueLogin, opaqueRegister } from './opaque-client.js';

export interface EnrolDeps {
  readonly http: HttpClient;
  readonly random: RandomBytes;
  readonly clock: Clock;
}

export interface EnrolRequest {
  readonly user: string;
  readonly password: string;
  readonly deviceName: string;
  readonly signal: AbortSignal;
}

export interface Enrolment {
  readonly deviceSeed: Uint8Array;
  readonly credential: Credential;
  readonly links: readonly Uint8Array[];
  readonly chain: AccountState;
  readonly userKeys: ReadonlyMap<number, UserKey>;
  readonly session: Session;
}

/** Founds an account: credentials for this device, the password and the recovery paper, and the first user key. */
export async function registerAccount(deps: EnrolDeps, request: EnrolRequest): Promise<Enrolment & { readonly recoveryPhrase: string }> {
  const { http, random } = deps;
  const { user, signal } = request;
  const opaque = await opaqueRegister({
    password: request.password,
    signal,
    exchange: async (start) => {
      const call = { path: '/auth/register/start', json: { user, request: start }, repeatable: true, signal };
      return readReply(registerStartReply, await http.send({ method: 'POST', ...call }));
    },
  });
  const deviceSeed = random(32);
  const paperSeed = random(32);
  const credential = createCredential('device', deviceSeed);
  const founded = foundChain(deps, [credential, createCredential('password', opaque.seed), createCredential('paper', paperSeed)]);
  const chain = verifyChain(founded.links);
  const head = headOf(chain);
  const reply = await http.send({
    method: 'POST',
    path: '/auth/register',
    json: {
      user,
      record: opaque.message,
      links: founded.links.map(toBase64Url),
      boxes: founded.boxes.map(boxBody),
      cards: {
        password: toBase64Url(sealAccountCard(random, opaque.seed, head)),
        paper: toBase64Url(sealAccountCard(random, paperSeed, head)),
      },
      device: { id: credential.id, nameSealed: toBase64Url(sealDeviceName(random, founded.userKey, credential.id, request.deviceName)) },
    },
    signal,
  });
  const { accountId, session } = readReply(registerReply, reply);
  if (accountId !== chain.accountId)
    throw new FsyncError('key_mismatch', 'the server registered another account than the one that was sent');
  const userKeys = new Map([[founded.userKey.generation, founded.userKey]]);
  return { deviceSeed, credential, links: founded.links, chain, userKeys, session, recoveryPhrase: phraseOfSeed(paperSeed) };
}

/** The device signs the eldest link and adds the others; then the user key is boxed to all of them. */
function foundChain(
  { random, clock }: EnrolDeps,
  credentials: readonly [Credential, ...Credential[]],
): { readonly links: readonly Uint8Array[]; readonly boxes: readonly UserKeyBox[]; readonly userKey: UserKey } {
  const [signer, ...others] = credentials;
  const at = clock.now();
  const eldest = buildEldestLink(signer, at);
  const links = [eldest];
  let head = headAfter(eldest);
  for (const other of others) {
    const link = buildAddLink({ head, signer, at, enrolment: proveEnrolment(other, head.account), boxHash: null });
    links.push(link);
    head = headAfter(link);
  }
  const userKey = createUserKey(random, 1);
  const boxes = credentials.map((credential) => boxUserKey(random, userKey, head.account, credential));
  const boxHashes = new Map(boxes.map(({ credential, hash }) => [credential, hash]));
  links.push(buildUserKeyLink({ head, signer, at, generation: 1, boxPublicKey: userKey.boxPublicKey, boxHashes }));
  return { links, boxes, userKey };
}

/**
 * Joins an account with nothing but its password. The card, which only the password opens, says which
 * account it is, so a server cannot pass off another one.
 * `knownSeed`: this device's seed when it was enrolled before; a credential that still stands in the chain is used again.
 */
export async function joinAccount(deps: EnrolDeps, request: EnrolRequest & { readonly knownSeed: Uint8Array | null }): Promise<Enrolment> {
  const { http, random } = deps;
  const { user, signal } = request;
  const opaque = await opaqueLogin({
    password: request.password,
    signal,
    exchange: async (start) =>
      readReply(loginStartReply, await http.send({ method: 'POST', path: '/auth/login/start', json: { user, request: start }, signal })),
  });
  const json = { loginId: opaque.reply.loginId, finish: opaque.message };
  const login = readReply(loginReply, await http.send({ method: 'POST', path: '/auth/login', json, signal }));
  const links = login.links.map(fromBase64Url);
  const pinned = openAccountCard(opaque.seed, fromBase64Url(login.card));
  const before = verifyChain(links, { expectAccount: pinned.account, pinned });
  const password = createCredential('password', opaque.seed);
  const userKeys = openUserKeys(password, before, login.boxes);

  const known = request.knownSeed === null ? null : createCredential('device', request.knownSeed);
  const standing = known !== null && before.credentials.get(known.id)?.revokedAtSeq === null;
  const deviceSeed = standing && request.knownSeed !== null ? request.knownSeed : random(32);
  const credential = createCredential('device', deviceSeed);
  const added = standing ? { links: [], boxes: [] } : addDevice(deps, { before, signer: password, userKeys, credential });
  const current = currentUserKey(userKeys, before);
  const reply = await http.send({
    method: 'POST',
    path: '/devices',
    json: {
      links: added.links.map(toBase64Url),
      boxes: added.boxes.map(boxBody),
      device: { id: credential.id, nameSealed: toBase64Url(sealDeviceName(random, current, credential.id, request.deviceName)) },
    },
    token: login.enrolToken,
    signal,
  });
  const all = [...links, ...added.links];
  return {
    deviceSeed,
    credential,
    links: all,
    chain: verifyChain(all, { expectAccount: pinned.account, pinned }),
    userKeys,
    session: readReply(enrolDeviceReply, reply).session,
  };
}

interface AddDevice {
  readonly before: AccountState;
  readonly signer: Credential;
  readonly userKeys: ReadonlyMap<number, UserKey>;
  readonly credential: Credential;
}

function addDevice(deps: EnrolDeps, { before, signer, userKeys, credential }: AddDevice): { links: Uint8Array[]; boxes: UserKeyBox[] } {
  const boxes = [...userKeys.values()].map((userKey) => boxUserKey(deps.random, userKey, before.accountId, credential));
  const current = boxes.find(({ generation }) => generation === before.userKey.generation);
  if (current === undefined) throw noUserKey();
  const enrolment = proveEnrolment(credential, before.accountId);
  const link = buildAddLink({ head: headOf(before), signer, at: deps.clock.now(), enrolment, boxHash: current.hash });
  return { links: [link], boxes };
}

/** Opens each generation's box and checks it against the verified chain. */
export function openUserKeys(
  credential: Credential,
  chain: AccountState,
  boxes: readonly z.infer<typeof credentialBox>[],
): ReadonlyMap<number, UserKey> {
  const own = boxes.filter((box) => box.credential === credential.id);
  const userKeys = new Map(
    own.map(({ generation, box }) => [generation, openUserKeyBox(credential, chain, { generation, box: fromBase64Url(box) })]),
  );
  currentUserKey(userKeys, chain);
  return userKeys;
}

function currentUserKey(userKeys: ReadonlyMap<number, UserKey>, chain: AccountState): UserKey {
  const key = userKeys.get(chain.userKey.generation);
  if (key === undefined) throw noUserKey();
  return key;
}

function noUserKey(): FsyncError {
  return new FsyncError('key_mismatch', 'the server did not send the current user key of the account');
}

/** A box as the wire carries it. */
export function boxBody({ credential, generation, box }: UserKeyBox): z.infer<typeof credentialBox> {
  return { credential, generation, box: toBase64Url(box) };
}
