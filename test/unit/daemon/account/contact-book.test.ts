/** Contacts of a real account on a real server, in this process. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { safetyWords } from '../../../../src/core/account/safety-words.js';
import { createChainCache } from '../../../../src/daemon/account/chain-cache.js';
import { createContactBook, type ContactBook } from '../../../../src/daemon/account/contact-book.js';
import { openContacts } from '../../../../src/daemon/home/contacts.js';
import { accountDevice, callContext, realServer, signIn, type AccountDevice } from '../../../support/account-device.js';

async function world() {
  const { url } = await realServer();
  const [ada, grace] = [await accountDevice(), await accountDevice()];
  await ada.account.register(signIn(url), callContext());
  await grace.account.register(signIn(url, { user: 'grace' }), callContext());
  return { url, ada, grace, words: safetyWords(grace.account.require().account), ...bookOf(ada) };
}

/** As the next process would open it. */
function bookOf({ home, account }: AccountDevice) {
  const chains = createChainCache(home.cacheDir);
  const contacts = openContacts(join(home.paths.stateDir, 'contacts.json'));
  return { chains, contacts, book: createContactBook({ account, client: account.client, chains, contacts }) };
}

const look = (book: ContactBook, user: string, words: string | null = null) => book.lookup(user, { words, ...callContext() });

describe('contacts', () => {
  it('are found by name, verified and pinned, and sure only once the words were compared', async () => {
    const { ada, grace, book, contacts } = await world();
    const { chain } = grace.account.require();
    expect(await look(book, 'grace')).toMatchObject({ account: chain.accountId, user: 'grace', verified: false });
    const pin = { seq: chain.seq, hash: chain.headHash };
    expect(contacts.list(ada.account.require().account)).toEqual([{ account: chain.accountId, user: 'grace', pin, verified: false }]);
    expect(book.person(chain.accountId)).toEqual({ account: chain.accountId, user: 'grace', verified: false });
    book.confirm(chain.accountId);
    expect(bookOf(ada).book.person(chain.accountId)).toEqual({ account: chain.accountId, user: 'grace', verified: true });
    expect(await look(book, 'grace')).toMatchObject({ verified: true });
  });

  it('are sure at once with the right words, and refused with wrong ones', async () => {
    const { ada, book, contacts, words } = await world();
    await expect(look(book, 'grace', words.replace(/^\w+/, 'zoo'))).rejects.toMatchObject({ code: 'key_mismatch' });
    expect(contacts.list(ada.account.require().account)).toEqual([]);
    expect(await look(book, 'grace', words)).toMatchObject({ verified: true });
  });

  it('are others, and on this server', async () => {
    const { book } = await world();
    await expect(look(book, 'nobody')).rejects.toMatchObject({ code: 'not_found' });
    await expect(look(book, 'ada')).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(look(book, 'Not A Name')).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('do not become somebody else, unless their new words are known', async () => {
    const { ada, grace, book, contacts, words } = await world();
    const by = ada.account.require().account;
    const impostor = {
      account: by.replace(/^../, by.startsWith('00') ? '11' : '00') as typeof by,
      user: 'grace',
      pin: null,
      verified: true,
    };
    contacts.put(by, impostor);
    await expect(look(book, 'grace')).rejects.toMatchObject({ code: 'key_mismatch' });
    expect(await look(book, 'grace', words)).toMatchObject({ account: grace.account.require().account, verified: true });
    expect(contacts.list(by)).toHaveLength(1);
  });

  it('have a chain that only grows, also when the cache is lost', async () => {
    const { ada, url, book, chains, contacts } = await world();
    const { account } = await look(book, 'grace');
    const desktop = await accountDevice();
    await desktop.account.login(signIn(url, { user: 'grace', device: 'desktop' }), callContext());
    const { chain } = await look(book, 'grace');
    expect(chain.seq).toBe(desktop.account.require().chain.seq);
    chains.drop(account);
    const by = ada.account.require().account;
    const forge = (pin: { seq: number; hash: string }): void => {
      contacts.put(by, { account, user: 'grace', pin, verified: false });
    };
    forge({ seq: chain.seq, hash: '00'.repeat(32) });
    await expect(look(book, 'grace')).rejects.toMatchObject({ code: 'broken_chain' });
    forge({ seq: chain.seq + 1, hash: chain.headHash });
    await expect(look(book, 'grace')).rejects.toMatchObject({ code: 'rollback' });
    forge({ seq: chain.seq, hash: chain.headHash });
    expect((await look(book, 'grace')).chain.seq).toBe(chain.seq);
  });

  it('belong to the account that looked them up', async () => {
    const { grace, book, contacts } = await world();
    await look(book, 'grace');
    expect(contacts.list(grace.account.require().account)).toEqual([]);
  });

  it('get a name from the list of members only where none is known', async () => {
    const { ada, book } = await world();
    const { vault } = await ada.vaultApi.create('notes', callContext());
    const own = ada.account.require().account;
    const since = await book.learnMembers(vault, callContext());
    expect([...since.keys()]).toEqual([own]);
    expect(book.person(own)).toEqual({ account: own, user: 'ada', verified: true });
  });
});
