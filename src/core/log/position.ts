/**
 * A position: a device says, signed, up to which commit its folder holds the vault. The server keeps
 * the newest one of each device, so that others see who has what; it can hold one back or show an
 * older one, and so make a device look behind, but not ahead.
 */
import type { AccountState } from '../account/chain.js';
import { verifySignature, type Credential } from '../account/credential.js';
import { decodeEnvelope, signEnvelope } from '../account/envelope.js';
import { fromHex, fromUtf8, toHex, utf8 } from '../base/bytes.js';
import { bytesOf, integerOf, mapOf } from '../base/cbor-fields.js';
import { decodeCbor } from '../base/cbor.js';
import type { RandomBytes } from '../base/effects.js';
import { FsyncError, isFsyncError } from '../base/errors.js';
import {
  parseAccountId,
  parseCommitHash,
  parseCredentialId,
  parseVaultId,
  type AccountId,
  type CommitHash,
  type CredentialId,
  type VaultId,
} from '../base/ids.js';
import { open, seal } from '../crypto/seal.js';
import type { VaultKeyring } from './vault-keys.js';

export interface Position {
  readonly vault: VaultId;
  readonly account: AccountId;
  /** Credential that signs. */
  readonly device: CredentialId;
  /** Length of the account's chain as the device saw it. */
  readonly chainSeq: number;
  /** The folder holds all commits up to this one. */
  readonly seq: number;
  /** Of that commit. */
  readonly hash: CommitHash;
  /** When the device found that, by its clock, epoch ms. */
  readonly time: number;
  /** Of the vault key that the name is sealed with. */
  readonly epoch: number;
  /** What the device is called, for the members of the vault. */
  readonly nameSealed: Uint8Array;
}

export interface DecodedPosition {
  readonly position: Position;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

export const POSITION_BYTES_LIMIT = 1024;
/** The last moment that a Date can hold. */
const LATEST_MS = 8_640_000_000_000_000;
const NAME_BYTES = 64;
const WHAT = 'a position';
const FIELDS = ['version', 'vault', 'account', 'device', 'chainSeq', 'seq', 'hash', 'time', 'epoch', 'name'] as const;

export function signPosition(credential: Credential, position: Position): Uint8Array {
  return signEnvelope(credential, 'position', {
    version: 1,
    vault: fromHex(position.vault),
    account: fromHex(position.account),
    device: fromHex(position.device),
    chainSeq: position.chainSeq,
    seq: position.seq,
    hash: fromHex(position.hash),
    time: position.time,
    epoch: position.epoch,
    name: position.nameSealed,
  });
}

/** Shape only; see verifyPosition. Throws integrity, limit_exceeded or unsupported_version. */
export function decodePosition(signed: Uint8Array): DecodedPosition {
  if (signed.length > POSITION_BYTES_LIMIT) throw new FsyncError('limit_exceeded', 'a position is larger than any valid one');
  const { payload, signature } = decodeEnvelope(signed, WHAT);
  const map = mapOf(decodeCbor(payload), FIELDS, WHAT);
  if (map.version !== 1) throw new FsyncError('unsupported_version', 'a position is of a version this client does not know');
  const position: Position = {
    vault: parseVaultId(toHex(bytesOf(map.vault, 32, WHAT))),
    account: parseAccountId(toHex(bytesOf(map.account, 32, WHAT))),
    device: parseCredentialId(toHex(bytesOf(map.device, 16, WHAT))),
    chainSeq: integerOf(map.chainSeq, WHAT, 1),
    seq: integerOf(map.seq, WHAT, 1),
    hash: parseCommitHash(toHex(bytesOf(map.hash, 32, WHAT))),
    time: integerOf(map.time, WHAT, 0, LATEST_MS),
    epoch: integerOf(map.epoch, WHAT, 1, 0xffffffff),
    nameSealed: bytesOf(map.name, null, WHAT),
  };
  return { position, payload, signature };
}

/**
 * Checks that a device of the account signed it that is let in as of `author`, the verified chain. A
 * token is no device: a job that came once would be waited for without end.
 *
 * Throws key_mismatch for the chain of another account, rollback for one that is too short,
 * forbidden for a credential that is unknown, revoked or no device, bad_signature.
 */
export function verifyPosition({ position, payload, signature }: DecodedPosition, author: AccountState): void {
  if (position.account !== author.accountId)
    throw new FsyncError('key_mismatch', 'the chain offered for a position belongs to another account');
  if (position.chainSeq > author.seq) throw new FsyncError('rollback', 'an account chain is shorter than a position says');
  const credential = author.credentials.get(position.device);
  if (credential === undefined || credential.addedAtSeq > position.chainSeq) throw forbidden('an unknown device');
  if (credential.revokedAtSeq !== null) throw forbidden('a revoked device');
  if (credential.kind !== 'device') throw forbidden('a credential that is no device');
  if (!verifySignature(credential.signPublicKey, 'position', payload, signature))
    throw new FsyncError('bad_signature', 'the signature of a position is wrong');
}

function forbidden(whom: string): FsyncError {
  return new FsyncError('forbidden', `a position is signed by ${whom}`);
}

// ---------------------------------------------------------------- name

type Named = Pick<Position, 'device' | 'epoch' | 'nameSealed'>;

/** Padded to 64 bytes and sealed with a key of the vault: its members learn the name, the server does not. */
export function sealPositionName(random: RandomBytes, { current }: VaultKeyring, device: CredentialId, name: string): Uint8Array {
  const bytes = utf8(name);
  if (bytes.length >= NAME_BYTES) throw new FsyncError('invalid_input', 'a device name has at most 63 bytes');
  const padded = new Uint8Array(NAME_BYTES);
  padded[0] = bytes.length;
  padded.set(bytes, 1);
  return seal(random, current.name, 'position-name', [fromHex(current.vault), current.epoch, fromHex(device)], padded);
}

/** Null for a name that no key of the vault opens: it is only there for people. */
export function openPositionName({ byEpoch }: VaultKeyring, { device, epoch, nameSealed }: Named): string | null {
  const keys = byEpoch.get(epoch);
  if (keys === undefined) return null;
  try {
    const padded = open(keys.name, 'position-name', [fromHex(keys.vault), epoch, fromHex(device)], nameSealed);
    const name = fromUtf8(padded.subarray(1, 1 + (padded[0] ?? 0)));
    return name === '' ? null : name;
  } catch (error) {
    if (!isFsyncError(error)) throw error;
    return null;
  }
}
