/** The verified chains of the accounts whose commits this device reads. */
import { verifyChain, type AccountState } from '../../core/account/chain.js';
import { fromBase64Url } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';
import type { AccountId } from '../../core/base/ids.js';
import { chainReply } from '../../core/protocol/http.js';
import { readReply } from '../remote/http-client.js';
import type { VaultClient } from '../remote/remote-vault.js';
import type { AccountService } from './account-service.js';
import type { ChainCache } from './chain-cache.js';

export type VerifyAuthor = (account: AccountId, minChainSeq: number, options: { signal: AbortSignal }) => Promise<AccountState>;

export interface AuthorDirectoryDeps {
  readonly account: Pick<AccountService, 'current' | 'refreshChain'>;
  readonly client: Pick<VaultClient, 'send'>;
  readonly chains: ChainCache;
}

/** See EngineDeps.verifyAuthor. @throws FsyncError broken_chain, rollback or key_mismatch when the server's chain does not extend the known one */
export function createAuthorDirectory(deps: AuthorDirectoryDeps): VerifyAuthor {
  const verified = new Map<AccountId, AccountState>();

  const known = (account: AccountId): AccountState | null => {
    const own = deps.account.current();
    if (own?.account === account) return own.chain;
    const state = verified.get(account) ?? null;
    if (state !== null) return state;
    const links = deps.chains.load(account);
    if (links === null) return null;
    const loaded = verifyChain(links, { expectAccount: account });
    verified.set(account, loaded);
    return loaded;
  };

  const fetch = async (account: AccountId, before: AccountState | null, signal: AbortSignal): Promise<AccountState> => {
    if (deps.account.current()?.account === account) return deps.account.refreshChain(signal);
    const reply = await deps.client.send({ method: 'GET', path: `/accounts/${account}/chain`, signal });
    const links = readReply(chainReply, reply).links.map(fromBase64Url);
    const pinned = before === null ? {} : { pinned: { seq: before.seq, hash: before.headHash } };
    const state = verifyChain(links, { expectAccount: account, ...pinned });
    deps.chains.save(account, links);
    verified.set(account, state);
    return state;
  };

  return async (account, minChainSeq, { signal }) => {
    const before = known(account);
    if (before !== null && before.seq >= minChainSeq) return before;
    const state = await fetch(account, before, signal);
    if (state.seq < minChainSeq) throw new FsyncError('broken_chain', 'the server holds back links of an account that signed a commit');
    return state;
  };
}
