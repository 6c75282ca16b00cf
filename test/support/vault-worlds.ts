/** One empty vault and the keys of a device that may write to it: in memory, and on the real server. */
import { randomBytes } from 'node:crypto';
import { buildEldestLink, buildUserKeyLink, headAfter, verifyChain } from '../../src/core/account/chain.js';
import { createCredential } from '../../src/core/account/credential.js';
import { boxUserKey, createUserKey } from '../../src/core/account/user-key.js';
import { signCommit } from '../../src/core/log/commit.js';
import { CHUNKER, NAME_RULE } from '../../src/core/log/log-verifier.js';
import { vaultKeyCheck } from '../../src/core/log/vault-keys.js';
import { SUITE } from '../../src/core/crypto/seal.js';
import type { AccountKeys } from '../../src/daemon/engine-deps.js';
import type { RemoteVault } from '../../src/daemon/ports.js';
import { createRemoteVault } from '../../src/daemon/remote/remote-vault.js';
import { accountDevice, callContext, realServer, signIn } from './account-device.js';
import { createMemoryVault } from './memory-vault.js';
import type { Cleanup } from './temp-folder.js';

export interface VaultWorld {
  readonly remote: RemoteVault;
  readonly keys: AccountKeys;
}

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));

/** Builds worlds; the server of all of them is opened at the beginning. */
export type OpenWorlds = (atEnd: Cleanup) => Promise<() => Promise<VaultWorld>>;

export const serverVaultWorlds: OpenWorlds = async (atEnd) => {
  const server = await realServer(atEnd);
  const { account, vaultApi } = await accountDevice(atEnd);
  await account.register(signIn(server.url), callContext());
  return async () => {
    const { vault } = await vaultApi.create(`notes ${Buffer.from(random(8)).toString('hex')}`, callContext());
    return { remote: createRemoteVault(account.client, vault), keys: account.require() };
  };
};

export const memoryVaultWorlds: OpenWorlds = () => Promise.resolve(memoryVaultWorld);

function memoryVaultWorld(): Promise<VaultWorld> {
  const keys = accountInMemory();
  const genesis = signCommit(keys.credential, {
    vault: null,
    seq: 1,
    prev: null,
    epoch: 1,
    account: keys.account,
    device: keys.device.id,
    chainSeq: keys.chain.seq,
    counter: 1,
    stamp: Date.now(),
    ops: [],
    type: 'genesis',
    body: {
      owner: keys.account,
      ownerChainHead: keys.chain.headHash,
      suite: SUITE,
      chunker: CHUNKER,
      nameRule: NAME_RULE,
      keyCheck: vaultKeyCheck(random(32), 1),
    },
  });
  return Promise.resolve({ remote: createMemoryVault(genesis, Date.now).remote(keys.device.id), keys });
}

function accountInMemory(): AccountKeys {
  const credential = createCredential('device', random(32));
  const eldest = buildEldestLink(credential, Date.now());
  const head = headAfter(eldest);
  const userKey = createUserKey(random, 1);
  const box = boxUserKey(random, userKey, head.account, credential);
  const link = buildUserKeyLink({
    head,
    signer: credential,
    at: Date.now(),
    generation: 1,
    boxPublicKey: userKey.boxPublicKey,
    boxHashes: new Map([[credential.id, box.hash]]),
  });
  const chain = verifyChain([eldest, link]);
  return {
    account: head.account,
    user: 'ada',
    server: 'memory',
    device: { id: credential.id, name: 'laptop' },
    credential,
    userKeys: new Map([[1, userKey]]),
    scope: null,
    chain,
  };
}
