/**
 * Tokens for automation: made and revoked by devices, signed in with by jobs. What a token may do is
 * what the signed chain says; here is only the hash of the secret that it shows, and the boxed keys.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { verifySignature } from '../../core/account/credential.js';
import { TOKEN_LIFETIME_MS, type TokenScope } from '../../core/account/token-scope.js';
import { encodeCbor } from '../../core/base/cbor.js';
import { FsyncError } from '../../core/base/errors.js';
import type { AccountId, CredentialId, VaultId } from '../../core/base/ids.js';
import type { Session } from '../../core/protocol/http.js';
import type { Caller } from '../http/route.js';
import { findAccount, readLinks } from '../store/account-store.js';
import { inTransaction, isDuplicateKey } from '../store/database.js';
import {
  dropTokenKeys,
  findToken,
  insertToken,
  insertTokenKeys,
  listHeldEpochs,
  listTokens,
  markTokenRevoked,
  noteTokenUse,
  type TokenKeyBox,
  type TokenRow,
} from '../store/token-store.js';
import { activeScope, type Chains } from './chains.js';
import { requireEnabled } from './enabled-account.js';
import type { ServiceContext } from './service-context.js';
import type { Sessions } from './sessions.js';
import { requireVault } from './vault-access.js';

/** How far the clock of a job may be off. */
const SIGNED_TIME_MS = 10 * 60_000;
/** How far the clock of a device that makes a token may be off. */
const CLOCK_SKEW_MS = 86_400_000;

/** A vault key of one epoch, boxed to a token. */
export interface VaultKeyBox {
  readonly vault: VaultId;
  readonly epoch: number;
  readonly box: Uint8Array;
}

export interface NewToken {
  readonly links: readonly Uint8Array[];
  readonly token: Pick<TokenRow, 'id' | 'secretHash' | 'nameSealed' | 'holderNameSealed'>;
  readonly keyBoxes: readonly VaultKeyBox[];
}

export interface TokenSignIn {
  readonly token: CredentialId;
  readonly secret: Uint8Array;
  readonly time: number;
  readonly signature: Uint8Array;
}

export interface TokenSignedIn extends Omit<Session, 'refreshToken'> {
  readonly accountId: AccountId;
  readonly user: string;
  readonly links: readonly Uint8Array[];
  readonly nameSealed: Uint8Array;
}

export interface ListedToken extends TokenRow {
  readonly keys: readonly { readonly vault: VaultId; readonly epoch: number }[];
}

export interface TokenCredentials {
  /** Throws session_expired, the same for an unknown token, a wrong secret, a revoked and an expired one. */
  signIn(request: TokenSignIn): Promise<TokenSignedIn>;
  /** Throws not_found, forbidden for vaults that the account cannot use so; invalid_input; what verifyChain throws. */
  create(caller: Caller, request: NewToken): Promise<void>;
  list(account: AccountId): Promise<readonly ListedToken[]>;
  /** Ends its sessions. Throws not_found, invalid_input when the links do not revoke it. */
  revoke(caller: Caller, request: { readonly token: CredentialId; readonly links: readonly Uint8Array[] }): Promise<void>;
  /** Keys of epochs that began later. Throws not_found, also for a token that was revoked. */
  lendKeys(caller: Caller, request: { readonly token: CredentialId; readonly keyBoxes: readonly VaultKeyBox[] }): Promise<void>;
}

function refused(details: Readonly<Record<string, unknown>> = {}): FsyncError {
  return new FsyncError('session_expired', 'the token is not known here, was revoked or has expired', {
    hints: ['Make another one on a device that is signed in: fsync token create'],
    details,
  });
}

function isShown(row: TokenRow, { secret }: TokenSignIn): boolean {
  const hash = createHash('sha256').update(secret).digest();
  return hash.length === row.secretHash.length && timingSafeEqual(hash, row.secretHash);
}

export function createTokenCredentials(deps: ServiceContext & { readonly chains: Chains; readonly sessions: Sessions }): TokenCredentials {
  const { database, clock, chains, sessions, metrics } = deps;

  /** By number of the vault. Throws unless the account may use each vault of the scope as the token is to. */
  async function storedBoxes(caller: Caller, scope: TokenScope, boxes: readonly VaultKeyBox[]): Promise<readonly TokenKeyBox[]> {
    const numbers = new Map<VaultId, number>();
    for (const vault of scope.vaults) {
      numbers.set(vault, (await requireVault(database, caller, vault, scope.write ? 'writer' : 'reader')).no);
    }
    return boxes.map(({ vault, epoch, box }) => {
      const vaultNo = numbers.get(vault);
      if (vaultNo === undefined) throw new FsyncError('invalid_input', 'a key is of a vault that is not in the scope of the token');
      return { vaultNo, epoch, box };
    });
  }

  /** The scope that the new links would give the token. */
  async function newScope(caller: Caller, { links, token }: NewToken): Promise<TokenScope> {
    const state = await chains.preview(database, { account: caller.account, links });
    const scope = state.credentials.get(token.id)?.scope ?? null;
    if (scope === null) throw new FsyncError('invalid_input', 'the links do not add the token');
    const now = clock.now();
    if (scope.expiresAt <= now || scope.expiresAt > now + TOKEN_LIFETIME_MS + CLOCK_SKEW_MS) {
      throw new FsyncError('invalid_input', 'a token ends in the future, within a year');
    }
    return scope;
  }

  async function isProven(row: TokenRow, request: TokenSignIn): Promise<TokenScope> {
    const state = await chains.stateOf(database, row.account);
    const scope = activeScope(state, row.id, clock.now());
    const credential = state.credentials.get(row.id);
    const signed = encodeCbor([new Uint8Array(createHash('sha256').update(request.secret).digest()), request.time]);
    if (credential === undefined || !verifySignature(credential.signPublicKey, 'token', signed, request.signature)) throw refused();
    return scope;
  }

  async function signIn(request: TokenSignIn): Promise<TokenSignedIn> {
    const now = clock.now();
    if (Math.abs(request.time - now) > SIGNED_TIME_MS) throw refused({ time: now });
    const row = await findToken(database, request.token);
    if (row === null || row.revoked || !isShown(row, request)) throw refused();
    const scope = await isProven(row, request);
    const account = await findAccount(database, row.account);
    if (account === null) throw refused();
    requireEnabled(account);
    const session = await sessions.createForToken(database, { account: row.account, id: row.id, scope });
    await noteTokenUse(database, row.id, now);
    const { holderNameSealed: nameSealed } = row;
    return { ...session, accountId: account.id, user: account.user, links: await readLinks(database, account.id), nameSealed };
  }

  return {
    async signIn(request) {
      try {
        const signedIn = await signIn(request);
        metrics.authAttempts.inc({ outcome: 'token-signed-in' });
        return signedIn;
      } catch (error) {
        metrics.authAttempts.inc({ outcome: 'token-refused' });
        throw error;
      }
    },

    async create(caller, request) {
      const scope = await newScope(caller, request);
      const boxes = await storedBoxes(caller, scope, request.keyBoxes);
      const { account } = caller;
      try {
        await inTransaction(database, async (trx) => {
          await chains.extend(trx, { account, links: request.links, boxes: [] });
          await insertToken(trx, { ...request.token, account, createdAt: clock.now() });
          await insertTokenKeys(trx, request.token.id, boxes);
        });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        throw new FsyncError('already_exists', 'that token was there before', { cause: error });
      }
    },

    async list(account) {
      const held = await listHeldEpochs(database, account);
      const tokens = await listTokens(database, account);
      return tokens.map((row) => ({
        ...row,
        keys: held.filter(({ token }) => token === row.id).map(({ vault, epoch }) => ({ vault, epoch })),
      }));
    },

    async revoke({ account }, { token, links }) {
      const ended = await inTransaction(database, async (trx) => {
        if (!(await markTokenRevoked(trx, account, token, clock.now()))) throw noToken();
        const state = await chains.extend(trx, { account, links, boxes: [] });
        if (state.credentials.get(token)?.revokedAtSeq === null) {
          throw new FsyncError('invalid_input', 'the links do not revoke the token');
        }
        await dropTokenKeys(trx, token);
        return sessions.endDevice(trx, account, token);
      });
      sessions.announceEnd(ended);
    },

    async lendKeys(caller, { token, keyBoxes }) {
      const row = await findToken(database, token);
      if (row === null || row.account !== caller.account) throw noToken();
      const credential = (await chains.stateOf(database, caller.account)).credentials.get(token);
      if (row.revoked || credential === undefined || credential.scope === null) throw noToken();
      const { scope } = credential;
      const vaults = scope.vaults.filter((id) => keyBoxes.some(({ vault }) => vault === id));
      const boxes = await storedBoxes(caller, { ...scope, vaults }, keyBoxes);
      await inTransaction(database, (trx) => insertTokenKeys(trx, token, boxes));
    },
  };
}

function noToken(): FsyncError {
  return new FsyncError('not_found', 'no such token');
}
