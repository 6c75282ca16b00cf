/** How a vault key reaches a member: boxed to the member's per-user key, and checked against the log when opened. */
import { concatBytes, fromHex, fromUtf8, readUint32, uint32Bytes, utf8 } from '../base/bytes.js';
import type { CborValue } from '../base/cbor.js';
import type { RandomBytes } from '../base/effects.js';
import { FsyncError } from '../base/errors.js';
import type { AccountId, CredentialId, VaultId } from '../base/ids.js';
import type { Credential } from '../account/credential.js';
import { box } from '../crypto/box.js';
import { open, seal } from '../crypto/seal.js';
import { openUserBox, type UserKey } from '../account/user-key.js';
import { keysOfEpoch, vaultKeyCheck, type VaultKeyring, type VaultKeys } from './vault-keys.js';

export interface VaultKeyBoxContext {
  readonly vault: VaultId;
  readonly epoch: number;
  readonly account: AccountId;
  /** Generation of the member's per-user key. */
  readonly generation: number;
}

export function boxVaultKey(
  random: RandomBytes,
  memberPublicKey: Uint8Array,
  context: VaultKeyBoxContext,
  vaultKey: Uint8Array,
): Uint8Array {
  return box(random, memberPublicKey, 'vault-key', boxContext(context), vaultKey);
}

/**
 * `keyCheck` (hex) comes from the verified log: LogState.keyChecks. Throws key_mismatch when the
 * key inside is another one, integrity when the box does not open.
 */
export function openVaultKeyBox(userKey: UserKey, context: VaultKeyBoxContext, bytes: Uint8Array, keyCheck: string): Uint8Array {
  return checkedKey(openUserBox(userKey, 'vault-key', boxContext(context), bytes), context.epoch, keyCheck);
}

/** A token is no member and holds no user key: the vault keys of its vaults are boxed to its own key. */
export interface TokenKeyBoxContext {
  readonly vault: VaultId;
  readonly epoch: number;
  readonly account: AccountId;
}

export function boxTokenVaultKey(
  random: RandomBytes,
  token: Pick<Credential, 'id' | 'boxPublicKey'>,
  context: TokenKeyBoxContext,
  vaultKey: Uint8Array,
): Uint8Array {
  return box(random, token.boxPublicKey, 'token-vault-key', tokenBoxContext(token.id, context), vaultKey);
}

/** As openVaultKeyBox, with the credential of the token. */
export function openTokenVaultKeyBox(token: Credential, context: TokenKeyBoxContext, bytes: Uint8Array, keyCheck: string): Uint8Array {
  return checkedKey(token.openBox('token-vault-key', tokenBoxContext(token.id, context), bytes), context.epoch, keyCheck);
}

function tokenBoxContext(token: CredentialId, { vault, epoch, account }: TokenKeyBoxContext): CborValue[] {
  return [fromHex(vault), epoch, fromHex(account), fromHex(token)];
}

function checkedKey(vaultKey: Uint8Array, epoch: number, keyCheck: string): Uint8Array {
  if (vaultKeyCheck(vaultKey, epoch) !== keyCheck) {
    throw new FsyncError('key_mismatch', "the server offered a vault key that the vault's log does not name");
  }
  return vaultKey;
}

function boxContext(context: VaultKeyBoxContext): CborValue[] {
  return [fromHex(context.vault), context.epoch, fromHex(context.account), context.generation];
}

// ---------------------------------------------------------------- vault name

const NAME_STEP = 64;

/** u32 epoch ‖ seal(name key of that epoch, "name", [vault, epoch], UTF-8 padded with zeros to steps of 64 bytes). */
export function sealVaultName(random: RandomBytes, keys: VaultKeys, name: string): Uint8Array {
  const bytes = utf8(name);
  if (bytes.length === 0 || bytes.includes(0)) throw new FsyncError('invalid_input', 'a vault name is neither empty nor holds a NUL');
  const padded = new Uint8Array(Math.ceil(bytes.length / NAME_STEP) * NAME_STEP);
  padded.set(bytes);
  return concatBytes(uint32Bytes(keys.epoch), seal(random, keys.name, 'name', [fromHex(keys.vault), keys.epoch], padded));
}

/** Throws key_mismatch when the keys of its epoch are missing, integrity when it does not open. */
export function openVaultName(keyring: VaultKeyring, sealed: Uint8Array): string {
  if (sealed.length < 4) throw new FsyncError('integrity', 'a sealed vault name is cut short');
  const keys = keysOfEpoch(keyring, readUint32(sealed, 0));
  const padded = open(keys.name, 'name', [fromHex(keys.vault), keys.epoch], sealed.subarray(4));
  const end = padded.indexOf(0);
  return fromUtf8(end === -1 ? padded : padded.subarray(0, end));
}
