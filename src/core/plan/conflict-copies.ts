/**
 * Gives the loser of a content conflict its own node: a live sibling that refers to the same chunks.
 * Its id follows from what it holds, so planning the same conflict again, or on a device that was
 * killed in between, never makes a second copy.
 */
import { createHash } from 'node:crypto';
import type { CredentialId, NodeId } from '../base/ids.js';
import { parseNodeId } from '../base/ids.js';
import { conflictCopyName } from '../base/name-rules.js';
import type { LosingVersion, Merge, MergedNode } from './merge.js';

export function addConflictCopies(merge: Merge): void {
  for (const merged of merge.decided()) {
    if (merged.loser !== null && !merged.deleted) addCopy(merge, merged, merged.loser);
  }
}

function addCopy(merge: Merge, merged: MergedNode, loser: LosingVersion): void {
  const copy = copyId(merged.node, loser);
  // The server has (or had, and someone settled it) a copy of exactly this version: nothing is lost without another.
  if (merge.remote(copy) !== undefined) return;
  merge.set({ ...merged, copy });
  merge.set({
    node: copy,
    parent: merged.parent,
    name: freeConflictName(merge, merged, { deviceName: loser.deviceName, at: loser.stamp, hash: loserHash(loser) }),
    kind: merged.kind,
    deleted: false,
    mode: loser.mode,
    mtimeMs: loser.mtimeMs,
    content: loser.content,
    target: loser.target,
    conflict: { of: merged.node, winner: loser.winnerName, loser: loser.deviceName, loserDevice: loser.device, at: loser.stamp },
    revived: false,
    loser: null,
    copy: null,
  });
}

/** A conflict name for `merged` that no live sibling has. `hash` is hex; its first 4 digits go into the name. */
export function freeConflictName(
  merge: Merge,
  merged: Pick<MergedNode, 'parent' | 'name'>,
  of: { deviceName: string; at: number; hash: string },
): string {
  const { parent, name } = merged;
  return conflictCopyName(
    { name, deviceName: of.deviceName, at: of.at, hash4: of.hash.slice(0, 4) },
    (candidate) => merge.liveNamed(parent, candidate).length > 0,
  );
}

function copyId(node: NodeId, loser: LosingVersion): NodeId {
  return parseNodeId(
    createHash('sha256')
      .update(`fsync/v1/conflict-copy ${node} ${loserHash(loser)}`)
      .digest('hex')
      .slice(0, 32),
  );
}

function loserHash(loser: Pick<LosingVersion, 'content' | 'target'>): string {
  return (
    loser.content?.id ??
    createHash('sha256')
      .update(loser.target ?? '')
      .digest('hex')
  );
}

/** Which device's version a node holds, for the name of a conflict copy. */
export function versionOwner(merge: Merge, node: NodeId): { device: CredentialId; deviceName: string; at: number } {
  const remote = merge.remote(node);
  const { device, deviceName, nowMs } = merge.context;
  return remote === undefined || remote.deleted
    ? { device, deviceName, at: nowMs }
    : { device: remote.device, deviceName: remote.deviceName, at: remote.stamp };
}
