/** Keys, states and commits for tests of the log. */
import type { AccountState } from '../../../../src/core/account/chain.js';
import type { Credential } from '../../../../src/core/account/credential.js';
import type { RandomBytes } from '../../../../src/core/base/effects.js';
import { parseNodeId, ROOT_NODE, type CommitHash, type NodeId } from '../../../../src/core/base/ids.js';
import { toHex } from '../../../../src/core/base/bytes.js';
import { contentIdOfBytes } from '../../../../src/core/chunk/content-id.js';
import { decodeCommit, signCommit, type CommitHeader, type CommitOp, type DecodedCommit } from '../../../../src/core/log/commit.js';
import { signGenesis } from '../../../../src/core/log/genesis.js';
import { acceptCommit, type LogState, type RevisionOf } from '../../../../src/core/log/log-verifier.js';
import { nameTag } from '../../../../src/core/log/name-tag.js';
import { recordDigest, sealRecord } from '../../../../src/core/log/record.js';
import { createKeyring, type VaultKeyring, type VaultKeys } from '../../../../src/core/log/vault-keys.js';
import type { NodeState } from '../../../../src/core/tree/node.js';
import { foundTestAccount, TEST_TIME, type TestAccount } from '../account/account-fixture.js';
import { seededRandom } from '../crypto/seeded-random.js';

export interface TestVault {
  readonly random: RandomBytes;
  readonly owner: TestAccount;
  readonly vaultKey: Uint8Array;
  readonly keyring: VaultKeyring;
  readonly genesis: DecodedCommit;
  readonly state: LogState;
}

export const noRevisions: RevisionOf = () => null;

export function foundTestVault(name: string): TestVault {
  const owner = foundTestAccount(`${name} owner`);
  const random = seededRandom(`vault ${name}`);
  const vaultKey = random(32);
  const { vault, signed } = signGenesis({ owner: owner.state, credential: owner.device, vaultKey, stamp: TEST_TIME });
  const genesis = decodeCommit(signed);
  const state = acceptCommit(null, genesis, owner.state, noRevisions);
  return { random, owner, vaultKey, keyring: createKeyring(vault, new Map([[1, vaultKey]])), genesis, state };
}

/** A data commit on top of `state`; `changes` replaces any field of its header. */
export function nextCommit(state: LogState, author: AccountState, device: Credential, changes: Partial<CommitHeader> = {}): DecodedCommit {
  const header = {
    type: 'data',
    body: null,
    vault: state.vault,
    seq: state.head.seq + 1,
    prev: state.head.hash,
    epoch: state.epoch,
    account: author.accountId,
    device: device.id,
    chainSeq: author.seq,
    counter: (state.counters.get(device.id) ?? 0) + 1,
    stamp: TEST_TIME,
    ops: [],
    ...changes,
  } as CommitHeader;
  return decodeCommit(signCommit(device, header));
}

export function testNodeId(number: number): NodeId {
  return parseNodeId(number.toString(16).padStart(32, '0'));
}

/** A live file of a few bytes at the top of the vault. */
export function fileState(device: Credential, changes: Partial<NodeState> = {}): NodeState {
  const inline = new TextEncoder().encode('hello');
  return {
    node: testNodeId(1),
    rev: 1,
    parent: ROOT_NODE,
    name: 'report.md',
    kind: 'file',
    deleted: false,
    mode: 0o644,
    mtimeMs: TEST_TIME,
    content: { id: contentIdOfBytes(inline), size: inline.length, inline, chunks: [] },
    target: null,
    stamp: TEST_TIME,
    vector: { [device.id]: 1 },
    device: device.id,
    deviceName: 'laptop',
    conflict: null,
    ...changes,
  };
}

export function sealOp(random: RandomBytes, keys: VaultKeys, state: NodeState): { op: CommitOp; bytes: Uint8Array } {
  const bytes = sealRecord(random, keys, state);
  const tag = state.deleted ? null : nameTag(keys, state.parent, state.name);
  return { op: { node: state.node, rev: state.rev, digest: recordDigest(bytes), tag }, bytes };
}

export function someHash(random: RandomBytes): CommitHash {
  return toHex(random(32)) as CommitHash;
}
