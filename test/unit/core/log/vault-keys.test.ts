import { describe, expect, it } from 'vitest';

import { parseVaultId } from '../../../../src/core/base/ids.js';
import { toHex } from '../../../../src/core/base/bytes.js';
import { createKeyring, deriveVaultKeys, keysOfEpoch, vaultKeyCheck } from '../../../../src/core/log/vault-keys.js';
import { codeOf, seededRandom } from '../crypto/seeded-random.js';

const random = seededRandom('vault-keys');
const vault = parseVaultId('a1'.repeat(32));
const vaultKey = random(32);

describe('deriveVaultKeys', () => {
  it('gives every purpose its own key', () => {
    const keys = deriveVaultKeys(vault, 1, vaultKey);
    const raw = Object.values(keys).filter((value) => value instanceof Uint8Array);
    expect(raw).toHaveLength(8);
    expect(new Set(raw.map((key) => toHex(key.subarray(0, 16)))).size).toBe(8);
    expect(keys.cutKey).toHaveLength(16);
  });

  it('is plain data that survives structured clone', () => {
    const keyring = createKeyring(vault, new Map([[1, vaultKey]]));
    expect(structuredClone(keyring)).toEqual(keyring);
  });

  it('depends on vault, epoch and key', () => {
    const base = toHex(deriveVaultKeys(vault, 1, vaultKey).record);
    expect(toHex(deriveVaultKeys(vault, 2, vaultKey).record)).not.toBe(base);
    expect(toHex(deriveVaultKeys(parseVaultId('a2'.repeat(32)), 1, vaultKey).record)).not.toBe(base);
    expect(toHex(deriveVaultKeys(vault, 1, random(32)).record)).not.toBe(base);
  });

  it('refuses empty keys', () => {
    for (const bad of [new Uint8Array(32), new Uint8Array(0), random(31)]) {
      expect(codeOf(() => deriveVaultKeys(vault, 1, bad))).toBe('key_mismatch');
      expect(codeOf(() => vaultKeyCheck(bad, 1))).toBe('key_mismatch');
    }
  });
});

describe('createKeyring', () => {
  it('seals with the newest epoch and opens with all', () => {
    const keyring = createKeyring(
      vault,
      new Map([
        [10, random(32)],
        [9, vaultKey],
      ]),
    );
    expect(keyring.current.epoch).toBe(10);
    expect(keysOfEpoch(keyring, 9)).toEqual(deriveVaultKeys(vault, 9, vaultKey));
    expect(codeOf(() => keysOfEpoch(keyring, 11))).toBe('key_mismatch');
    expect(codeOf(() => createKeyring(vault, new Map()))).toBe('invalid_input');
  });
});
