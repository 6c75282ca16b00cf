/**
 * Gives the loser of a content conflict its own node: a live sibling that refers to the same chunks.
 * Its id follows from what it holds and from the last revision that both sides had in common, so planning the
 * same conflict again, or on a device that was killed in between, never makes a second copy. A later conflict over the same
 * content makes one of its own: that of the earlier one may be edited, moved or thrown away by somebody who knows nothing of it.
 */
import { createHash } from 'node:crypto';
import type { CredentialId, NodeId } from '../base/ids.js';
import { parseNodeId } from '../base/ids.js';
import { conflictCopyName } from '../base/name-rules.js';
import { sameContent } from '../tree/node.js';
import type { LosingVersion, Merge, MergedNode } from './merge.js';

export function addConflictCopies(merge: Merge): void {
  for (const merged of merge.decided()) {
    if (merged.loser !== null && !merged.deleted) addCopy(merge, merged, merged.loser);
  }
}

function addCopy(merge: Merge, merged: MergedNode, loser: LosingVersion): void {
  const copy = freeCopyId(merge, merged, loser);
  if (copy === null) return;
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

/** null: this conflict has its copy already. One that was edited or deleted since does not count. */
function freeCopyId(merge: Merge, merged: MergedNode, loser: LosingVersion): NodeId | null {
  for (let attempt = 0; ; attempt += 1) {
    const copy = copyId(merge, merged.node, loser, attempt);
    const there = merge.get(copy);
    if (there === undefined) return copy;
    if (!there.deleted && sameContent(there, { ...loser, kind: merged.kind })) return null;
  }
}

function copyId(merge: Merge, node: NodeId, loser: LosingVersion, attempt: number): NodeId {
  // BASE keeps its revision until the conflict is settled, whatever else the server says of the node meanwhile.
  const forkedAt = merge.base(node)?.rev ?? 0;
  return parseNodeId(
    createHash('sha256')
      .update(`fsync/v1/conflict-copy ${node} ${String(forkedAt)} ${loserHash(loser)} ${String(attempt)}`)
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
