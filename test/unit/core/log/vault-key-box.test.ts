import { describe, expect, it } from 'vitest';

import { boxVaultKey, openVaultKeyBox, openVaultName, sealVaultName } from '../../../../src/core/log/vault-key-box.js';
import { createKeyring, vaultKeyCheck } from '../../../../src/core/log/vault-keys.js';
import { foundTestAccount } from '../account/account-fixture.js';
import { codeOf, flipBit } from '../crypto/seeded-random.js';
import { foundTestVault } from './log-fixture.js';

const { random, owner, vaultKey, state, keyring } = foundTestVault('boxes');
const member = foundTestAccount('member');
const context = { vault: state.vault, epoch: 1, account: member.state.accountId, generation: 1 };
const boxed = boxVaultKey(random, member.userKey.boxPublicKey, context, vaultKey);
const check = state.keyChecks.get(1) ?? '';

describe('the box of a vault key', () => {
  it('gives the member the key that the log names', () => {
    expect(openVaultKeyBox(member.userKey, context, boxed, check)).toEqual(vaultKey);
    expect(check).toBe(vaultKeyCheck(vaultKey, 1));
  });

  it('is refused when the server boxes a key of its own', () => {
    const planted = boxVaultKey(random, member.userKey.boxPublicKey, context, random(32));
    expect(codeOf(() => openVaultKeyBox(member.userKey, context, planted, check))).toBe('key_mismatch');
    const zero = boxVaultKey(random, member.userKey.boxPublicKey, context, new Uint8Array(32));
    expect(codeOf(() => openVaultKeyBox(member.userKey, context, zero, check))).toBe('key_mismatch');
  });

  it('is bound to vault, epoch, member and generation, and to the user key', () => {
    expect(codeOf(() => openVaultKeyBox(member.userKey, { ...context, epoch: 2 }, boxed, check))).toBe('integrity');
    expect(codeOf(() => openVaultKeyBox(member.userKey, { ...context, generation: 2 }, boxed, check))).toBe('integrity');
    expect(codeOf(() => openVaultKeyBox(member.userKey, { ...context, account: owner.state.accountId }, boxed, check))).toBe('integrity');
    expect(codeOf(() => openVaultKeyBox(owner.userKey, context, boxed, check))).toBe('integrity');
  });
});

describe('the name of a vault', () => {
  it('comes back, also under an older epoch', () => {
    const sealed = sealVaultName(random, keyring.current, 'Fotos 📷');
    expect(openVaultName(keyring, sealed)).toBe('Fotos 📷');
    const rotated = createKeyring(
      state.vault,
      new Map([
        [1, vaultKey],
        [2, random(32)],
      ]),
    );
    expect(openVaultName(rotated, sealed)).toBe('Fotos 📷');
  });

  it('hides its length in steps of 64 bytes', () => {
    const lengths = ['a', 'a'.repeat(64), 'a'.repeat(65)].map((name) => sealVaultName(random, keyring.current, name).length);
    expect(lengths[1]).toBe(lengths[0]);
    expect(lengths[2]).toBe((lengths[0] ?? 0) + 64);
    expect(openVaultName(keyring, sealVaultName(random, keyring.current, 'a'.repeat(64)))).toBe('a'.repeat(64));
  });

  it('is refused when damaged, cut or empty', () => {
    const sealed = sealVaultName(random, keyring.current, 'x');
    for (let bit = 0; bit < sealed.length * 8; bit += 3) {
      expect(codeOf(() => openVaultName(keyring, flipBit(sealed, bit)))).toMatch(/^(integrity|key_mismatch|unsupported_version)$/);
    }
    expect(codeOf(() => openVaultName(keyring, sealed.subarray(0, 3)))).toBe('integrity');
    expect(codeOf(() => sealVaultName(random, keyring.current, ''))).toBe('invalid_input');
  });
});
