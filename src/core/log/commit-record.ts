/** Opens a record against the commit that names it: the step from signed digests to believed facts. */
import { FsyncError } from '../base/errors.js';
import type { CredentialId, NodeId, RecordDigest } from '../base/ids.js';
import type { NodeState } from '../tree/node.js';
import type { CommitHeader, CommitOp } from './commit.js';
import { nameTag } from './name-tag.js';
import { openRecord, recordDigest } from './record.js';
import { keysOfEpoch, type VaultKeyring } from './vault-keys.js';

/** What the log said, long ago or just now, about one revision of a node. */
export interface NamedRecord {
  readonly node: NodeId;
  readonly rev: number;
  readonly digest: RecordDigest;
  /** Epoch and author of the commit that names it. */
  readonly epoch: number;
  readonly device: CredentialId;
}

/** Throws integrity unless the bytes are the record that was named, by the device that signed its commit. */
export function openNamedRecord(keyring: VaultKeyring, named: NamedRecord, bytes: Uint8Array): NodeState {
  if (recordDigest(bytes) !== named.digest) throw mismatch(named, 'is not the one that was signed');
  const state = openRecord(keyring, named, named.epoch, bytes);
  if (state.device !== named.device) throw mismatch(named, 'claims another author');
  return state;
}

/**
 * Throws integrity unless the bytes are the record that the operation names, its tag is that of the
 * name inside (none for a tombstone), and it was written by the device that signed the commit.
 */
export function openCommitRecord(keyring: VaultKeyring, header: CommitHeader, op: CommitOp, bytes: Uint8Array): NodeState {
  const { epoch, device } = header;
  const state = openNamedRecord(keyring, { ...op, epoch, device }, bytes);
  const tag = state.deleted ? null : nameTag(keysOfEpoch(keyring, epoch), state.parent, state.name);
  if (tag !== op.tag) throw mismatch(op, 'does not fit its name tag');
  return state;
}

function mismatch(op: { readonly node: NodeId; readonly rev: number }, what: string): FsyncError {
  return new FsyncError('integrity', `the record of a node ${what}`, { details: { node: op.node, rev: op.rev } });
}
