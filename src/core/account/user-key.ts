/**
 * The per-user key: 32 random bytes, one generation after the other, boxed to every credential of
 * an account that is not a token. From it come the key pair to which vault keys are boxed, and the
 * self key that seals what is for the user's own devices only (device names).
 */
import { equalBytes, fromHex, fromUtf8, toHex, utf8 } from '../base/bytes.js';
import { bytesOf, integerOf, mapOf } from '../base/cbor-fields.js';
import { decodeCbor, encodeCbor, type CborValue } from '../base/cbor.js';
import type { RandomBytes } from '../base/effects.js';
import { FsyncError } from '../base/errors.js';
import { parseAccountId, type AccountId, type CredentialId } from '../base/ids.js';
import { box, openBox } from '../crypto/box.js';
import { deriveKey, type SealLabel } from '../crypto/derive.js';
import { sha256 } from '../crypto/hash.js';
import { boxKeyPair } from '../crypto/public-key.js';
import { open, seal } from '../crypto/seal.js';
import { checkSecretKey, KEY_BYTES } from '../crypto/secret-key.js';
import type { AccountState, ChainHead } from './chain.js';
import type { Credential } from './credential.js';

/** Plain data: survives structured clone. */
export interface UserKey {
  readonly generation: number;
  readonly secret: Uint8Array;
  /** X25519: vault keys are boxed to it. */
  readonly boxPublicKey: Uint8Array;
  readonly boxSecretKey: Uint8Array;
  readonly selfKey: Uint8Array;
}

export interface UserKeyBox {
  readonly credential: CredentialId;
  readonly generation: number;
  readonly box: Uint8Array;
}

/** Throws key_mismatch for a secret that is not 32 bytes or all zero. */
export function userKeyOf(generation: number, secret: Uint8Array): UserKey {
  checkSecretKey(secret);
  const salt = encodeCbor(generation);
  const boxSecretKey = deriveKey(secret, 'user-box', salt);
  const { publicKey } = boxKeyPair(boxSecretKey);
  return { generation, secret, boxPublicKey: publicKey, boxSecretKey, selfKey: deriveKey(secret, 'user-self', salt) };
}

export function createUserKey(random: RandomBytes, generation: number): UserKey {
  return userKeyOf(generation, random(KEY_BYTES));
}

/** Boxes a user key to a credential. `hash` (hex) goes into the signed link. */
export function boxUserKey(
  random: RandomBytes,
  userKey: UserKey,
  account: AccountId,
  recipient: Pick<Credential, 'id' | 'boxPublicKey'>,
): UserKeyBox & { readonly hash: string } {
  const context = userKeyContext(account, userKey.generation, recipient.id);
  const bytes = box(random, recipient.boxPublicKey, 'user-key', context, userKey.secret);
  return { credential: recipient.id, generation: userKey.generation, box: bytes, hash: boxHash(bytes) };
}

/**
 * Opens the box of one generation for a credential. Throws key_mismatch when the key inside is not
 * the one the verified chain names, integrity when the box does not open.
 */
export function openUserKeyBox(
  credential: Credential,
  account: AccountState,
  { generation, box: bytes }: Omit<UserKeyBox, 'credential'>,
): UserKey {
  const expected = account.userKeyPublics.get(generation);
  if (expected === undefined) throw swapped();
  if (generation === account.userKey.generation && account.userKey.boxHashes.get(credential.id) !== boxHash(bytes)) throw swapped();
  const secret = credential.openBox('user-key', userKeyContext(account.accountId, generation, credential.id), bytes);
  const userKey = userKeyOf(generation, secret);
  if (!equalBytes(userKey.boxPublicKey, expected)) throw swapped();
  return userKey;
}

/** SHA-256, hex: how signed links and commits name a box. */
export function boxHash(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}

/** Opens something that was boxed to the user's public key. */
export function openUserBox(userKey: UserKey, label: SealLabel, context: readonly CborValue[], bytes: Uint8Array): Uint8Array {
  return openBox(userKey.boxSecretKey, label, context, bytes);
}

function userKeyContext(account: AccountId, generation: number, recipient: CredentialId): CborValue[] {
  return [fromHex(account), generation, fromHex(recipient)];
}

function swapped(): FsyncError {
  return new FsyncError('key_mismatch', 'the server offered a user key that the account chain does not name');
}

// ---------------------------------------------------------------- device names

const DEVICE_NAME_BYTES = 64;

/** Padded to 64 bytes, sealed for the user's own devices. Throws invalid_input for a name of over 63 bytes. */
export function sealDeviceName(random: RandomBytes, userKey: UserKey, device: CredentialId, name: string): Uint8Array {
  const bytes = utf8(name);
  if (bytes.length >= DEVICE_NAME_BYTES) throw new FsyncError('invalid_input', 'a device name has at most 63 bytes');
  const padded = new Uint8Array(DEVICE_NAME_BYTES);
  padded[0] = bytes.length;
  padded.set(bytes, 1);
  return seal(random, userKey.selfKey, 'device-name', [fromHex(device)], padded);
}

export function openDeviceName(userKey: UserKey, device: CredentialId, sealed: Uint8Array): string {
  const padded = open(userKey.selfKey, 'device-name', [fromHex(device)], sealed);
  return fromUtf8(padded.subarray(1, 1 + (padded[0] ?? 0)));
}

// ---------------------------------------------------------------- account card

/**
 * The account card tells a device that has nothing but the password or the paper which account it
 * is: without it a server could answer with an account of its own making. `seed` is the
 * credential's seed.
 */
export function sealAccountCard(random: RandomBytes, seed: Uint8Array, head: ChainHead): Uint8Array {
  const plaintext = encodeCbor({ account: fromHex(head.account), seq: head.seq, hash: fromHex(head.hash) });
  return seal(random, cardKey(seed), 'account-card', [], plaintext);
}

/** The head is a pin for verifyChain. Throws integrity when the card was not made with this seed. */
export function openAccountCard(seed: Uint8Array, sealed: Uint8Array): ChainHead {
  const what = 'an account card';
  const map = mapOf(decodeCbor(open(cardKey(seed), 'account-card', [], sealed)), ['account', 'seq', 'hash'], what);
  return {
    account: parseAccountId(toHex(bytesOf(map.account, 32, what))),
    seq: integerOf(map.seq, what, 1),
    hash: toHex(bytesOf(map.hash, 32, what)),
  };
}

function cardKey(seed: Uint8Array): Uint8Array {
  checkSecretKey(seed);
  return deriveKey(seed, 'account-card-key', new Uint8Array(0));
}
