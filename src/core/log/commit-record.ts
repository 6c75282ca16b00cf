/** Opens a record against the commit that names it: the step from signed digests to believed facts. */
import { FsyncError } from '../base/errors.js';
import type { NodeState } from '../tree/node.js';
import type { CommitHeader, CommitOp } from './commit.js';
import { nameTag } from './name-tag.js';
import { openRecord, recordDigest } from './record.js';
import { keysOfEpoch, type VaultKeyring } from './vault-keys.js';

/**
 * Throws integrity unless the bytes are the record that the operation names, its tag is that of the
 * name inside (none for a tombstone), and it was written by the device that signed the commit.
 */
export function openCommitRecord(keyring: VaultKeyring, header: CommitHeader, op: CommitOp, bytes: Uint8Array): NodeState {
  if (recordDigest(bytes) !== op.digest) throw mismatch(op, 'is not the one that was signed');
  const state = openRecord(keyring, op, header.epoch, bytes);
  const tag = state.deleted ? null : nameTag(keysOfEpoch(keyring, header.epoch), state.parent, state.name);
  if (tag !== op.tag) throw mismatch(op, 'does not fit its name tag');
  if (state.device !== header.device) throw mismatch(op, 'claims another author');
  return state;
}

function mismatch(op: CommitOp, what: string): FsyncError {
  return new FsyncError('integrity', `the record of a node ${what}`, { details: { node: op.node, rev: op.rev } });
}
