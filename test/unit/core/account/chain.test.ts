import { describe, expect, it } from 'vitest';

import {
  buildAddLink,
  buildEldestLink,
  buildRevokeLink,
  buildUserKeyLink,
  headAfter,
  headOf,
  proveEnrolment,
  verifyChain,
  type ChainHead,
} from '../../../../src/core/account/chain.js';
import { createCredential, type Credential } from '../../../../src/core/account/credential.js';
import { decodeEnvelope, signEnvelope } from '../../../../src/core/account/envelope.js';
import { tokenScope } from '../../../../src/core/account/token-scope.js';
import { boxUserKey, createUserKey } from '../../../../src/core/account/user-key.js';
import { decodeCbor, encodeCbor } from '../../../../src/core/base/cbor.js';
import { parseVaultId } from '../../../../src/core/base/ids.js';
import { codeOf, flipBit, seededRandom } from '../crypto/seeded-random.js';
import { foundTestAccount, TEST_TIME } from './account-fixture.js';

const alice = foundTestAccount('alice');
const mallory = foundTestAccount('mallory');
const random = seededRandom('chain');
const at = TEST_TIME + 1;

function addLink(head: ChainHead, signer: Credential, added: Credential, boxHash: string | null = null): Uint8Array {
  return buildAddLink({ head, signer, at, enrolment: proveEnrolment(added, head.account), boxHash });
}

function newUserKeyLink(head: ChainHead, signer: Credential, holders: readonly Credential[], generation: number): Uint8Array {
  const userKey = createUserKey(random, generation);
  const boxHashes = new Map(holders.map((holder) => [holder.id, boxUserKey(random, userKey, head.account, holder).hash]));
  return buildUserKeyLink({ head, signer, at, generation, boxPublicKey: userKey.boxPublicKey, boxHashes });
}

describe('verifyChain', () => {
  it('accepts a founded account', () => {
    const { state } = alice;
    expect(state.accountId).toBe(headAfter(alice.links[0] ?? new Uint8Array(0)).hash);
    expect(state.seq).toBe(4);
    expect([...state.credentials.values()].map(({ kind }) => kind)).toEqual(['device', 'password', 'paper']);
    expect(state.userKey.generation).toBe(1);
    expect(state.userKey.boxPublicKey).toEqual(alice.userKey.boxPublicKey);
    expect(state.userKey.boxHashes.size).toBe(3);
    expect(state.headHash).toBe(state.linkHashes[3]);
  });

  it('takes in a device that the password adds, with the hash of its box', () => {
    const laptop = createCredential('device', random(32));
    const { hash } = boxUserKey(random, alice.userKey, alice.state.accountId, laptop);
    const state = verifyChain([...alice.links, addLink(headOf(alice.state), alice.password, laptop, hash)]);
    expect(state.credentials.get(laptop.id)?.addedAtSeq).toBe(5);
    expect(state.userKey.boxHashes.get(laptop.id)).toBe(hash);
  });

  it('remembers when a credential was revoked', () => {
    const revoke = buildRevokeLink({ head: headOf(alice.state), signer: alice.device, at, revoked: alice.password.id });
    const state = verifyChain([...alice.links, revoke]);
    expect(state.credentials.get(alice.password.id)?.revokedAtSeq).toBe(5);
  });

  it('keeps the public half of every generation of the user key', () => {
    const next = newUserKeyLink(headOf(alice.state), alice.paper, [alice.device, alice.password, alice.paper], 2);
    const state = verifyChain([...alice.links, next]);
    expect(state.userKey.generation).toBe(2);
    expect([...state.userKeyPublics.keys()]).toEqual([1, 2]);
    expect(state.userKeyPublics.get(1)).toEqual(alice.userKey.boxPublicKey);
  });

  it('rejects a flipped bit in every byte of every link', () => {
    const rejections = /^(integrity|bad_signature|broken_chain|key_mismatch|forbidden|unsupported_version|limit_exceeded)$/;
    for (const [index, link] of alice.links.entries()) {
      for (let byte = 0; byte < link.length; byte += 1) {
        const links = alice.links.with(index, flipBit(link, byte * 8 + (byte % 8)));
        expect(codeOf(() => verifyChain(links, { expectAccount: alice.state.accountId }))).toMatch(rejections);
      }
    }
  });

  it('rejects links that are missing, repeated or out of order', () => {
    const [first, second, third, fourth] = alice.links as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    expect(codeOf(() => verifyChain([]))).toBe('broken_chain');
    expect(codeOf(() => verifyChain([first, third, fourth]))).toBe('broken_chain');
    expect(codeOf(() => verifyChain([first, third, second, fourth]))).toBe('broken_chain');
    expect(codeOf(() => verifyChain([first, second, second, third, fourth]))).toBe('broken_chain');
    expect(codeOf(() => verifyChain([second, third, fourth]))).toBe('broken_chain');
    expect(codeOf(() => verifyChain([first, ...alice.links]))).toBe('broken_chain');
  });

  it('rejects a chain that names no user key', () => {
    expect(codeOf(() => verifyChain(alice.links.slice(0, 3)))).toBe('broken_chain');
  });

  it('notices another account under the expected id', () => {
    expect(codeOf(() => verifyChain(mallory.links, { expectAccount: alice.state.accountId }))).toBe('key_mismatch');
  });

  it('notices a chain that went back', () => {
    const pinned = { seq: 5, hash: 'aa'.repeat(32) };
    expect(codeOf(() => verifyChain(alice.links, { pinned }))).toBe('rollback');
  });

  it('notices a fork at the pinned link', () => {
    const [mine, forked] = [createCredential('device', random(32)), createCredential('device', random(32))];
    const seen = verifyChain([...alice.links, addLink(headOf(alice.state), alice.device, mine)]);
    const pinned = headOf(seen);
    const fork = [...alice.links, addLink(headOf(alice.state), alice.device, forked)];
    expect(codeOf(() => verifyChain(fork, { pinned }))).toBe('broken_chain');
    expect(codeOf(() => verifyChain([...alice.links, addLink(headOf(alice.state), alice.device, mine)], { pinned }))).toBe('none');
  });
});

describe('who may sign a link', () => {
  const head = headOf(alice.state);
  const newcomer = createCredential('device', random(32));

  it('is not a stranger, even with a link that is otherwise right', () => {
    expect(codeOf(() => verifyChain([...alice.links, addLink(head, mallory.device, newcomer)]))).toBe('forbidden');
  });

  it('is not a stranger who names an active credential as the signer', () => {
    const forger: Credential = { ...mallory.device, id: alice.device.id };
    expect(codeOf(() => verifyChain([...alice.links, addLink(head, forger, newcomer)]))).toBe('bad_signature');
  });

  it('is not a revoked credential', () => {
    const revoke = buildRevokeLink({ head, signer: alice.device, at, revoked: alice.password.id });
    const links = [...alice.links, revoke, addLink(headAfter(revoke), alice.password, newcomer)];
    expect(codeOf(() => verifyChain(links))).toBe('forbidden');
  });

  it('is not a token', () => {
    const token = createCredential('token', random(32));
    const scope = tokenScope([parseVaultId('00'.repeat(32))], { write: true, expiresAt: at + 1 });
    const enrolment = proveEnrolment(token, head.account, scope);
    const withToken = buildAddLink({ head, signer: alice.device, at, enrolment, boxHash: null });
    expect(codeOf(() => verifyChain([...alice.links, withToken]))).toBe('none');
    expect(codeOf(() => verifyChain([...alice.links, withToken, addLink(headAfter(withToken), token, newcomer)]))).toBe('forbidden');
    expect(codeOf(() => verifyChain([buildEldestLink(token, at)]))).toBe('forbidden');
  });

  it('is not a link of one domain in the place of another', () => {
    const [eldest] = alice.links as [Uint8Array];
    const { payload } = decodeEnvelope(eldest, 'test');
    const resigned = encodeCbor([payload, alice.device.sign('commit', payload)]);
    expect(codeOf(() => verifyChain([resigned, ...alice.links.slice(1)]))).toBe('bad_signature');
  });
});

describe('what a link may say', () => {
  const head = headOf(alice.state);

  it("does not add a key whose owner did not ask for it, or asked for another account's chain", () => {
    const victim = createCredential('device', random(32));
    const other = proveEnrolment(victim, mallory.state.accountId);
    const link = buildAddLink({ head, signer: alice.device, at, enrolment: other, boxHash: null });
    expect(codeOf(() => verifyChain([...alice.links, link]))).toBe('bad_signature');
  });

  it('does not add a credential twice, not even a revoked one', () => {
    expect(codeOf(() => verifyChain([...alice.links, addLink(head, alice.device, alice.password)]))).toBe('broken_chain');
    const revoke = buildRevokeLink({ head, signer: alice.device, at, revoked: alice.password.id });
    const again = addLink(headAfter(revoke), alice.device, alice.password);
    expect(codeOf(() => verifyChain([...alice.links, revoke, again]))).toBe('broken_chain');
  });

  it('does not add weak keys', () => {
    const zero = { ...createCredential('device', random(32)), boxPublicKey: new Uint8Array(32) };
    expect(codeOf(() => verifyChain([...alice.links, addLink(head, alice.device, zero)]))).toBe('key_mismatch');
    const identity = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 1 : 0));
    const small = { ...createCredential('device', random(32)), signPublicKey: identity };
    expect(codeOf(() => verifyChain([...alice.links, addLink(head, alice.device, small)]))).toBe('key_mismatch');
  });

  it('does not revoke what is not active, nor the last holder', () => {
    const stranger = buildRevokeLink({ head, signer: alice.device, at, revoked: mallory.device.id });
    expect(codeOf(() => verifyChain([...alice.links, stranger]))).toBe('broken_chain');
    const links = [...alice.links];
    for (const revoked of [alice.password.id, alice.paper.id, alice.device.id]) {
      links.push(buildRevokeLink({ head: headAfter(links.at(-1) ?? new Uint8Array(0)), signer: alice.device, at, revoked }));
    }
    expect(codeOf(() => verifyChain(links.slice(0, -1)))).toBe('none');
    expect(codeOf(() => verifyChain(links))).toBe('broken_chain');
  });

  it('boxes a user key to exactly the active holders, one generation after the other', () => {
    const { device, password, paper } = alice;
    const codeWith = (holders: readonly Credential[], generation: number): string =>
      codeOf(() => verifyChain([...alice.links, newUserKeyLink(head, device, holders, generation)]));
    expect(codeWith([device, password, paper], 2)).toBe('none');
    expect(codeWith([device, password], 2)).toBe('broken_chain');
    expect(codeWith([device, password, paper, mallory.device], 2)).toBe('broken_chain');
    expect(codeWith([device, password, mallory.device], 2)).toBe('broken_chain');
    expect(codeWith([device, password, paper], 1)).toBe('broken_chain');
    expect(codeWith([device, password, paper], 3)).toBe('broken_chain');
  });

  it('refuses unknown versions, unknown types and unknown fields', () => {
    const [eldest] = alice.links as [Uint8Array];
    const fields = decodeCbor(decodeEnvelope(eldest, 'test').payload) as Readonly<Record<string, never>>;
    const resign = (changes: Readonly<Record<string, string | number>>): string =>
      codeOf(() => verifyChain([signEnvelope(alice.device, 'link', { ...fields, ...changes })]));
    expect(resign({ version: 2 })).toBe('unsupported_version');
    expect(resign({ type: 'rename' })).toBe('integrity');
    expect(resign({ extra: 1 })).toBe('integrity');
    expect(resign({ seq: 0 })).toBe('integrity');
    expect(resign({ seq: 2 })).toBe('broken_chain');
  });
});
