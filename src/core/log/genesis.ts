/** The first commit of a new vault. */
import type { AccountState } from '../account/chain.js';
import type { Credential } from '../account/credential.js';
import { SUITE } from '../crypto/seal.js';
import { signCommit, vaultIdOf } from './commit.js';
import { CHUNKER, NAME_RULE } from './log-verifier.js';
import { vaultKeyCheck } from './vault-keys.js';
import type { VaultId } from '../base/ids.js';

export interface GenesisRequest {
  readonly owner: AccountState;
  readonly credential: Credential;
  /** 32 random bytes, the key of epoch 1: it is what makes the vault id unique. */
  readonly vaultKey: Uint8Array;
  /** Epoch milliseconds. */
  readonly stamp: number;
}

export function signGenesis({ owner, credential, vaultKey, stamp }: GenesisRequest): {
  readonly vault: VaultId;
  readonly signed: Uint8Array;
} {
  const signed = signCommit(credential, {
    type: 'genesis',
    body: {
      owner: owner.accountId,
      ownerChainHead: owner.headHash,
      suite: SUITE,
      chunker: CHUNKER,
      nameRule: NAME_RULE,
      keyCheck: vaultKeyCheck(vaultKey, 1),
    },
    vault: null,
    seq: 1,
    prev: null,
    epoch: 1,
    account: owner.accountId,
    device: credential.id,
    chainSeq: owner.seq,
    counter: 1,
    stamp,
    ops: [],
  });
  return { vault: vaultIdOf(signed), signed };
}
