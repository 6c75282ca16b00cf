/** Signing in with the password: two OPAQUE messages, then a token to enrol one device. */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { FsyncError } from '../../core/base/errors.js';
import { parseAccountId, type AccountId } from '../../core/base/ids.js';
import { findAccount, findAccountByUser, readBoxes, readLinks, type UserKeyBox } from '../store/account-store.js';
import { putOneTime, takeOneTime } from '../store/session-store.js';
import type { Chains } from './chains.js';
import { requireEnabled } from './enabled-account.js';
import type { Opaque } from './opaque.js';
import type { ServiceContext } from './service-context.js';
import { ENROL_TOKEN_SECONDS, type Tokens } from './tokens.js';

const LOGIN_MS = 2 * 60_000;

export interface LoginResult {
  readonly accountId: AccountId;
  readonly enrolToken: string;
  readonly links: readonly Uint8Array[];
  /** Those of the password credential. */
  readonly boxes: readonly UserKeyBox[];
  readonly card: Uint8Array;
}

export interface Login {
  start(user: string, request: string): Promise<{ readonly loginId: string; readonly response: string }>;
  /** Throws wrong_password; the same for an unknown user and for a login that is too old. */
  finish(loginId: string, finish: string): Promise<LoginResult>;
  /** Takes an enrolment: true once. */
  takeEnrolment(account: AccountId, id: string): Promise<boolean>;
}

const pendingLogin = z.strictObject({ state: z.string(), account: z.string().transform(parseAccountId).nullable() });
const idOf = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();

function refused(): FsyncError {
  return new FsyncError('wrong_password', 'the name or the password is wrong');
}

export function createLogin(deps: ServiceContext & { readonly opaque: Opaque; readonly tokens: Tokens; readonly chains: Chains }): Login {
  const { database, clock, opaque, tokens, chains, metrics } = deps;

  async function enrolTokenFor(account: AccountId): Promise<string> {
    const id = randomBytes(32);
    const expiresAt = clock.now() + ENROL_TOKEN_SECONDS * 1000;
    await putOneTime(database, { id, kind: 'enrol', payload: account, expiresAt });
    return tokens.signEnrol(account, id.toString('hex'));
  }

  async function passwordBoxes(accountId: AccountId): Promise<readonly UserKeyBox[]> {
    const state = await chains.stateOf(database, accountId);
    const password = [...state.credentials].find(([, one]) => one.kind === 'password' && one.revokedAtSeq === null);
    return password === undefined ? [] : readBoxes(database, accountId, password[0]);
  }

  return {
    async start(user, request) {
      const account = await findAccountByUser(database, user);
      const { state, response } = opaque.startLogin(user, account?.opaqueRecord ?? null, request);
      const loginId = randomBytes(32).toString('base64url');
      const payload = JSON.stringify({ state, account: account?.id ?? null });
      await putOneTime(database, { id: idOf(loginId), kind: 'login', payload, expiresAt: clock.now() + LOGIN_MS });
      return { loginId, response };
    },

    async finish(loginId, finish) {
      const payload = await takeOneTime(database, 'login', idOf(loginId), clock.now());
      const pending = payload === null ? null : pendingLogin.parse(JSON.parse(payload));
      const isRight = pending !== null && opaque.finishLogin(pending.state, finish);
      if (!isRight || pending.account === null) {
        metrics.authAttempts.inc({ outcome: 'wrong-password' });
        throw refused();
      }
      const account = await findAccount(database, pending.account);
      if (account === null) throw refused();
      requireEnabled(account);
      metrics.authAttempts.inc({ outcome: 'signed-in' });
      return {
        accountId: account.id,
        enrolToken: await enrolTokenFor(account.id),
        links: await readLinks(database, account.id),
        boxes: await passwordBoxes(account.id),
        card: account.cardPassword,
      };
    },

    async takeEnrolment(account, id) {
      return (await takeOneTime(database, 'enrol', Buffer.from(id, 'hex'), clock.now())) === account;
    },
  };
}
