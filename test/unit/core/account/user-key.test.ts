import { describe, expect, it } from 'vitest';

import { headOf } from '../../../../src/core/account/chain.js';
import {
  boxUserKey,
  createUserKey,
  openAccountCard,
  openDeviceName,
  openUserBox,
  openUserKeyBox,
  sealAccountCard,
  sealDeviceName,
  userKeyOf,
} from '../../../../src/core/account/user-key.js';
import { utf8 } from '../../../../src/core/base/bytes.js';
import { box } from '../../../../src/core/crypto/box.js';
import { codeOf, flipBit } from '../crypto/seeded-random.js';
import { foundTestAccount } from './account-fixture.js';

const alice = foundTestAccount('alice');
const { random, state, userKey } = alice;
const boxOf = (index: number): Uint8Array => alice.boxes[index]?.box ?? new Uint8Array(0);

describe('the per-user key', () => {
  it('opens for every credential that holds it', () => {
    for (const [index, credential] of [alice.device, alice.password, alice.paper].entries()) {
      expect(openUserKeyBox(credential, state, { generation: 1, box: boxOf(index) })).toEqual(userKey);
    }
  });

  it('is plain data', () => {
    expect(structuredClone(userKey)).toEqual(userKey);
  });

  it('differs by generation even for one secret', () => {
    expect(userKeyOf(2, userKey.secret).boxPublicKey).not.toEqual(userKey.boxPublicKey);
  });

  it('is refused when the server offers one of its own making, however well boxed', () => {
    const planted = boxUserKey(random, createUserKey(random, 1), state.accountId, alice.device);
    expect(codeOf(() => openUserKeyBox(alice.device, state, planted))).toBe('key_mismatch');
    const vouched = { ...state, userKey: { ...state.userKey, boxHashes: new Map([[alice.device.id, planted.hash]]) } };
    expect(codeOf(() => openUserKeyBox(alice.device, vouched, planted))).toBe('key_mismatch');
  });

  it('is refused in the box of another credential or generation', () => {
    expect(codeOf(() => openUserKeyBox(alice.device, state, { generation: 1, box: boxOf(1) }))).toBe('key_mismatch');
    expect(codeOf(() => openUserKeyBox(alice.device, state, { generation: 2, box: boxOf(0) }))).toBe('key_mismatch');
  });

  it('is refused with any bit of its box flipped', () => {
    const boxed = boxOf(0);
    for (let bit = 0; bit < boxed.length * 8; bit += 7) {
      expect(codeOf(() => openUserKeyBox(alice.device, state, { generation: 1, box: flipBit(boxed, bit) }))).toBe('key_mismatch');
    }
  });

  it('refuses empty secrets', () => {
    expect(codeOf(() => userKeyOf(1, new Uint8Array(32)))).toBe('key_mismatch');
    expect(codeOf(() => userKeyOf(1, new Uint8Array(16).fill(1)))).toBe('key_mismatch');
  });

  it('opens what is boxed to the user', () => {
    const boxed = box(random, userKey.boxPublicKey, 'vault-key', [1], utf8('x'));
    expect(openUserBox(userKey, 'vault-key', [1], boxed)).toEqual(utf8('x'));
  });
});

describe('device names', () => {
  it('come back, and all have one length', () => {
    const short = sealDeviceName(random, userKey, alice.device.id, '');
    const long = sealDeviceName(random, userKey, alice.device.id, 'ü'.repeat(31));
    expect(openDeviceName(userKey, alice.device.id, short)).toBe('');
    expect(openDeviceName(userKey, alice.device.id, long)).toBe('ü'.repeat(31));
    expect(long.length).toBe(short.length);
  });

  it('do not move to another device', () => {
    const sealed = sealDeviceName(random, userKey, alice.device.id, 'laptop');
    expect(codeOf(() => openDeviceName(userKey, alice.paper.id, sealed))).toBe('integrity');
    expect(codeOf(() => sealDeviceName(random, userKey, alice.device.id, 'x'.repeat(64)))).toBe('invalid_input');
  });
});

describe('the account card', () => {
  const seed = random(32);
  const card = sealAccountCard(random, seed, headOf(state));

  it('gives the pin back to whoever has the seed', () => {
    expect(openAccountCard(seed, card)).toEqual(headOf(state));
    expect(codeOf(() => openAccountCard(random(32), card))).toBe('integrity');
  });

  it('is refused with any bit flipped', () => {
    for (let bit = 0; bit < card.length * 8; bit += 5) {
      expect(codeOf(() => openAccountCard(seed, flipBit(card, bit)))).toMatch(/^(integrity|unsupported_version)$/);
    }
  });
});
