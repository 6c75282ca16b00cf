/**
 * Everything that one vault key of one epoch is used for, each purpose with its own derived key.
 * The result is plain data, so that it crosses into worker threads by structured clone.
 */
import { concatBytes, fromHex, toHex, uint32Bytes } from '../base/bytes.js';
import { FsyncError } from '../base/errors.js';
import type { VaultId } from '../base/ids.js';
import { deriveKey } from '../crypto/derive.js';
import { checkSecretKey } from '../crypto/secret-key.js';

export interface VaultKeys {
  readonly vault: VaultId;
  readonly epoch: number;
  readonly chunkSeal: Uint8Array;
  readonly chunkId: Uint8Array;
  /** Seed of the secret polynomial that fingerprints windows of a file. */
  readonly cutPolynomialSeed: Uint8Array;
  /** AES-128 key, 16 bytes, that turns fingerprints into cut decisions. */
  readonly cutKey: Uint8Array;
  readonly record: Uint8Array;
  readonly nameTag: Uint8Array;
  /** Sealed notes in commits (reserved). */
  readonly note: Uint8Array;
  /** Seals the names of the vault and of the devices that have it. */
  readonly name: Uint8Array;
}

export interface VaultKeyring {
  /** Keys of the newest epoch: the only ones anything new is sealed with. */
  readonly current: VaultKeys;
  readonly byEpoch: ReadonlyMap<number, VaultKeys>;
}

/** `epoch` starts at 1. Throws key_mismatch for a vault key that is not 32 bytes or all zero. */
export function deriveVaultKeys(vault: VaultId, epoch: number, vaultKey: Uint8Array): VaultKeys {
  checkSecretKey(vaultKey);
  const salt = concatBytes(fromHex(vault), uint32Bytes(epoch));
  return {
    vault,
    epoch,
    chunkSeal: deriveKey(vaultKey, 'vault-chunk-seal', salt),
    chunkId: deriveKey(vaultKey, 'vault-chunk-id', salt),
    cutPolynomialSeed: deriveKey(vaultKey, 'vault-cut-polynomial', salt),
    cutKey: deriveKey(vaultKey, 'vault-cut-key', salt),
    record: deriveKey(vaultKey, 'vault-record', salt),
    nameTag: deriveKey(vaultKey, 'vault-name-tag', salt),
    note: deriveKey(vaultKey, 'vault-note', salt),
    name: deriveKey(vaultKey, 'vault-name', salt),
  };
}

/** Throws invalid_input without any key. */
export function createKeyring(vault: VaultId, vaultKeys: ReadonlyMap<number, Uint8Array>): VaultKeyring {
  const byEpoch = new Map([...vaultKeys].map(([epoch, key]) => [epoch, deriveVaultKeys(vault, epoch, key)]));
  const current = byEpoch.get(Math.max(...byEpoch.keys()));
  if (current === undefined) throw new FsyncError('invalid_input', 'a vault without keys cannot be opened');
  return { current, byEpoch };
}

/** Throws key_mismatch when the keyring has no keys of that epoch. */
export function keysOfEpoch(keyring: VaultKeyring, epoch: number): VaultKeys {
  const keys = keyring.byEpoch.get(epoch);
  if (keys === undefined) throw new FsyncError('key_mismatch', `the keys of epoch ${String(epoch)} of this vault are missing`);
  return keys;
}

/**
 * The commitment to a vault key that genesis and rotate commits carry, hex: a key that a server
 * offers counts only when it matches.
 */
export function vaultKeyCheck(vaultKey: Uint8Array, epoch: number): string {
  checkSecretKey(vaultKey);
  return toHex(deriveKey(vaultKey, 'vault-key-check', uint32Bytes(epoch)));
}
