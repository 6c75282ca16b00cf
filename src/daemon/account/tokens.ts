/** The tokens of the signed-in account: made for some vaults, listed, revoked, and lent the keys of later epochs. */
import { buildAddLink, buildRevokeLink, headOf, proveEnrolment, type ChainCredential } from '../../core/account/chain.js';
import { tokenScope, type TokenScope } from '../../core/account/token-scope.js';
import { createToken, sealTokenName } from '../../core/account/token-secret.js';
import { sealDeviceName } from '../../core/account/user-key.js';
import { fromBase64Url, toBase64Url, toHex } from '../../core/base/bytes.js';
import type { Clock, Logger, RandomBytes } from '../../core/base/effects.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { CredentialId, VaultId } from '../../core/base/ids.js';
import { sha256 } from '../../core/crypto/hash.js';
import { boxTokenVaultKey } from '../../core/log/vault-key-box.js';
import type { TokenCreateDocument, TokenEntry, TokenListDocument, TokenRevokeDocument } from '../../core/protocol/account-documents.js';
import type { IpcParams } from '../../core/protocol/ipc.js';
import { tokenListReply } from '../../core/protocol/token-http.js';
import type { VaultApi, VaultInfo } from '../engine-deps.js';
import { readReply } from '../remote/http-client.js';
import { chooseVault } from '../sync/choose-vault.js';
import type { AccountService } from './account-service.js';
import { currentUserKey, openName } from './devices.js';
import { openVaultKeys } from './open-vault-info.js';
import type { VaultCache } from './vault-cache.js';

export interface TokensDeps {
  readonly account: Pick<AccountService, 'client' | 'current' | 'require' | 'refreshChain' | 'serverOffsetMs'>;
  readonly vaultApi: Pick<VaultApi, 'list'>;
  /** Boxed keys of the vaults that were listed. */
  readonly cache: Pick<VaultCache, 'load'>;
  readonly random: RandomBytes;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Options {
  readonly signal: AbortSignal;
}

/** What the control API may ask about tokens. A token is named by its name, its id or the beginning of its id. */
export interface TokenCalls {
  /** The document holds the token itself: it is shown once and kept nowhere. */
  create(params: IpcParams<'token.create'>, options: Options): Promise<TokenCreateDocument>;
  list(options: Options): Promise<TokenListDocument>;
  revoke(params: IpcParams<'token.revoke'>, options: Options): Promise<TokenRevokeDocument>;
  /** Boxes to each token the keys of its vaults that it does not hold yet. */
  lendKeys(options: Options): Promise<void>;
}

type Entry = TokenEntry & { readonly id: CredentialId };

export function createTokenCalls(deps: TokensDeps): TokenCalls {
  return {
    create: (params, options) => createOne(deps, params, options),

    async list(options) {
      await lendKeys(deps, options);
      return { schema: 'fsync/token-list/1', tokens: await listTokens(deps, options) };
    },

    async revoke({ token: wanted }, options) {
      const { id, name } = chooseToken(await listTokens(deps, options), wanted);
      await onNewestChain(deps, options, async () => {
        const { chain, credential: signer } = deps.account.require();
        const link = buildRevokeLink({ head: headOf(chain), signer, at: deps.clock.now(), revoked: id });
        await deps.account.client.send({ method: 'DELETE', path: `/tokens/${id}`, json: { links: [toBase64Url(link)] }, ...options });
      });
      return { schema: 'fsync/token-revoke/1', id, name, revoked: true };
    },

    lendKeys: (options) => lendKeys(deps, options),
  };
}

async function createOne(deps: TokensDeps, params: IpcParams<'token.create'>, options: Options): Promise<TokenCreateDocument> {
  const { account, random, clock } = deps;
  const all = await deps.vaultApi.list(options);
  const vaults = params.vaults.map((wanted) => chooseVault(all, wanted));
  if (params.write) refuseReadOnly(vaults);
  const name = freeName(await listTokens(deps, options), params.name);
  const scope = tokenScope(
    vaults.map(({ vault }) => vault),
    { write: params.write, expiresAt: Math.round(clock.now() + account.serverOffsetMs() + params.lifetimeMs) },
  );
  const token = createToken(random);
  const { id } = token.credential;
  await onNewestChain(deps, options, async () => {
    const keys = account.require();
    const enrolment = proveEnrolment(token.credential, keys.account, scope);
    const at = Math.round(clock.now() + account.serverOffsetMs());
    const link = buildAddLink({ head: headOf(keys.chain), signer: keys.credential, at, enrolment, boxHash: null });
    const nameSealed = toBase64Url(sealDeviceName(random, currentUserKey(keys), id, name));
    const holderNameSealed = toBase64Url(sealTokenName(random, token, name));
    const json = {
      links: [toBase64Url(link)],
      token: { id, secretHash: toHex(sha256(token.apiSecret)), nameSealed, holderNameSealed },
      keyBoxes: keyBoxes(deps, { id, boxPublicKey: token.credential.boxPublicKey, scope }, () => false),
    };
    await account.client.send({ method: 'POST', path: '/tokens', json, ...options });
  });
  return { schema: 'fsync/token-create/1', token: token.text, ...described({ id, name, scope, names: namesOf(all) }) };
}

function refuseReadOnly(vaults: readonly VaultInfo[]): void {
  const readOnly = vaults.find(({ role }) => role === 'reader');
  if (readOnly !== undefined) throw new FsyncError('forbidden', `you may only read ${readOnly.name}, so a token of yours can do no more`);
}

/** Signed on the newest chain; made anew when another device added a link meanwhile. */
async function onNewestChain({ account }: TokensDeps, { signal }: Options, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await account.refreshChain(signal);
    try {
      await work();
      await account.refreshChain(signal);
      return;
    } catch (error) {
      if (!isFsyncError(error, 'behind', 'broken_chain') || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

const MAX_ATTEMPTS = 3;

// ---------------------------------------------------------------- listing

/** What the chain says is true; the server adds names and times. Without those that were revoked. */
async function listTokens({ account, vaultApi, clock }: TokensDeps, options: Options): Promise<readonly Entry[]> {
  await account.refreshChain(options.signal);
  const reply = readReply(tokenListReply, await account.client.send({ method: 'GET', path: '/tokens', ...options }));
  const keys = account.require();
  const names = namesOf(await vaultApi.list(options));
  const now = clock.now() + account.serverOffsetMs();
  return activeTokens(keys.chain.credentials).map(({ id, scope }) => {
    const row = reply.tokens.find((one) => one.id === id);
    const lastUsedAt = row?.lastUsedAt ?? null;
    return {
      ...described({ id, name: row === undefined ? null : openName(keys, id, fromBase64Url(row.nameSealed)), scope, names }),
      createdAt: row === undefined ? null : new Date(row.createdAt).toISOString(),
      lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
      expired: scope.expiresAt <= now,
    };
  });
}

interface ActiveToken {
  readonly id: CredentialId;
  readonly boxPublicKey: Uint8Array;
  readonly scope: TokenScope;
}

function activeTokens(credentials: ReadonlyMap<CredentialId, ChainCredential>): readonly ActiveToken[] {
  return [...credentials].flatMap(([id, { scope, boxPublicKey, revokedAtSeq }]) =>
    scope === null || revokedAtSeq !== null ? [] : [{ id, boxPublicKey, scope }],
  );
}

function namesOf(vaults: readonly VaultInfo[]): ReadonlyMap<VaultId, string> {
  return new Map(vaults.map(({ vault, name }) => [vault, name]));
}

interface Described<Name> {
  readonly id: CredentialId;
  readonly name: Name;
  readonly scope: TokenScope;
  readonly names: ReadonlyMap<VaultId, string>;
}

function described<Name>({ id, name, scope, names }: Described<Name>) {
  return {
    id,
    name,
    vaults: scope.vaults.map((vault) => ({ id: vault, name: names.get(vault) ?? null })),
    access: scope.write ? ('write' as const) : ('read' as const),
    expiresAt: new Date(scope.expiresAt).toISOString(),
  };
}

const SHORTEST_ID = 4;
const SEE = ['See them with: fsync token list'];

function chooseToken(tokens: readonly Entry[], wanted: string): Entry {
  const named = tokens.filter(({ id, name }) => id === wanted || name === wanted);
  const found = named.length > 0 || wanted.length < SHORTEST_ID ? named : tokens.filter(({ id }) => id.startsWith(wanted));
  const [first] = found;
  if (first === undefined) throw new FsyncError('not_found', `no token is called ${JSON.stringify(wanted)}`, { hints: SEE });
  if (found.length > 1)
    throw new FsyncError('invalid_input', `${String(found.length)} tokens are called ${JSON.stringify(wanted)}`, { hints: SEE });
  return first;
}

/** The wanted name; without one, the first that is free. */
function freeName(tokens: readonly Entry[], wanted: string | null): string {
  const taken = new Set(tokens.map(({ name }) => name));
  if (wanted !== null) {
    if (!taken.has(wanted)) return wanted;
    throw new FsyncError('already_exists', `there is a token named ${JSON.stringify(wanted)} already`, {
      hints: ['Choose another name, or revoke that one first: fsync token revoke'],
    });
  }
  let number = 1;
  while (taken.has(`token-${String(number)}`)) number += 1;
  return `token-${String(number)}`;
}

// ---------------------------------------------------------------- keys

interface KeyBoxBody {
  readonly vault: VaultId;
  readonly epoch: number;
  readonly box: string;
}

/** Boxes for the keys of its vaults, of all epochs but those that it holds already. */
function keyBoxes(
  { account, cache, random }: TokensDeps,
  { id, boxPublicKey, scope }: ActiveToken,
  isHeld: (vault: VaultId, epoch: number) => boolean,
): readonly KeyBoxBody[] {
  const keys = account.require();
  return scope.vaults.flatMap((vault) => {
    const entry = cache.load(vault);
    const vaultKeys = entry === null ? [] : [...openVaultKeys(keys, entry)];
    return vaultKeys.flatMap(([epoch, vaultKey]) => {
      if (isHeld(vault, epoch)) return [];
      const box = boxTokenVaultKey(random, { id, boxPublicKey }, { vault, epoch, account: keys.account }, vaultKey);
      return [{ vault, epoch, box: toBase64Url(box) }];
    });
  });
}

/** Whoever rotates a vault boxes the new key to members; to the tokens of an account one of its devices does. */
async function lendKeys(deps: TokensDeps, options: Options): Promise<void> {
  const { account, clock, logger } = deps;
  if (account.current()?.scope !== null) return;
  const now = clock.now() + account.serverOffsetMs();
  const active = activeTokens(account.require().chain.credentials).filter(({ scope }) => scope.expiresAt > now);
  if (active.length === 0) return;
  const { tokens } = readReply(tokenListReply, await account.client.send({ method: 'GET', path: '/tokens', ...options }));
  for (const token of active) {
    const row = tokens.find(({ id, revoked }) => id === token.id && !revoked);
    if (row === undefined) continue;
    const held = new Set(row.keys.map(({ vault, epoch }) => `${vault} ${String(epoch)}`));
    const boxes = keyBoxes(deps, token, (vault, epoch) => held.has(`${vault} ${String(epoch)}`));
    if (boxes.length === 0) continue;
    try {
      await account.client.send({
        method: 'PUT',
        path: `/tokens/${token.id}/keys`,
        json: { keyBoxes: boxes },
        repeatable: true,
        ...options,
      });
    } catch (error) {
      // No longer a member of a vault, or the token was revoked a moment ago: the others go on.
      if (!isFsyncError(error, 'not_found', 'forbidden')) throw error;
      logger.info('keys could not be lent to a token', { device: token.id, reason: error.message });
    }
  }
}
