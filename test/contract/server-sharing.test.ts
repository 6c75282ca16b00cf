/** Who may change members, what goes with it, and what it means for those who come and go: on both databases. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { boxHash } from '../../src/core/account/user-key.js';
import { fromBase64Url, toBase64Url } from '../../src/core/base/bytes.js';
import type { Role } from '../../src/core/protocol/http.js';
import { vaultReply } from '../../src/core/protocol/http.js';
import { memberListReply } from '../../src/core/protocol/member-http.js';
import { call, random, registerAccount, type Answer, type TestAccount } from '../support/server-account.js';
import { startServer, type ServerEngine, type ServerHarness } from '../support/server-harness.js';
import {
  commitChanges,
  createVault,
  draftCommit,
  makePack,
  newFile,
  readChanges,
  sendCommit,
  uploadPack,
  type TestVault,
} from '../support/server-vault.js';

const engines: readonly ServerEngine[] = ['sqlite', 'postgres'];

interface KeyBoxBody {
  readonly epoch: number;
  readonly account: string;
  readonly generation: number;
  readonly box: string;
}

const keyBox = (to: TestAccount, epoch = 1): KeyBoxBody => ({
  epoch,
  account: to.state.accountId,
  generation: 1,
  box: toBase64Url(random(80)),
});

describe.each(engines)('members on %s', (engine) => {
  let server: ServerHarness;
  const people = new Map<string, TestAccount>();
  let vault: TestVault;
  let round = 0;
  const register = async (name: string): Promise<void> => {
    people.set(name, await registerAccount(server.url, `${name}-${String(round)}`));
  };
  const who = (name: string): TestAccount => {
    const found = people.get(name);
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found;
  };

  beforeAll(async () => {
    server = await startServer({ engine });
  });
  afterAll(() => server.stop());
  /** New people each time: who shares another vault may see more. */
  beforeEach(async () => {
    round += 1;
    for (const name of ['owner', 'writer', 'reader', 'stranger']) await register(name);
    vault = await createVault(who('owner'));
    expect((await give('writer', 'writer')).status).toBe(200);
    expect((await give('reader', 'reader')).status).toBe(200);
  });

  /** A member commit of `by`; `boxes` go with it. */
  async function give(
    to: string,
    role: Role | null,
    more: { by?: string; boxHash?: string; boxes?: readonly KeyBoxBody[] } = {},
  ): Promise<Answer> {
    const [author, { state }] = [who(more.by ?? 'owner'), who(to)];
    const boxes = more.boxes ?? (role === null ? [] : [keyBox(who(to))]);
    const signed = boxes.at(-1) === undefined ? null : boxHash(fromBase64Url(boxes.at(-1)?.box ?? ''));
    const body = { account: state.accountId, role, boxHash: more.boxHash ?? signed };
    return sendCommit(
      author,
      vault,
      draftCommit(author, vault, { kind: { type: 'member', body }, keyBoxes: boxes.map((box) => ({ ...box })) }),
    );
  }

  const get = (name: string, path: string): Promise<Answer> => call(server.url, 'GET', path, { token: who(name).session.accessToken });
  const rolesOf = async (name: string): Promise<Readonly<Record<string, Role>>> => {
    const { json } = await get(name, `/vaults/${vault.vault}/members`);
    return Object.fromEntries(memberListReply.parse(json).members.map(({ user, role }) => [user.replace(/-\d+$/, ''), role]));
  };
  const keysOf = async (name: string): Promise<readonly string[]> =>
    vaultReply.parse((await get(name, `/vaults/${vault.vault}`)).json).keyBoxes.map(({ box }) => box);

  it('are changed by owners only', async () => {
    const before = await rolesOf('owner');
    expect(before).toEqual({ owner: 'owner', writer: 'writer', reader: 'reader' });
    for (const [by, status] of [
      ['reader', 403],
      ['writer', 403],
      ['stranger', 404],
    ] as const) {
      expect((await give('stranger', 'reader', { by })).status).toBe(status);
      expect((await give(by, 'owner', { by })).status).toBe(status);
      expect((await give('reader', null, { by })).status).toBe(status);
    }
    expect(await rolesOf('writer')).toEqual(before);
    expect((await give('writer', 'owner')).status).toBe(200);
    expect((await give('stranger', 'reader', { by: 'writer' })).status).toBe(200);
    expect((await rolesOf('stranger'))['stranger']).toBe('reader');
  });

  it('are never without an owner', async () => {
    expect((await give('owner', null)).status).toBe(403);
    expect((await give('owner', 'writer')).status).toBe(403);
    expect((await give('stranger', null)).status).toBe(422);
  });

  it('get the keys that were signed for, and nobody else does', async () => {
    const [box, other] = [keyBox(who('stranger')), keyBox(who('reader'))];
    expect((await give('stranger', 'reader', { boxes: [], boxHash: boxHash(random(80)) })).status).toBe(422);
    expect((await give('stranger', 'reader', { boxes: [box], boxHash: boxHash(random(80)) })).status).toBe(422);
    expect((await give('stranger', 'reader', { boxes: [other, box] })).status).toBe(422);
    expect((await give('stranger', 'reader', { boxes: [keyBox(who('stranger'), 2)] })).status).toBe(422);
    expect((await get('stranger', `/vaults/${vault.vault}`)).status).toBe(404);
    expect((await give('stranger', 'reader', { boxes: [box] })).status).toBe(200);
    expect(await keysOf('stranger')).toEqual([box.box]);
    const again = keyBox(who('stranger'));
    expect((await give('stranger', 'writer', { boxes: [again] })).status).toBe(200);
    expect(await keysOf('stranger')).toEqual([again.box]);
  });

  it('who are readers from now on send nothing more, and go on reading', async () => {
    expect((await commitChanges(who('writer'), vault, newFile())).status).toBe(200);
    expect((await give('writer', 'reader')).status).toBe(200);
    expect((await commitChanges(who('writer'), vault, newFile())).status).toBe(403);
    expect((await uploadPack(who('writer'), vault.vault, makePack(10))).status).toBe(403);
    expect((await readChanges(who('writer'), vault.vault, 0)).commits).toHaveLength(5);
  });

  it('who are removed lose everything at once, keys included, and a question that waits is answered', async () => {
    const token = who('writer').session.accessToken;
    const path = `/sync/changes?vault=${vault.vault}&since=${String(vault.head.seq)}&wait=30000`;
    const waiting = call(server.url, 'GET', path, { token });
    expect((await give('writer', null)).status).toBe(200);
    expect((await waiting).status).toBe(404);
    for (const gone of [`/vaults/${vault.vault}`, `/vaults/${vault.vault}/members`, `/sync/changes?vault=${vault.vault}&since=0`]) {
      expect((await get('writer', gone)).status).toBe(404);
    }
    expect((await commitChanges(who('writer'), vault, newFile())).status).toBe(404);
    const { accountId } = who('owner').state;
    expect((await get('writer', `/accounts/${accountId}/chain`)).status).toBe(404);
    const box = keyBox(who('writer'));
    expect((await give('writer', 'reader', { boxes: [box] })).status).toBe(200);
    expect(await keysOf('writer')).toEqual([box.box]);
  });

  it('can verify what a removed one wrote: its chain stays readable to them, and to nobody else', async () => {
    const { accountId } = who('writer').state;
    expect((await commitChanges(who('writer'), vault, newFile())).status).toBe(200);
    await give('writer', null);
    await give('reader', null);
    const chain = (name: string, account: string): Promise<Answer> => get(name, `/accounts/${account}/chain`);
    expect((await chain('owner', accountId)).status).toBe(200);
    expect((await chain('stranger', accountId)).status).toBe(404);
    await register('fresh');
    await give('fresh', 'writer');
    await give('fresh', null);
    expect((await chain('owner', who('fresh').state.accountId)).status).toBe(404);
  });
});
