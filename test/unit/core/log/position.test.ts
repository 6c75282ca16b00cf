import { describe, expect, it } from 'vitest';
import { buildAddLink, buildRevokeLink, headAfter, headOf, proveEnrolment, verifyChain } from '../../../../src/core/account/chain.js';
import { createCredential } from '../../../../src/core/account/credential.js';
import { signEnvelope } from '../../../../src/core/account/envelope.js';
import { tokenScope } from '../../../../src/core/account/token-scope.js';
import { encodeCbor } from '../../../../src/core/base/cbor.js';
import {
  decodePosition,
  openPositionName,
  sealPositionName,
  signPosition,
  verifyPosition,
  type Position,
} from '../../../../src/core/log/position.js';
import { createKeyring } from '../../../../src/core/log/vault-keys.js';
import { foundTestAccount, TEST_TIME } from '../account/account-fixture.js';
import { foundTestVault, someHash } from './log-fixture.js';

const { owner, random, keyring, state } = foundTestVault('positions');
const { device } = owner;

function position(change: Partial<Position> = {}): Position {
  return {
    vault: state.vault,
    account: owner.state.accountId,
    device: device.id,
    chainSeq: owner.state.seq,
    seq: 7,
    hash: someHash(random),
    time: TEST_TIME,
    epoch: 1,
    nameSealed: sealPositionName(random, keyring, device.id, 'laptop'),
    ...change,
  };
}

const refused = (change: Partial<Position>, author = owner.state, signer = device): unknown => {
  try {
    verifyPosition(decodePosition(signPosition(signer, position(change))), author);
    return null;
  } catch (error) {
    return Object(error)['code'];
  }
};

describe('a position', () => {
  it('says the same after the way over the wire, and verifies', () => {
    const said = position();
    const decoded = decodePosition(signPosition(device, said));
    expect(decoded.position).toEqual(said);
    expect(() => {
      verifyPosition(decoded, owner.state);
    }).not.toThrow();
  });

  it('is refused when a bit of it is another one', () => {
    const signed = signPosition(device, position());
    let passed = 0;
    for (let at = 0; at < signed.length; at += 1) {
      const changed = Uint8Array.from(signed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      try {
        verifyPosition(decodePosition(changed), owner.state);
        passed += 1;
      } catch {
        continue;
      }
    }
    expect(passed).toBe(0);
  });

  it('is refused from others, under another domain, and from whoever is let in no more', () => {
    const other = foundTestAccount('other');
    expect(refused({}, owner.state, other.device)).toBe('bad_signature');
    expect(refused({}, other.state)).toBe('key_mismatch');
    expect(refused({ device: other.device.id }, owner.state, other.device)).toBe('forbidden');
    expect(refused({ chainSeq: owner.state.seq + 1 })).toBe('rollback');
    expect(refused({ device: owner.password.id }, owner.state, owner.password)).toBe('forbidden');
    const { payload } = decodePosition(signPosition(device, position()));
    const elsewhere = encodeCbor([payload, device.sign('commit', payload)]);
    expect(() => {
      verifyPosition(decodePosition(elsewhere), owner.state);
    }).toThrow('signature');
  });

  it('is refused from a revoked device and from a token, however right the rest', () => {
    const [second, token] = [createCredential('device', random(32)), createCredential('token', random(32))];
    const account = owner.state.accountId;
    const links = [...owner.links];
    const head = () => headAfter(links.at(-1) ?? new Uint8Array());
    const scope = tokenScope([state.vault], { write: true, expiresAt: TEST_TIME + 1_000 });
    links.push(buildAddLink({ head: head(), signer: device, at: TEST_TIME, enrolment: proveEnrolment(second, account), boxHash: null }));
    links.push(
      buildAddLink({ head: head(), signer: device, at: TEST_TIME, enrolment: proveEnrolment(token, account, scope), boxHash: null }),
    );
    const before = verifyChain(links);
    const its = { device: second.id, chainSeq: before.seq };
    expect(refused(its, before, second)).toBe(null);
    expect(refused({ ...its, chainSeq: owner.state.seq }, before, second)).toBe('forbidden');
    expect(refused({ device: token.id, chainSeq: before.seq }, before, token)).toBe('forbidden');
    links.push(buildRevokeLink({ head: headOf(before), signer: device, at: TEST_TIME, revoked: second.id }));
    expect(refused(its, verifyChain(links), second)).toBe('forbidden');
  });

  it('is refused when it has other fields, another version or no end', () => {
    const map = { version: 2 };
    expect(() => decodePosition(signEnvelope(device, 'position', map))).toThrow('shape');
    expect(() => decodePosition(new Uint8Array(1_025))).toThrow('larger');
    expect(() => decodePosition(signPosition(device, position({ time: 8_640_000_000_000_001 })))).toThrow('shape');
  });

  it('tells its name to those who have the key of the vault', () => {
    const named = position({ nameSealed: sealPositionName(random, keyring, device.id, 'Ünïcode 💻') });
    expect(openPositionName(keyring, named)).toBe('Ünïcode 💻');
    const stranger = createKeyring(state.vault, new Map([[1, random(32)]]));
    expect(openPositionName(stranger, named)).toBe(null);
    expect(openPositionName(keyring, { ...named, device: owner.password.id })).toBe(null);
    expect(openPositionName(keyring, { ...named, epoch: 2 })).toBe(null);
    expect(openPositionName(keyring, { ...named, nameSealed: random(20) })).toBe(null);
    const lengths = ['a', 'a'.repeat(63)].map((name) => sealPositionName(random, keyring, device.id, name).length);
    expect(new Set(lengths).size).toBe(1);
  });
});
