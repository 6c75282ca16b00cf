/** What is believed of the positions that a server hands out: it may hold back, repeat and make up whatever it likes. */
import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import type { AccountId, CommitHash } from '../../../../src/core/base/ids.js';
import { sealPositionName, signPosition, type Position } from '../../../../src/core/log/position.js';
import { buildAddLink, buildRevokeLink, headAfter, headOf, proveEnrolment, verifyChain } from '../../../../src/core/account/chain.js';
import { createCredential, type Credential } from '../../../../src/core/account/credential.js';
import { deviceHoldings, type OwnPosition, type PositionContext } from '../../../../src/daemon/sync/device-positions.js';
import { foundTestAccount, TEST_TIME, type TestAccount } from '../../core/account/account-fixture.js';
import { foundTestVault, someHash } from '../../core/log/log-fixture.js';

const { signal } = new AbortController();
const { owner, random, keyring, state: log } = foundTestVault('holdings');
const grace = foundTestAccount('grace');
const eve = foundTestAccount('eve');
const hashes = new Map<number, CommitHash>([1, 2, 3, 4, 5].map((seq) => [seq, someHash(random)]));
const HEAD = 5;

const desktop = createCredential('device', random(32));
const lost = createCredential('device', random(32));
/** The owner's chain with two devices more, of which one is revoked in the end. */
function ownerChain(): readonly Uint8Array[] {
  const links = [...owner.links];
  for (const added of [desktop, lost]) {
    const enrolment = proveEnrolment(added, owner.state.accountId);
    links.push(buildAddLink({ head: headAfter(links.at(-1) ?? random(1)), signer: owner.device, at: TEST_TIME, enrolment, boxHash: null }));
  }
  return links;
}
const before = verifyChain(ownerChain());
const chain = verifyChain([
  ...ownerChain(),
  buildRevokeLink({ head: headOf(before), signer: owner.device, at: TEST_TIME, revoked: lost.id }),
]);

function position(by: Credential, name: string, seq: number, change: Partial<Position> = {}): Uint8Array {
  return signPosition(by, {
    vault: log.vault,
    account: owner.state.accountId,
    device: by.id,
    chainSeq: before.seq,
    seq,
    hash: hashes.get(seq) ?? someHash(random),
    time: TEST_TIME,
    epoch: 1,
    nameSealed: sealPositionName(random, keyring, by.id, name),
    ...change,
  });
}

const ofGrace = (person: TestAccount = grace): Partial<Position> => ({ account: person.state.accountId, chainSeq: person.state.seq });

async function holdings(served: readonly Uint8Array[] | FsyncError, own: OwnPosition = { seq: HEAD, atMs: TEST_TIME }, wanted = HEAD) {
  const chains = new Map([
    [owner.state.accountId, chain],
    [grace.state.accountId, grace.state],
    [eve.state.accountId, eve.state],
  ]);
  const users = new Map<AccountId, string>([
    [owner.state.accountId, 'ada'],
    [grace.state.accountId, 'grace'],
  ]);
  const context = {
    deps: {
      account: { current: () => ({ account: owner.state.accountId, scope: null }) },
      contacts: { person: (account: AccountId) => ({ account, user: users.get(account) ?? null, verified: true }) },
      device: { id: owner.device.id, name: 'laptop' },
      info: { vault: log.vault, keyring },
      remote: { positions: () => (served instanceof FsyncError ? Promise.reject(served) : Promise.resolve(served)) },
      verifyAuthor: (account: AccountId) => Promise.resolve(chains.get(account) ?? Promise.reject(new FsyncError('not_found', 'nobody'))),
    },
    log: {
      members: new Map([
        [owner.state.accountId, 'owner'],
        [grace.state.accountId, 'reader'],
      ]),
      hashOf: (seq: number) => hashes.get(seq) ?? null,
    },
  } as unknown as PositionContext;
  const found = await deviceHoldings(context, { wanted, own }, signal);
  return found.map(({ name, user, commit, hasIt }) => [name, user, commit, hasIt]);
}

const ME = ['laptop', 'ada', HEAD, true];

describe('deviceHoldings', () => {
  it('names this device first, then the others and whose they are', async () => {
    const served = [position(grace.device, 'phone', 3, ofGrace()), position(owner.device, 'laptop', 4), position(desktop, 'desktop', 5)];
    const rest = [
      ['desktop', 'ada', 5, true],
      ['phone', 'grace', 3, false],
    ];
    expect(await holdings(served)).toEqual([ME, ...rest]);
    expect(await holdings(served, null)).toEqual([['laptop', 'ada', 4, false], ...rest]);
    expect(await holdings(served, null, 3)).toEqual([
      ['laptop', 'ada', 4, true],
      ['desktop', 'ada', 5, true],
      ['phone', 'grace', 3, true],
    ]);
  });

  it('shows a device behind when an older position is served again, and takes the newest of several', async () => {
    const [old, now] = [position(desktop, 'desktop', 2), position(desktop, 'desktop', 5)];
    expect(await holdings([old])).toEqual([ME, ['desktop', 'ada', 2, false]]);
    for (const served of [
      [old, now],
      [now, old],
    ])
      expect(await holdings(served)).toEqual([ME, ['desktop', 'ada', 5, true]]);
  });

  it('ignores what was made up, and believes the rest', async () => {
    const forged = position(desktop, 'desktop', 5);
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    const served = [
      forged,
      random(100),
      position(eve.device, 'desktop', 5, { device: desktop.id }),
      position(eve.device, 'eve', 5),
      position(eve.device, 'eve', 5, ofGrace(eve)),
      position(desktop, 'desktop', 5, { vault: foundTestVault('another').state.vault }),
      position(grace.device, 'phone', 5, ofGrace()),
    ];
    expect(await holdings(served)).toEqual([ME, ['phone', 'grace', 5, true]]);
  });

  it('ignores a revoked device, also when its position is older than that', async () => {
    expect(await holdings([position(lost, 'lost', 5)])).toEqual([ME]);
  });

  it('does not believe in a commit that the own log does not have', async () => {
    const other = { hash: someHash(random) };
    for (const served of [position(desktop, 'desktop', 5, other), position(desktop, 'desktop', 9)])
      expect(await holdings([served])).toEqual([ME, ['desktop', 'ada', null, false]]);
  });

  it('names a device by its id when the name does not open', async () => {
    const nameSealed = random(145);
    expect(await holdings([position(desktop, 'desktop', 5, { nameSealed })])).toEqual([ME, [desktop.id.slice(0, 12), 'ada', 5, true]]);
  });

  it('says when the server cannot be asked', async () => {
    const away = new FsyncError('server_unreachable', 'away');
    await expect(holdings(away)).rejects.toBe(away);
  });
});
