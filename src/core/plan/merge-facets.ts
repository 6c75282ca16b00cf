/**
 * Decides each differing node by itself: existence, place, content and attributes are merged as
 * independent facets. Where only one side changed a facet, that side has it; where both changed it
 * to the same value, nothing is in dispute; where they differ, the decision table speaks:
 * edit and move beat delete, the server's move beats ours, the last writer keeps the content.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { LocalNode } from '../tree/local-tree.js';
import type { NodeState } from '../tree/node.js';
import { sameContent } from '../tree/node.js';
import { hybridStamp } from './hybrid-stamp.js';
import type { LosingVersion, Merge, MergedNode } from './merge.js';
import { fromLocal, fromState } from './merge.js';

export function mergeFacets(merge: Merge): void {
  for (const node of merge.candidates) {
    const merged = mergeNode(merge, node);
    if (merged !== undefined) merge.set(merged);
  }
}

function mergeNode(merge: Merge, node: NodeId): MergedNode | undefined {
  const base = merge.base(node);
  const local = merge.local(node);
  const remote = merge.remoteForMerging(node);
  if (merge.isFrozenHere(node)) {
    const known = remote ?? base;
    return known === undefined ? undefined : mergeFrozen(merge, known);
  }
  if (local === undefined) return mergeAbsent(base, remote);
  const ours = fromLocal(local, remote ?? base);
  if (remote === undefined) return ours;
  if (remote.deleted) return mergeDeletedRemotely(merge, local, remote);
  return mergeBoth(merge, { base, local, ours, remote });
}

/** What cannot be read stays as the server has it, but for where it is. */
function mergeFrozen(merge: Merge, known: NodeState): MergedNode {
  const place = placeOfUnread(merge, known.node);
  return place === null ? fromState(known) : { ...fromState(known), ...place, conflict: null };
}

/**
 * Where what cannot be read now went; null when it was not moved here alone. Its move does not wait for its content:
 * else what took its name here, as when a log is rotated while it is being written, would become a conflict copy.
 */
function placeOfUnread(merge: Merge, node: NodeId): Pick<MergedNode, 'parent' | 'name'> | null {
  const [base, local, remote] = [merge.base(node), merge.local(node), merge.remote(node)];
  if (base === undefined || local === undefined || remote?.deleted !== false || merge.context.readOnly) return null;
  if (!merge.isOnlyContentUnknown(node) || merge.remoteForMerging(node) !== remote) return null;
  const { parent, name } = fromLocal(local, remote);
  return moved(base, { parent, name }) && !moved(base, remote) ? { parent, name } : null;
}

/** Its move is to be committed although it cannot be read: it was made here alone and was not taken back. */
export function isMoveOfUnread(merge: Merge, merged: MergedNode): boolean {
  const remote = merge.remote(merged.node);
  return remote !== undefined && placeOfUnread(merge, merged.node) !== null && moved(remote, merged);
}

/** Not in the folder: deleted here, or never had. */
function mergeAbsent(base: NodeState | undefined, remote: NodeState | undefined): MergedNode | undefined {
  if (remote === undefined) return base === undefined ? undefined : { ...fromState(base), deleted: true, content: null, target: null };
  const theirs = fromState(remote);
  if (base === undefined || remote.deleted) return theirs;
  if (!sameContent(base, remote) || moved(base, remote)) return { ...theirs, revived: true };
  return { ...theirs, deleted: true, content: null, target: null, conflict: null };
}

/** Deleted on the server, still in the folder: the deletion stands unless we edited or moved it. */
function mergeDeletedRemotely(merge: Merge, local: LocalNode, remote: NodeState): MergedNode {
  const base = merge.base(local.node);
  const untouched = base !== undefined && sameContent(base, local) && !movedHere(merge, local.node);
  return untouched ? fromState(remote) : keptHere(merge, local);
}

/**
 * What lives on because of the folder although the server deleted it. It is where it was moved to, here or else there before it
 * was deleted: the record of the deletion says so. Where the directory there was deleted as well, it stays where it is.
 */
export function keptHere(merge: Merge, local: LocalNode): MergedNode {
  const base = merge.base(local.node);
  const remote = merge.remoteForMerging(local.node);
  const ours = { ...fromLocal(local, remote ?? base), revived: true };
  if (base === undefined || remote === undefined || movedHere(merge, local.node) || !isLive(merge, remote.parent)) return ours;
  return { ...ours, parent: remote.parent, name: remote.name };
}

function isLive(merge: Merge, directory: NodeId): boolean {
  return directory === ROOT_NODE || merge.remote(directory)?.deleted === false;
}

interface Sides {
  readonly base: NodeState | undefined;
  readonly local: LocalNode;
  readonly ours: MergedNode;
  readonly remote: NodeState;
}

function mergeBoth(merge: Merge, sides: Sides): MergedNode {
  const { base, ours, remote } = sides;
  const place = mergePlace(base, ours, remote);
  const mode = mergeMode(base, ours, remote);
  const conflict = place.parent === remote.parent && place.name === remote.name ? remote.conflict : null;
  const content = mergeContent(merge, sides);
  return { ...fromState(remote), ...place, mode, conflict, ...content };
}

function mergePlace(base: NodeState | undefined, ours: MergedNode, remote: NodeState): Pick<MergedNode, 'parent' | 'name'> {
  const parent = pick(base?.parent, ours.parent, remote.parent);
  const name = pick(base?.name, ours.name, remote.name);
  // A move that both sides made differently has one winner as a whole: the one the server has.
  return parent === undefined || name === undefined ? { parent: remote.parent, name: remote.name } : { parent, name };
}

function mergeMode(base: NodeState | undefined, ours: MergedNode, remote: NodeState): number {
  return pick(base?.mode, ours.mode, remote.mode) ?? ours.mode | remote.mode;
}

/** Three-way choice; undefined when both sides changed it differently. */
function pick<Value>(base: Value | undefined, ours: Value, theirs: Value): Value | undefined {
  if (ours === theirs || ours === base) return theirs;
  return theirs === base ? ours : undefined;
}

type ContentFacets = Pick<MergedNode, 'content' | 'target' | 'mtimeMs' | 'loser'>;

function mergeContent(merge: Merge, sides: Sides): ContentFacets {
  const { base, local, ours, remote } = sides;
  const oursWins: ContentFacets = { content: ours.content, target: ours.target, mtimeMs: ours.mtimeMs, loser: null };
  const theirsWins: ContentFacets = { content: remote.content, target: remote.target, mtimeMs: remote.mtimeMs, loser: null };
  if (sameContent(ours, remote) || (base !== undefined && sameContent(base, ours))) return theirsWins;
  if (base !== undefined && sameContent(base, remote)) return oursWins;
  const stamp = localStamp(merge, local, base?.stamp ?? 0);
  const isLater = stamp > remote.stamp || (stamp === remote.stamp && contentOrder(ours) > contentOrder(remote));
  return isLater && !merge.context.readOnly
    ? { ...oursWins, loser: losingRemote(remote, merge.context.deviceName) }
    : { ...theirsWins, loser: losingLocal(merge, ours, stamp, remote.deviceName) };
}

/** The stamp the local version would get if it were committed on top of `parentStamp`. */
export function localStamp(merge: Merge, local: LocalNode | undefined, parentStamp: number): number {
  const { nowMs, serverOffsetMs } = merge.context;
  const localCtimeMs = local === undefined ? nowMs : Number(BigInt(local.fingerprint.ctimeNs) / 1_000_000n);
  return hybridStamp({ parentStamp, localCtimeMs, serverOffsetMs, nowMs });
}

function losingRemote(remote: NodeState, winnerName: string): LosingVersion {
  const { content, target, mode, mtimeMs, stamp, device, deviceName } = remote;
  return { content, target, mode, mtimeMs, stamp, device, deviceName, winnerName, isLocal: false };
}

function losingLocal(merge: Merge, ours: MergedNode, stamp: number, winnerName: string): LosingVersion {
  const { content, target, mode, mtimeMs } = ours;
  const { device, deviceName } = merge.context;
  return { content, target, mode, mtimeMs, stamp, device, deviceName, winnerName, isLocal: true };
}

function contentOrder(facets: Pick<MergedNode, 'content' | 'target'>): string {
  return facets.content?.id ?? facets.target ?? '';
}

/** Moved or renamed relative to `base`. */
export function moved(base: Pick<NodeState, 'parent' | 'name'>, other: Pick<NodeState, 'parent' | 'name'>): boolean {
  return base.parent !== other.parent || base.name !== other.name;
}

/** Moved or renamed in the folder since it was in sync. Another Unicode form of its name on disk is no other name. */
export function movedHere(merge: Merge, node: NodeId): boolean {
  const base = merge.base(node);
  const local = merge.local(node);
  return base !== undefined && local !== undefined && moved(base, fromLocal(local, base));
}
