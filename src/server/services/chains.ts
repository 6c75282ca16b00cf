/** Account chains: verified as a whole before they are believed or stored, and kept verified in memory. */
import { verifyChain, type AccountState } from '../../core/account/chain.js';
import type { TokenScope } from '../../core/account/token-scope.js';
import { toHex } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';
import type { AccountId, CredentialId } from '../../core/base/ids.js';
import { sha256 } from '../../core/crypto/hash.js';
import { appendLinks, findAccount, insertBoxes, readLinks, type UserKeyBox } from '../store/account-store.js';
import type { Queries } from '../store/database.js';

const CACHED_ACCOUNTS = 10_000;

export interface ChainExtension {
  readonly account: AccountId;
  /** The new links only. */
  readonly links: readonly Uint8Array[];
  readonly boxes: readonly UserKeyBox[];
}

export interface Chains {
  /** The verified state of an account. Throws not_found. */
  stateOf(db: Queries, account: AccountId): Promise<AccountState>;
  /** The state that an account would have with these links behind its own. Throws what verifyChain throws. */
  preview(db: Queries, extension: Omit<ChainExtension, 'boxes'>): Promise<AccountState>;
  /**
   * Appends links inside a transaction, with the boxes that they promise, and returns the new state.
   * Throws behind when the chain has grown meanwhile, and what verifyChain throws.
   */
  extend(trx: Queries, extension: ChainExtension): Promise<AccountState>;
}

/** Boxes of the current generation must be those that the chain has signed for. Throws invalid_input. */
export function checkBoxes(state: AccountState, boxes: readonly UserKeyBox[]): void {
  for (const { credential, generation, box } of boxes) {
    const holder = state.credentials.get(credential);
    const expected = state.userKey.boxHashes.get(credential);
    const isCurrent = generation === state.userKey.generation;
    if (holder === undefined || generation > state.userKey.generation || (isCurrent && expected !== toHex(sha256(box)))) {
      throw new FsyncError('invalid_input', 'a box is not the one that the account chain names');
    }
  }
}

/** What a token that is neither revoked nor expired may do. Throws session_expired. */
export function activeScope(state: AccountState, id: CredentialId, now: number): TokenScope {
  const credential = state.credentials.get(id);
  const scope = credential?.revokedAtSeq === null ? credential.scope : null;
  if (scope === null || scope.expiresAt <= now) throw new FsyncError('session_expired', 'the token was revoked or has expired');
  return scope;
}

/** The credential as an active one of this kind. Throws forbidden. */
export function activeCredential(state: AccountState, id: CredentialId): { readonly signPublicKey: Uint8Array; readonly kind: string } {
  const credential = state.credentials.get(id);
  if (credential === undefined || credential.revokedAtSeq !== null) {
    throw new FsyncError('forbidden', 'the device is not an active credential of the account');
  }
  return credential;
}

export function createChains(): Chains {
  const cache = new Map<AccountId, { readonly length: number; readonly state: AccountState }>();

  function remember(account: AccountId, length: number, state: AccountState): void {
    if (cache.size >= CACHED_ACCOUNTS) cache.clear();
    cache.set(account, { length, state });
  }

  return {
    async stateOf(db, account) {
      const row = await findAccount(db, account);
      if (row === null) throw new FsyncError('not_found', 'no such account');
      const cached = cache.get(account);
      if (cached?.length === row.chainLength) return cached.state;
      const links = await readLinks(db, account);
      const state = verifyChain(links, { expectAccount: account });
      remember(account, links.length, state);
      return state;
    },

    async preview(db, { account, links }) {
      return verifyChain([...(await readLinks(db, account)), ...links], { expectAccount: account });
    },

    async extend(trx, { account, links, boxes }) {
      const before = await readLinks(trx, account);
      const state = verifyChain([...before, ...links], { expectAccount: account });
      checkBoxes(state, boxes);
      if (links.length > 0 && !(await appendLinks(trx, account, before.length, links))) {
        throw new FsyncError('behind', 'the account chain has grown: read it again');
      }
      await insertBoxes(trx, account, boxes);
      return state;
    },
  };
}
