/**
 * Two different live nodes that want one name: one keeps it, the other gets a conflict name. Who keeps it:
 * a node that nobody had deleted before one that was brought back; a directory before a file (moving
 * a file aside is cheap and never hides a subtree); what the server has there before what comes later.
 */
import type { NodeId } from '../base/ids.js';
import { freeConflictName, versionOwner } from './conflict-copies.js';
import type { Merge, MergedNode } from './merge.js';

export function separateEqualNames(merge: Merge): void {
  for (const { node } of [...merge.decided()].sort((a, b) => (a.node < b.node ? -1 : 1))) {
    const merged = merge.get(node);
    if (merged === undefined || merged.deleted) continue;
    const contenders = merge.liveNamed(merged.parent, merged.name).flatMap((other) => merge.get(other) ?? []);
    if (contenders.length > 1) settleName(merge, contenders);
  }
}

function settleName(merge: Merge, contenders: readonly MergedNode[]): void {
  const [keeper, ...losers] = [...contenders].sort((a, b) => rank(merge, b) - rank(merge, a) || (a.node < b.node ? -1 : 1));
  if (keeper === undefined) return;
  for (const loser of losers) merge.set(renamed(merge, loser, keeper.node));
}

function rank(merge: Merge, merged: MergedNode): number {
  const remote = merge.remote(merged.node);
  const isPlacedOnServer = remote?.deleted === false && remote.parent === merged.parent && remote.name === merged.name;
  // A node whose own content nobody can vouch for must stay where it is.
  const frozen = merge.isFrozenHere(merged.node) ? 8 : 0;
  // Who may only read cannot rename what the server has.
  if (merge.context.readOnly && isPlacedOnServer) return frozen + 7;
  return frozen + (merged.revived ? 0 : 4) + (merged.kind === 'directory' ? 2 : 0) + (isPlacedOnServer ? 1 : 0);
}

function renamed(merge: Merge, loser: MergedNode, keeper: NodeId): MergedNode {
  const owner = versionOwner(merge, loser.node);
  const keeperOwner = versionOwner(merge, keeper);
  const name = freeConflictName(merge, loser, { deviceName: owner.deviceName, at: owner.at, hash: loser.content?.id ?? loser.node });
  const conflict = { of: keeper, winner: keeperOwner.deviceName, loser: owner.deviceName, loserDevice: owner.device, at: owner.at };
  return { ...loser, name, conflict };
}
