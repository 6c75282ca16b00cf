/** One account with a device credential for each simulated device, and its vault: made once, the same in every world. */
import { createHash } from 'node:crypto';
import {
  buildAddLink,
  buildEldestLink,
  buildUserKeyLink,
  headAfter,
  proveEnrolment,
  verifyChain,
  type AccountState,
} from '../../src/core/account/chain.js';
import { createCredential, type Credential } from '../../src/core/account/credential.js';
import { boxUserKey, createUserKey } from '../../src/core/account/user-key.js';
import type { AccountId, VaultId } from '../../src/core/base/ids.js';
import { signGenesis } from '../../src/core/log/genesis.js';
import { createKeyring, type VaultKeyring } from '../../src/core/log/vault-keys.js';

export const START_MS = Date.UTC(2026, 0, 1);
export const DEVICE_NAMES = ['A', 'B', 'C', 'D'] as const;
export type DeviceName = (typeof DEVICE_NAMES)[number];

export interface SimAccount {
  readonly account: AccountId;
  readonly links: readonly Uint8Array[];
  readonly chain: AccountState;
  readonly credentials: ReadonlyMap<DeviceName, Credential>;
  readonly vault: VaultId;
  readonly genesis: Uint8Array;
  readonly keyring: VaultKeyring;
}

function seedOf(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest());
}

function makeAccount(): SimAccount {
  const credentials = new Map(DEVICE_NAMES.map((name) => [name, createCredential('device', seedOf(`device ${name}`))]));
  const [eldest, ...others] = [...credentials.values()];
  if (eldest === undefined) throw new Error('an account has a device');
  const links = [buildEldestLink(eldest, START_MS)];
  const { account } = headAfter(links[0] ?? new Uint8Array());
  for (const credential of others) {
    const head = headAfter(links.at(-1) ?? new Uint8Array());
    links.push(buildAddLink({ head, signer: eldest, at: START_MS, enrolment: proveEnrolment(credential, account), boxHash: null }));
  }
  links.push(userKeyLink(eldest, [...credentials.values()], links.at(-1) ?? new Uint8Array()));
  const chain = verifyChain(links);
  const vaultKey = seedOf('vault key');
  const { vault, signed } = signGenesis({ owner: chain, credential: eldest, vaultKey, stamp: START_MS });
  return { account, links, chain, credentials, vault, genesis: signed, keyring: createKeyring(vault, new Map([[1, vaultKey]])) };
}

function userKeyLink(signer: Credential, credentials: readonly Credential[], last: Uint8Array): Uint8Array {
  const random = (size: number): Uint8Array => seedOf('user key').subarray(0, size);
  const userKey = createUserKey(random, 1);
  const head = headAfter(last);
  const boxes = credentials.map((one) => boxUserKey(random, userKey, head.account, one));
  const boxHashes = new Map(boxes.map((one) => [one.credential, one.hash]));
  return buildUserKeyLink({ head, signer, at: START_MS, generation: 1, boxPublicKey: userKey.boxPublicKey, boxHashes });
}

let made: SimAccount | undefined;

export function simAccount(): SimAccount {
  made ??= makeAccount();
  return made;
}
