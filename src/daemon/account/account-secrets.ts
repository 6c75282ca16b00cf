/** What the key store holds for the signed-in account, and opening it. Needs no network. */
import { z } from 'zod';
import { verifyChain, type AccountState } from '../../core/account/chain.js';
import { createCredential } from '../../core/account/credential.js';
import { userKeyOf, type UserKey } from '../../core/account/user-key.js';
import { equalBytes, fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';
import type { AccountKeys } from '../engine-deps.js';
import type { AccountRecord } from '../home/home.js';
import type { KeyStore } from '../keys/key-store.js';

const DEVICE_SEED = 'device-seed';
const USER_KEYS = 'user-keys';
const CHAIN_PIN = 'chain-pin';

const storedUserKeys = z.array(z.object({ generation: z.number().int().min(1), secret: z.string() }));
const storedPin = z.object({ seq: z.number().int().min(1), hash: z.string() });

export interface AccountSecrets {
  readonly deviceSeed: Uint8Array;
  readonly userKeys: ReadonlyMap<number, UserKey>;
  readonly chain: AccountState;
}

/** The user keys and the pin of the chain; the device's seed is written once, with `storeDeviceSeed`. */
export async function storeAccountSecrets(keys: KeyStore, secrets: Pick<AccountSecrets, 'userKeys' | 'chain'>): Promise<void> {
  const userKeys = [...secrets.userKeys.values()].map(({ generation, secret }) => ({ generation, secret: toBase64Url(secret) }));
  await keys.set(USER_KEYS, JSON.stringify(userKeys satisfies z.infer<typeof storedUserKeys>));
  await keys.set(CHAIN_PIN, JSON.stringify({ seq: secrets.chain.seq, hash: secrets.chain.headHash } satisfies z.infer<typeof storedPin>));
}

export async function storeDeviceSeed(keys: KeyStore, seed: Uint8Array): Promise<void> {
  await keys.set(DEVICE_SEED, toBase64Url(seed));
}

export async function loadDeviceSeed(keys: KeyStore): Promise<Uint8Array | null> {
  const text = await keys.get(DEVICE_SEED);
  return text === null ? null : fromBase64Url(text);
}

export async function forgetAccountSecrets(keys: KeyStore): Promise<void> {
  for (const name of [DEVICE_SEED, USER_KEYS, CHAIN_PIN]) await keys.delete(name);
}

/**
 * Opens the account: derives the device's keys, verifies the cached chain against the pin.
 * @throws FsyncError key_store_unavailable when something is missing; broken_chain, rollback, key_mismatch when the cache does not fit the keys
 */
export async function openAccountKeys(keys: KeyStore, record: AccountRecord, links: readonly Uint8Array[]): Promise<AccountKeys> {
  const seed = await loadDeviceSeed(keys);
  const pinned = await loadJson(keys, CHAIN_PIN, storedPin);
  const secrets = await loadJson(keys, USER_KEYS, storedUserKeys);
  if (seed === null || pinned === null || secrets === null) throw missing();
  const chain = verifyChain(links, { expectAccount: record.account, pinned });
  const credential = createCredential('device', seed);
  if (credential.id !== record.device.id) throw new FsyncError('key_mismatch', 'the stored device key belongs to another device');
  const userKeys = new Map(secrets.map(({ generation, secret }) => [generation, userKeyOf(generation, fromBase64Url(secret))]));
  checkUserKeys(userKeys, chain);
  return {
    account: record.account,
    user: record.user,
    server: record.server,
    device: record.device,
    credential,
    userKeys,
    chain,
    scope: null,
  };
}

/** Every user key held must be the one that the verified chain names. */
export function checkUserKeys(userKeys: ReadonlyMap<number, UserKey>, chain: AccountState): void {
  for (const [generation, key] of userKeys) {
    const expected = chain.userKeyPublics.get(generation);
    if (expected === undefined || !equalBytes(expected, key.boxPublicKey)) {
      throw new FsyncError('key_mismatch', 'a stored user key is not the one that the account chain names');
    }
  }
}

async function loadJson<Shape extends z.ZodType>(keys: KeyStore, name: string, shape: Shape): Promise<z.infer<Shape> | null> {
  const text = await keys.get(name);
  if (text === null) return null;
  const parsed = shape.safeParse(JSON.parse(text));
  if (!parsed.success) throw missing();
  return parsed.data;
}

function missing(): FsyncError {
  return new FsyncError('key_store_unavailable', 'the keys of this device are missing from the key store', {
    hints: ['Sign in again: fsync logout, then fsync login --server URL'],
  });
}
