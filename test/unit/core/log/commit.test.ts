import { describe, expect, it } from 'vitest';

import { encodeCbor, type CborValue } from '../../../../src/core/base/cbor.js';
import { decodeCbor } from '../../../../src/core/base/cbor.js';
import { concatBytes, fromHex, toHex } from '../../../../src/core/base/bytes.js';
import { parseAccountId, parseNameTag, parseRecordDigest } from '../../../../src/core/base/ids.js';
import { decodeEnvelope, signEnvelope } from '../../../../src/core/account/envelope.js';
import {
  commitHash,
  decodeCommit,
  signCommit,
  vaultIdOf,
  verifyCommitSignature,
  type CommitHeader,
  type CommitOp,
} from '../../../../src/core/log/commit.js';
import { codeOf, flipBit } from '../crypto/seeded-random.js';
import { foundTestVault, nextCommit, testNodeId } from './log-fixture.js';

const { random, owner, state } = foundTestVault('commits');
const { device } = owner;

function op(number: number, tag = true): CommitOp {
  return {
    node: testNodeId(number),
    rev: 1,
    digest: parseRecordDigest(toHex(random(32))),
    tag: tag ? parseNameTag(toHex(random(32))) : null,
  };
}

const { header } = nextCommit(state, owner.state, device, { ops: [op(1), op(2, false)] });
const signed = signCommit(device, header);

describe('a commit', () => {
  it.each<readonly [string, Partial<CommitHeader>]>([
    ['data', {}],
    ['member', { type: 'member', body: { account: parseAccountId('aa'.repeat(32)), role: 'reader', boxHash: 'bb'.repeat(32) }, ops: [] }],
    ['the removal of a member', { type: 'member', body: { account: parseAccountId('aa'.repeat(32)), role: null, boxHash: null }, ops: [] }],
    [
      'rotate',
      {
        type: 'rotate',
        body: { keyCheck: 'cc'.repeat(32), members: [{ account: owner.state.accountId, generation: 1, boxHash: 'dd'.repeat(32) }] },
        ops: [],
      },
    ],
    ['checkpoint', { type: 'checkpoint', body: null, ops: [] }],
  ])('comes back as it was signed: %s', (_, changes) => {
    const full = { ...header, ...changes } as CommitHeader;
    expect(decodeCommit(signCommit(device, full)).header).toEqual(full);
  });

  it('has the hash of its bytes, which for a genesis is the vault id', () => {
    expect(decodeCommit(signed).hash).toBe(commitHash(signed));
    expect(vaultIdOf(signed)).toBe(commitHash(signed));
  });

  it('is signed over exactly its payload', () => {
    const decoded = decodeCommit(signed);
    expect(verifyCommitSignature(decoded, device.signPublicKey)).toBe(true);
    expect(verifyCommitSignature(decoded, owner.password.signPublicKey)).toBe(false);
  });

  it('rejects every flipped bit', () => {
    for (let bit = 0; bit < signed.length * 8; bit += 1) {
      const flipped = flipBit(signed, bit);
      const code = codeOf(() => {
        if (!verifyCommitSignature(decodeCommit(flipped), device.signPublicKey))
          throw Object.assign(new Error(), { code: 'bad_signature' });
      });
      expect(code).toMatch(/^(integrity|bad_signature|unsupported_version|limit_exceeded)$/);
    }
  });

  it('rejects reordered operations under the old signature', () => {
    const { payload, signature } = decodeEnvelope(signed, 'test');
    const fields = decodeCbor(payload) as { readonly ops: readonly CborValue[] };
    const swapped = encodeCbor({ ...fields, ops: fields.ops.toReversed() });
    const forged = decodeCommit(encodeCbor([swapped, signature]));
    expect(verifyCommitSignature(forged, device.signPublicKey)).toBe(false);
  });

  it('rejects a signature made for another domain', () => {
    const { payload } = decodeEnvelope(signed, 'test');
    const forged = decodeCommit(encodeCbor([payload, device.sign('link', payload)]));
    expect(verifyCommitSignature(forged, device.signPublicKey)).toBe(false);
  });

  it('holds at most 5,000 operations', () => {
    const ops = Array.from({ length: 5_001 }, (_, index) => op(index + 1));
    const full = decodeCommit(signCommit(device, { ...header, ops: ops.slice(1) }));
    expect(full.header.ops).toEqual(ops.slice(1));
    expect(codeOf(() => signCommit(device, { ...header, ops }))).toBe('limit_exceeded');
  });
});

describe('what decodeCommit refuses', () => {
  const fields = decodeCbor(decodeEnvelope(signed, 'test').payload) as Readonly<Record<string, CborValue>>;
  const codeWith = (changes: Readonly<Record<string, CborValue>>): string =>
    codeOf(() => decodeCommit(signEnvelope(device, 'commit', { ...fields, ...changes })));

  it('is nothing in what it was made from', () => {
    expect(codeWith({})).toBe('none');
  });

  it.each<readonly [string, string, Readonly<Record<string, CborValue>>]>([
    ['another version', 'unsupported_version', { version: 2 }],
    ['an unknown type', 'integrity', { type: 'merge' }],
    ['a body on a data commit', 'integrity', { body: {} }],
    ['no body on a member commit', 'integrity', { type: 'member' }],
    ['an unknown role', 'integrity', { type: 'member', body: { account: new Uint8Array(32), role: 'admin', boxHash: null } }],
    ['an unknown field', 'integrity', { extra: null }],
    ['seq 0', 'integrity', { seq: 0 }],
    ['epoch 0', 'integrity', { epoch: 0 }],
    ['counter 0', 'integrity', { counter: 0 }],
    ['a short vault id', 'integrity', { vault: new Uint8Array(31) }],
    ['a short signer', 'integrity', { device: new Uint8Array(15) }],
    ['an operation of three fields', 'integrity', { ops: [[new Uint8Array(16), 1, new Uint8Array(32)]] }],
    ['revision 0', 'integrity', { ops: [[new Uint8Array(16), 0, new Uint8Array(32), null]] }],
    ['a fraction', 'integrity', { stamp: 1.5 }],
    ['too many operations', 'limit_exceeded', { ops: new Array<CborValue>(5_001).fill(null) }],
  ])('is %s', (_, code, changes) => {
    expect(codeWith(changes)).toBe(code);
  });

  it('is a missing field, a missing signature and bytes behind the end', () => {
    const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'stamp'));
    expect(codeOf(() => decodeCommit(signEnvelope(device, 'commit', rest)))).toBe('integrity');
    expect(codeOf(() => decodeCommit(encodeCbor([decodeEnvelope(signed, 'test').payload])))).toBe('integrity');
    expect(codeOf(() => decodeCommit(encodeCbor([decodeEnvelope(signed, 'test').payload, fromHex('00')])))).toBe('integrity');
    expect(codeOf(() => decodeCommit(concatBytes(signed, Uint8Array.of(0))))).toBe('integrity');
    expect(codeOf(() => decodeCommit(new Uint8Array(4 * 1024 * 1024 + 1)))).toBe('limit_exceeded');
  });
});
