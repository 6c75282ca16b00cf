/** What an account may read about itself and about those it shares vaults with. */
import { FsyncError } from '../../core/base/errors.js';
import type { AccountId } from '../../core/base/ids.js';
import { decodeLogState } from '../../core/log/log-verifier.js';
import type { Caller } from '../http/route.js';
import { findAccount, findAccountByUser, readBoxes, readLinks, type UserKeyBox } from '../store/account-store.js';
import { shareAVault } from '../store/member-store.js';
import { readLogStates } from '../store/vault-store.js';
import type { ServiceContext } from './service-context.js';

export interface AccountView {
  readonly accountId: AccountId;
  readonly user: string;
  readonly boxes: readonly UserKeyBox[];
  readonly links: readonly Uint8Array[];
  readonly time: number;
}

export interface Accounts {
  view(caller: Caller): Promise<AccountView>;
  /**
   * The chain of the caller, of someone in one of its vaults, or of someone whose commits are in one of them: whoever was
   * removed wrote history that the others go on to verify. Throws not_found for all others.
   */
  chain(caller: Caller, account: AccountId): Promise<readonly Uint8Array[]>;
  /** By login name, to share a vault with it. Throws not_found. */
  lookup(user: string): Promise<{ readonly accountId: AccountId; readonly links: readonly Uint8Array[] }>;
}

function noAccount(): FsyncError {
  return new FsyncError('not_found', 'no such account');
}

export function createAccounts({ database, clock }: ServiceContext): Accounts {
  return {
    async view(caller) {
      const account = await findAccount(database, caller.account);
      if (account === null) throw noAccount();
      return {
        accountId: account.id,
        user: account.user,
        boxes: await readBoxes(database, account.id, caller.device),
        links: await readLinks(database, account.id),
        time: clock.now(),
      };
    },

    async chain(caller, account) {
      const among = caller.scope?.vaults ?? null;
      const mayRead =
        caller.account === account ||
        (await shareAVault(database, caller.account, account, among)) ||
        (await readLogStates(database, caller.account, among)).some((state) => decodeLogState(state).chainSeqs.has(account));
      const links = mayRead ? await readLinks(database, account) : [];
      if (links.length === 0) throw noAccount();
      return links;
    },

    async lookup(user) {
      const account = await findAccountByUser(database, user);
      if (account === null) throw noAccount();
      return { accountId: account.id, links: await readLinks(database, account.id) };
    },
  };
}
