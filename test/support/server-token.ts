/** A token for automation on a test server: made by an account with plain fetch, and signed in with. */
import { buildAddLink, buildRevokeLink, headOf, proveEnrolment, verifyChain, type AccountState } from '../../src/core/account/chain.js';
import { tokenScope, type TokenScope } from '../../src/core/account/token-scope.js';
import { createToken, sealTokenName, type TokenSecret } from '../../src/core/account/token-secret.js';
import { toBase64Url, toHex } from '../../src/core/base/bytes.js';
import { encodeCbor } from '../../src/core/base/cbor.js';
import type { VaultId } from '../../src/core/base/ids.js';
import { sha256 } from '../../src/core/crypto/hash.js';
import { accountReply } from '../../src/core/protocol/http.js';
import { tokenSessionReply } from '../../src/core/protocol/token-http.js';
import { fromBase64Url } from '../../src/core/base/bytes.js';
import { call, random, type Answer, type TestAccount } from './server-account.js';

const DAY_MS = 86_400_000;

export interface TokenDraft {
  readonly body: {
    readonly links: readonly string[];
    readonly token: Readonly<Record<string, string>>;
    readonly keyBoxes: readonly unknown[];
  };
  readonly token: TokenSecret & { readonly text: string };
  readonly scope: TokenScope;
}

/** The chain as the server has it now. */
export async function chainOf(account: TestAccount): Promise<AccountState> {
  const answer = await call(account.url, 'GET', '/account', { token: account.session.accessToken });
  return verifyChain(accountReply.parse(answer.json).chain.map(fromBase64Url));
}

/** Everything of POST /tokens. */
export async function draftToken(account: TestAccount, vaults: readonly VaultId[], changes: Partial<TokenScope> = {}): Promise<TokenDraft> {
  const token = createToken(random);
  const scope = { ...tokenScope(vaults, { write: false, expiresAt: Date.now() + 90 * DAY_MS }), ...changes };
  const enrolment = proveEnrolment(token.credential, account.state.accountId, scope);
  const head = headOf(await chainOf(account));
  const link = buildAddLink({ head, signer: account.device, at: Date.now(), enrolment, boxHash: null });
  const body = {
    links: [toBase64Url(link)],
    token: {
      id: token.credential.id,
      secretHash: toHex(sha256(token.apiSecret)),
      nameSealed: toBase64Url(random(145)),
      holderNameSealed: toBase64Url(sealTokenName(random, token, 'ci')),
    },
    keyBoxes: scope.vaults.map((vault) => ({ vault, epoch: 1, box: toBase64Url(random(145)) })),
  };
  return { body, token, scope };
}

export function sendToken(account: TestAccount, draft: Pick<TokenDraft, 'body'>): Promise<Answer> {
  return call(account.url, 'POST', '/tokens', { token: account.session.accessToken, body: draft.body });
}

export async function makeToken(account: TestAccount, vaults: readonly VaultId[], changes: Partial<TokenScope> = {}): Promise<TokenSecret> {
  const draft = await draftToken(account, vaults, changes);
  const answer = await sendToken(account, draft);
  if (answer.status !== 204) throw new Error(JSON.stringify(answer.json));
  return draft.token;
}

export interface Shown {
  readonly secret?: Uint8Array;
  readonly time?: number;
  readonly signature?: Uint8Array;
}

export function tokenSignInBody({ credential, apiSecret }: TokenSecret, { secret = apiSecret, time = Date.now(), signature }: Shown = {}) {
  const proof = signature ?? credential.sign('token', encodeCbor([sha256(secret), time]));
  return { token: credential.id, secret: toBase64Url(secret), time, signature: toBase64Url(proof) };
}

export function showToken(url: string, token: TokenSecret, shown: Shown = {}): Promise<Answer> {
  return call(url, 'POST', '/auth/token', { body: tokenSignInBody(token, shown) });
}

/** The token as the one who sends requests and signs commits. */
export async function actAs(account: TestAccount, token: TokenSecret): Promise<TestAccount> {
  const answer = await showToken(account.url, token);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.json));
  const { accessToken, accessExpiresInMs, links } = tokenSessionReply.parse(answer.json);
  const all = links.map(fromBase64Url);
  return {
    ...account,
    state: verifyChain(all),
    links: all,
    device: token.credential,
    session: { accessToken, accessExpiresInMs, refreshToken: '' },
  };
}

export async function revokeToken(account: TestAccount, token: TokenSecret): Promise<Answer> {
  const { id } = token.credential;
  const link = buildRevokeLink({ head: headOf(await chainOf(account)), signer: account.device, at: Date.now(), revoked: id });
  return call(account.url, 'DELETE', `/tokens/${id}`, { token: account.session.accessToken, body: { links: [toBase64Url(link)] } });
}
