/**
 * Other people's accounts: found by login name, verified, pinned. A login name is the server's word
 * until somebody compared the safety words; from then on this device knows better than the server.
 */
import { headOf, verifyChain, type AccountState } from '../../core/account/chain.js';
import { areSafetyWords, safetyWords } from '../../core/account/safety-words.js';
import { fromBase64Url } from '../../core/base/bytes.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { AccountId, VaultId } from '../../core/base/ids.js';
import { lookupReply, userName } from '../../core/protocol/http.js';
import { memberListReply } from '../../core/protocol/member-http.js';
import type { LookupDocument, PersonDocument } from '../../core/protocol/member-documents.js';
import type { AccountHolder } from '../engine-deps.js';
import type { Contact, Contacts } from '../home/contacts.js';
import { readReply } from '../remote/http-client.js';
import type { VaultClient } from '../remote/remote-vault.js';
import type { ChainCache } from './chain-cache.js';

export interface ContactBookDeps {
  readonly account: Pick<AccountHolder, 'current' | 'require'>;
  readonly client: Pick<VaultClient, 'send'>;
  readonly chains: ChainCache;
  readonly contacts: Contacts;
}

export interface Person extends PersonDocument {
  readonly account: AccountId;
  readonly user: string;
  readonly chain: AccountState;
}

interface Options {
  readonly signal: AbortSignal;
}

export interface ContactBook {
  /** What is known here, without asking anyone. */
  person(account: AccountId): PersonDocument;
  /**
   * Asks the server for the account of that name, verifies its chain against what was seen before, and pins it. `words`: what
   * its owner says are its safety words; null when nobody was asked.
   * @throws FsyncError not_found; key_mismatch when the words or the pinned account are others; broken_chain, rollback
   */
  lookup(user: string, options: Options & { readonly words: string | null }): Promise<Person>;
  /** A person compared the words. */
  confirm(account: AccountId): void;
  /** Asks the server how the members of a vault are called. @returns since when each is one, epoch ms */
  learnMembers(vault: VaultId, options: Options): Promise<ReadonlyMap<AccountId, number>>;
}

export function createContactBook(deps: ContactBookDeps): ContactBook {
  const { account, contacts } = deps;
  const known = (): readonly Contact[] => {
    const own = account.current();
    return own === null ? [] : contacts.list(own.account);
  };
  return {
    person(id) {
      const own = account.current();
      if (own?.account === id) return { account: id, user: own.user, verified: true };
      const contact = known().find((entry) => entry.account === id);
      return { account: id, user: contact?.user ?? null, verified: contact?.verified ?? false };
    },
    lookup: (user, options) => lookup(deps, user, options),
    confirm(id) {
      const contact = known().find((entry) => entry.account === id);
      if (contact?.verified === false) contacts.put(account.require().account, { ...contact, verified: true });
    },
    async learnMembers(vault, { signal }) {
      const reply = await deps.client.send({ method: 'GET', path: `/vaults/${vault}/members`, signal });
      const { members } = readReply(memberListReply, reply);
      for (const { account: id, user } of members) learn(deps, { account: id, user });
      return new Map(members.map(({ account: id, since }) => [id, since]));
    },
  };
}

/** A name that somebody else has here stays theirs, and so does the name of an account that has one. */
function learn({ account, contacts }: ContactBookDeps, { account: id, user }: Pick<Contact, 'account' | 'user'>): void {
  const own = account.require();
  const isTaken = contacts.list(own.account).some((entry) => entry.account === id || entry.user === user);
  if (isTaken || id === own.account || user === own.user) return;
  contacts.put(own.account, { account: id, user, pin: null, verified: false });
}

async function lookup(deps: ContactBookDeps, user: string, { words, signal }: Parameters<ContactBook['lookup']>[1]): Promise<Person> {
  const own = deps.account.require();
  refuseName(user, own.user);
  const { accountId, links: texts } = await ask(deps, user, signal);
  const before = deps.contacts.list(own.account).find((entry) => entry.user === user);
  if (accountId === own.account) throw new FsyncError('key_mismatch', `the server answers with the own account for ${user}`);
  if (words !== null && !areSafetyWords(words, accountId)) throw otherWords(user);
  if (words === null && before !== undefined && before.account !== accountId) throw otherAccount(user);
  const links = texts.map(fromBase64Url);
  const pinned = newestPin(deps, accountId, before);
  const chain = verifyChain(links, { expectAccount: accountId, ...(pinned === null ? {} : { pinned }) });
  deps.chains.save(accountId, links);
  const { seq, hash } = headOf(chain);
  const verified = words !== null || (before?.account === accountId && before.verified);
  deps.contacts.put(own.account, { account: accountId, user, pin: { seq, hash }, verified });
  return { account: accountId, user, verified, chain };
}

async function ask({ client }: ContactBookDeps, user: string, signal: AbortSignal): Promise<ReturnType<typeof lookupReply.parse>> {
  try {
    return readReply(
      lookupReply,
      await client.send({ method: 'POST', path: '/accounts/lookup', json: { user }, repeatable: true, signal }),
    );
  } catch (error) {
    if (!isFsyncError(error, 'not_found')) throw error;
    throw new FsyncError('not_found', `nobody on this server is called ${user}`, {
      cause: error,
      hints: ['They need an account there first: fsync register --server URL'],
    });
  }
}

/** Of what was verified before: the longer one of the pin and the cached chain. */
function newestPin({ chains }: ContactBookDeps, account: AccountId, before: Contact | undefined): Contact['pin'] {
  const cached = chains.load(account);
  const chain = cached === null ? null : verifyChain(cached, { expectAccount: account });
  const pin = before?.account === account ? before.pin : null;
  if (chain === null || (pin !== null && pin.seq > chain.seq)) return pin;
  return { seq: chain.seq, hash: chain.headHash };
}

function refuseName(user: string, own: string): void {
  if (user === own) throw new FsyncError('invalid_input', 'that is the account you are signed in with');
  if (!userName.safeParse(user).success)
    throw new FsyncError('invalid_input', `not a login name: ${JSON.stringify(user.slice(0, 80))}`, {
      hints: ['A login name has 1 to 64 of the characters a-z 0-9 . _ @ -'],
    });
}

function otherWords(user: string): FsyncError {
  return new FsyncError('key_mismatch', `these are not the safety words of the account that the server names ${user}`, {
    hints: [`Ask ${user} for the words that fsync whoami shows there. If they still differ, somebody is between you: share nothing.`],
  });
}

function otherAccount(user: string): FsyncError {
  return new FsyncError('key_mismatch', `the server names another account ${user} than before`, {
    hints: [`If ${user} has a new account, give the words that fsync whoami shows there: --words "…"`],
  });
}

/** What two people compare. */
export function lookupDocument(own: { readonly account: AccountId; readonly user: string }, person: Person): LookupDocument {
  const { account, user, verified } = person;
  return {
    me: { user: own.user, words: safetyWords(own.account) },
    person: { account, user, verified, words: safetyWords(account) },
  };
}
