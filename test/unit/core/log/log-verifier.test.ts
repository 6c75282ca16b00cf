import { describe, expect, it } from 'vitest';

import { buildAddLink, buildRevokeLink, headAfter, headOf, proveEnrolment, verifyChain } from '../../../../src/core/account/chain.js';
import { createCredential, type Credential } from '../../../../src/core/account/credential.js';
import { decodeCbor, encodeCbor } from '../../../../src/core/base/cbor.js';
import type { TokenScope } from '../../../../src/core/account/token-scope.js';
import { parseNameTag, parseRecordDigest, parseVaultId } from '../../../../src/core/base/ids.js';
import { toHex } from '../../../../src/core/base/bytes.js';
import { decodeCommit, signCommit, type CommitHeader, type CommitOp, type DecodedCommit } from '../../../../src/core/log/commit.js';
import { signGenesis } from '../../../../src/core/log/genesis.js';
import { acceptCommit, decodeLogState, encodeLogState, type LogState } from '../../../../src/core/log/log-verifier.js';
import { foundTestAccount, TEST_TIME, type TestAccount } from '../account/account-fixture.js';
import { codeOf, flipBit } from '../crypto/seeded-random.js';
import { foundTestVault, nextCommit, noRevisions, someHash, testNodeId } from './log-fixture.js';

const { random, owner, genesis, state: founded } = foundTestVault('log');
const writer = foundTestAccount('writer');
const reader = foundTestAccount('reader');
const stranger = foundTestAccount('stranger');

const member = (state: LogState, who: TestAccount, role: 'owner' | 'writer' | 'reader' | null): DecodedCommit =>
  nextCommit(state, owner.state, owner.device, { type: 'member', body: { account: who.state.accountId, role, boxHash: null } });
const accept = (state: LogState, commit: DecodedCommit, who: TestAccount = owner): LogState =>
  acceptCommit(state, commit, who.state, noRevisions);

/** Owner, writer and reader; head at 3. */
const staffed = [writer, reader].reduce((state, who) => accept(state, member(state, who, who === writer ? 'writer' : 'reader')), founded);
const data = (who: TestAccount, changes: Partial<CommitHeader> = {}, state = staffed): DecodedCommit =>
  nextCommit(state, who.state, who.device, changes);
const codeFor = (commit: DecodedCommit, who: TestAccount = owner, state: LogState | null = staffed): string =>
  codeOf(() => acceptCommit(state, commit, who.state, noRevisions));

function op(node: number, rev = 1): CommitOp {
  return {
    node: testNodeId(node),
    rev,
    digest: parseRecordDigest(toHex(random(32))),
    tag: parseNameTag(toHex(random(32))),
  };
}

/** The owner with a token of one vault, `founded` unless told otherwise. */
function withToken(token: Credential, changes: Partial<TokenScope> = {}): Pick<TestAccount, 'links' | 'state'> {
  const scope = { vaults: [founded.vault], write: true, expiresAt: TEST_TIME + 1_000, ...changes };
  const enrolment = proveEnrolment(token, owner.state.accountId, scope);
  const add = buildAddLink({ head: headOf(owner.state), signer: owner.device, at: TEST_TIME, enrolment, boxHash: null });
  return { links: [...owner.links, add], state: verifyChain([...owner.links, add]) };
}

describe('the genesis', () => {
  it('founds the vault whose id is its hash', () => {
    expect(founded.vault).toBe(genesis.hash);
    expect(founded.head).toEqual({ seq: 1, hash: genesis.hash });
    expect([...founded.members]).toEqual([[owner.state.accountId, 'owner']]);
    expect(founded.epoch).toBe(1);
    expect(founded.keyChecks.size).toBe(1);
  });

  it('has to be the first commit, and the only one', () => {
    expect(codeFor(data(owner), owner, null)).toBe('broken_chain');
    expect(codeFor(genesis)).toBe('broken_chain');
    const { body } = genesis.header;
    const again = nextCommit(staffed, owner.state, owner.device, { type: 'genesis', body } as Partial<CommitHeader>);
    expect(codeFor(again)).toBe('broken_chain');
  });

  it.each<readonly [string, Partial<CommitHeader>]>([
    ['a vault', { vault: parseVaultId('00'.repeat(32)) }],
    ['a predecessor', { prev: someHash(random) }],
    ['a later seq', { seq: 2 }],
    ['another epoch', { epoch: 2 }],
    ['operations', { ops: [op(1)] }],
  ])('does not name %s', (_, changes) => {
    const forged = decodeCommit(signCommit(owner.device, { ...genesis.header, ...changes } as CommitHeader));
    expect(codeFor(forged, owner, null)).toBe('broken_chain');
  });

  it('is by the owner it names, against the chain it names', () => {
    const { header } = genesis;
    if (header.type !== 'genesis') throw new Error('not a genesis');
    const change = (body: Partial<typeof header.body>): DecodedCommit =>
      decodeCommit(signCommit(owner.device, { ...header, body: { ...header.body, ...body } }));
    expect(codeFor(change({ owner: writer.state.accountId }), owner, null)).toBe('broken_chain');
    expect(codeFor(change({ ownerChainHead: '00'.repeat(32) }), owner, null)).toBe('broken_chain');
    expect(codeFor(change({ suite: 2 }), owner, null)).toBe('unsupported_version');
    expect(codeFor(change({ chunker: 2 }), owner, null)).toBe('unsupported_version');
    expect(codeFor(change({ nameRule: 2 }), owner, null)).toBe('unsupported_version');
  });

  it('cannot be signed by a token', () => {
    const token = createCredential('token', random(32));
    const { state } = withToken(token);
    const { signed } = signGenesis({ owner: state, credential: token, vaultKey: random(32), stamp: TEST_TIME });
    expect(codeOf(() => acceptCommit(null, decodeCommit(signed), state, noRevisions))).toBe('forbidden');
  });
});

describe('what a token may commit', () => {
  const token = createCredential('token', random(32));
  const verdict = (scope: Partial<TokenScope>, changes: Partial<CommitHeader> = {}): string => {
    const { state } = withToken(token, scope);
    const commit = nextCommit(staffed, state, token, { counter: TEST_TIME, ops: [op(1)], ...changes });
    return codeOf(() => acceptCommit(staffed, commit, state, noRevisions));
  };

  it('is what its scope lets through', () => {
    expect(verdict({})).toBe('none');
    expect(verdict({ vaults: [parseVaultId('00'.repeat(32)), founded.vault].sort() })).toBe('none');
  });

  it('is nothing with a token that may only read', () => {
    expect(verdict({ write: false })).toBe('forbidden');
    expect(verdict({ write: false }, { ops: [] })).toBe('forbidden');
  });

  it('is nothing in another vault', () => {
    expect(verdict({ vaults: [parseVaultId('00'.repeat(32))] })).toBe('forbidden');
  });

  it('is nothing at or after its end, by the counter that follows the clock', () => {
    expect(verdict({}, { counter: TEST_TIME + 999 })).toBe('none');
    expect(verdict({}, { counter: TEST_TIME + 1_000 })).toBe('forbidden');
    // A stamp follows the file: one that was written long ago is no excuse, one by a fast clock elsewhere no obstacle.
    expect(verdict({}, { counter: TEST_TIME + 1_000, stamp: 1 })).toBe('forbidden');
    expect(verdict({}, { stamp: TEST_TIME + 9_999 })).toBe('none');
  });

  it('is no member commit and no new key', () => {
    const body = { account: stranger.state.accountId, role: 'owner', boxHash: null } as const;
    expect(verdict({}, { type: 'member', body, ops: [] })).toBe('forbidden');
  });

  it('ends with the link that revokes it, once the account has shown that link', () => {
    const { links, state } = withToken(token);
    const first = nextCommit(staffed, state, token, { counter: TEST_TIME, ops: [op(1)] });
    const after = acceptCommit(staffed, first, state, noRevisions);
    const revoke = buildRevokeLink({ head: headOf(state), signer: owner.device, at: TEST_TIME, revoked: token.id });
    const revoked = verifyChain([...links, revoke]);
    const seen = acceptCommit(after, nextCommit(after, revoked, owner.device), revoked, noRevisions);
    const late = nextCommit(seen, state, token, { counter: TEST_TIME + 1, ops: [op(2)] });
    expect(codeOf(() => acceptCommit(seen, late, revoked, noRevisions))).toBe('forbidden');
  });

  it('is no more than its account may do', () => {
    const shared = accept(staffed, member(staffed, writer, 'owner'));
    const demoted = accept(shared, member(shared, owner, 'reader'));
    const { state } = withToken(token);
    const commit = nextCommit(demoted, state, token, { counter: TEST_TIME, ops: [op(1)] });
    expect(codeOf(() => acceptCommit(demoted, commit, state, noRevisions))).toBe('forbidden');
  });
});

describe('the place of a commit', () => {
  it('is right behind the head', () => {
    const after = accept(staffed, data(writer), writer);
    expect(after.head.seq).toBe(4);
    expect(after.members).toEqual(staffed.members);
  });

  it('is noticed when the log goes back', () => {
    const first = data(writer);
    const after = accept(staffed, first, writer);
    expect(codeFor(first, writer, after)).toBe('rollback');
    expect(codeFor(data(owner, {}, founded), owner, after)).toBe('rollback');
  });

  it('is noticed when one is missing', () => {
    expect(codeFor(data(owner, { seq: staffed.head.seq + 2 }))).toBe('broken_chain');
  });

  it('hazard 70: is noticed when the log forks', () => {
    const one = accept(staffed, data(writer), writer);
    const two = accept(staffed, data(owner));
    expect(one.head.seq).toBe(two.head.seq);
    expect(codeFor(data(owner, {}, two), owner, one)).toBe('broken_chain');
    expect(codeFor(data(owner, { prev: someHash(random) }))).toBe('broken_chain');
    expect(codeFor(data(owner, { prev: null }))).toBe('broken_chain');
  });

  it('is in its own vault', () => {
    expect(codeFor(data(owner, { vault: parseVaultId(someHash(random)) }))).toBe('broken_chain');
    expect(codeFor(data(owner, { vault: null }))).toBe('broken_chain');
  });
});

describe('who may make a commit', () => {
  it('a reader may not write', () => {
    expect(codeFor(data(reader, { ops: [op(1)] }), reader)).toBe('forbidden');
    expect(codeFor(data(reader), reader)).toBe('forbidden');
  });

  it('a stranger may not write', () => {
    expect(codeFor(data(stranger, { ops: [op(1)] }), stranger)).toBe('forbidden');
  });

  it('a removed member may not write any more', () => {
    const after = accept(staffed, member(staffed, writer, null));
    expect(codeFor(data(writer, {}, after), writer, after)).toBe('forbidden');
    expect(codeFor(data(writer), writer)).toBe('none');
  });

  it('a writer may not change members, keys or roles', () => {
    const promote = data(writer, { type: 'member', body: { account: writer.state.accountId, role: 'owner', boxHash: null } });
    expect(codeFor(promote, writer)).toBe('forbidden');
    const rotate = data(writer, { type: 'rotate', epoch: 2, body: { keyCheck: '00'.repeat(32), members: [] } });
    expect(codeFor(rotate, writer)).toBe('forbidden');
  });

  it('a signature by someone else is refused, whoever the header names', () => {
    const forger: Credential = { ...writer.device, id: owner.device.id };
    expect(codeFor(nextCommit(staffed, owner.state, forger))).toBe('bad_signature');
    const stolen = nextCommit(staffed, owner.state, writer.device);
    expect(codeFor(stolen)).toBe('forbidden');
  });

  it("another account's chain cannot stand in for the author's", () => {
    expect(codeFor(data(writer), owner)).toBe('key_mismatch');
  });

  it('a commit with any flipped bit is refused', () => {
    const signed = signCommit(writer.device, data(writer, { ops: [op(1), op(2)] }).header);
    for (let bit = 0; bit < signed.length * 8; bit += 1) {
      const code = codeOf(() => acceptCommit(staffed, decodeCommit(flipBit(signed, bit)), writer.state, noRevisions));
      expect(code).not.toBe('none');
      expect(code).not.toContain('not an FsyncError');
    }
  });

  it('a removal makes the key due for rotation, until it is rotated; coming back does not undo it', () => {
    expect(staffed.rotationPending).toBe(false);
    const after = accept(staffed, member(staffed, writer, null));
    expect(after.rotationPending).toBe(true);
    const again = accept(after, member(after, writer, 'reader'));
    expect(decodeLogState(encodeLogState(again))).toEqual({ ...again, rotationPending: true });
    const members = [owner, reader, writer].map(({ state }) => ({ account: state.accountId, generation: 1, boxHash: '00'.repeat(32) }));
    const rotate = data(owner, { type: 'rotate', epoch: 2, body: { keyCheck: '00'.repeat(32), members } }, again);
    expect(accept(again, rotate).rotationPending).toBe(false);
  });

  it('the vault never loses its last owner', () => {
    expect(codeFor(member(staffed, owner, null))).toBe('forbidden');
    expect(codeFor(member(staffed, owner, 'writer'))).toBe('forbidden');
    const shared = accept(staffed, member(staffed, writer, 'owner'));
    expect(codeFor(member(shared, owner, 'writer'), owner, shared)).toBe('none');
  });

  it('someone who is not a member cannot be removed', () => {
    expect(codeFor(member(staffed, stranger, null))).toBe('broken_chain');
  });

  it('membership commits change no nodes', () => {
    const body = { account: stranger.state.accountId, role: 'reader', boxHash: null } as const;
    expect(codeFor(data(owner, { type: 'member', body, ops: [op(1)] }))).toBe('broken_chain');
  });

  it('checkpoints are reserved', () => {
    expect(codeFor(data(owner, { type: 'checkpoint', body: null }))).toBe('unsupported_version');
  });
});

describe('devices that come and go', () => {
  const phone = createCredential('device', random(32));
  const enrolment = proveEnrolment(phone, owner.state.accountId);
  const add = buildAddLink({ head: headOf(owner.state), signer: owner.device, at: TEST_TIME, enrolment, boxHash: null });
  const withPhone = verifyChain([...owner.links, add]);
  const revoke = buildRevokeLink({ head: headAfter(add), signer: owner.device, at: TEST_TIME, revoked: phone.id });
  const withoutPhone = verifyChain([...owner.links, add, revoke]);
  const codeOfPhone = (state: LogState, author: typeof withPhone, chainSeq: number): string =>
    codeOf(() => acceptCommit(state, nextCommit(state, author, phone, { chainSeq }), author, noRevisions));

  it('a device may write from the link on that adds it', () => {
    expect(codeOfPhone(staffed, withPhone, 5)).toBe('none');
    expect(codeOfPhone(staffed, withPhone, 4)).toBe('forbidden');
  });

  it('a commit from before the revocation stays valid', () => {
    expect(codeOfPhone(staffed, withoutPhone, 5)).toBe('none');
  });

  it('a revoked device may not write, whether or not it admits to know', () => {
    expect(codeOfPhone(staffed, withoutPhone, 6)).toBe('forbidden');
    const informed = acceptCommit(staffed, nextCommit(staffed, withoutPhone, owner.device), withoutPhone, noRevisions);
    expect(informed.chainSeqs.get(owner.state.accountId)).toBe(6);
    expect(codeOfPhone(informed, withoutPhone, 5)).toBe('forbidden');
  });

  it('a device that has not heard of the newest link may still write', () => {
    const informed = acceptCommit(staffed, nextCommit(staffed, withPhone, phone), withPhone, noRevisions);
    const late = nextCommit(informed, owner.state, owner.device);
    expect(late.header.chainSeq).toBe(4);
    const after = acceptCommit(informed, late, withPhone, noRevisions);
    expect(after.chainSeqs.get(owner.state.accountId)).toBe(5);
  });

  it('a shorter chain than the log has named is noticed', () => {
    const commit = nextCommit(staffed, withPhone, phone);
    expect(codeOf(() => acceptCommit(staffed, commit, owner.state, noRevisions))).toBe('rollback');
    const informed = acceptCommit(staffed, commit, withPhone, noRevisions);
    expect(codeOf(() => acceptCommit(informed, nextCommit(informed, owner.state, owner.device), owner.state, noRevisions))).toBe(
      'rollback',
    );
  });
});

describe('counters and revisions', () => {
  it('a counter is used once', () => {
    const after = accept(staffed, data(writer, { counter: 5 }), writer);
    expect(codeFor(data(writer, { counter: 5 }, after), writer, after)).toBe('counter_reused');
    expect(codeFor(data(writer, { counter: 4 }, after), writer, after)).toBe('counter_reused');
    expect(codeFor(data(writer, { counter: 9 }, after), writer, after)).toBe('none');
  });

  it('each revision is the next one', () => {
    const digest = parseRecordDigest('00'.repeat(32));
    const codeAt = (rev: number): string =>
      codeOf(() => acceptCommit(staffed, data(owner, { ops: [op(1, rev)] }), owner.state, () => ({ rev: 3, digest })));
    expect([2, 3, 4, 5].map(codeAt)).toEqual(['broken_chain', 'broken_chain', 'none', 'broken_chain']);
    expect(codeFor(data(owner, { ops: [op(1, 2)] }))).toBe('broken_chain');
  });

  it('a node or a name tag occurs once in a commit', () => {
    const first = op(1);
    expect(codeFor(data(owner, { ops: [first, op(2), { ...op(3), node: first.node }] }))).toBe('broken_chain');
    expect(codeFor(data(owner, { ops: [first, { ...op(2), tag: first.tag }] }))).toBe('broken_chain');
    expect(
      codeFor(
        data(owner, {
          ops: [
            { ...op(1), tag: null },
            { ...op(2), tag: null },
          ],
        }),
      ),
    ).toBe('none');
  });
});

describe('epochs', () => {
  const everyone = [owner, writer, reader].map(({ state }) => ({ account: state.accountId, generation: 1, boxHash: '00'.repeat(32) }));
  const rotate = (members: typeof everyone, epoch = 2): DecodedCommit =>
    data(owner, { type: 'rotate', epoch, body: { keyCheck: 'ab'.repeat(32), members } });

  it('hazard 71: begin with a rotate commit, after which the old one is over', () => {
    const after = accept(staffed, rotate(everyone));
    expect(after.epoch).toBe(2);
    expect(after.keyChecks.get(2)).toBe('ab'.repeat(32));
    expect(codeFor(data(writer, { epoch: 1 }, after), writer, after)).toBe('forbidden');
    expect(codeFor(data(writer, {}, after), writer, after)).toBe('none');
  });

  it('do not begin by themselves, skip or repeat', () => {
    expect(codeFor(data(owner, { epoch: 2 }))).toBe('forbidden');
    expect(codeFor(rotate(everyone, 3))).toBe('forbidden');
    expect(codeFor(rotate(everyone, 1))).toBe('forbidden');
  });

  it('give the new key to exactly the members', () => {
    const outsider = { account: stranger.state.accountId, generation: 1, boxHash: '00'.repeat(32) };
    expect(codeFor(rotate(everyone.slice(1)))).toBe('broken_chain');
    expect(codeFor(rotate([...everyone, outsider]))).toBe('broken_chain');
    expect(codeFor(rotate([...everyone.slice(1), outsider]))).toBe('broken_chain');
    expect(codeFor(rotate([...everyone, ...everyone.slice(0, 1)]))).toBe('broken_chain');
  });
});

describe('the stored state', () => {
  it('comes back, and has one encoding', () => {
    const bytes = encodeLogState(staffed);
    expect(decodeLogState(bytes)).toEqual(staffed);
    expect(encodeLogState(decodeLogState(bytes))).toEqual(bytes);
    const shuffled = { ...staffed, members: new Map([...staffed.members].toReversed()) };
    expect(encodeLogState(shuffled)).toEqual(bytes);
  });

  it('is read as it was written before members could be removed', () => {
    const { rotationPending, ...rest } = Object(decodeCbor(encodeLogState(staffed)));
    expect(rotationPending).toBe(false);
    expect(decodeLogState(encodeCbor({ ...rest, version: 1 }))).toEqual(staffed);
    for (const wrong of [
      { ...rest, version: 2 },
      { ...rest, version: 1, rotationPending },
      { ...rest, version: 3, rotationPending },
    ]) {
      expect(codeOf(() => decodeLogState(encodeCbor(wrong)))).toMatch(/^(integrity|unsupported_version)$/);
    }
  });

  it('is refused when it is not one', () => {
    expect(codeOf(() => decodeLogState(new Uint8Array(0)))).toBe('integrity');
    expect(codeOf(() => decodeLogState(encodeLogState(staffed).subarray(1)))).toBe('integrity');
  });
});
