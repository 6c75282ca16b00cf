/**
 * Turns listings into the LOCAL tree: decides which node each entry is. Events and their order play
 * no part; a rename is seen because device, inode and birth time appear under another name.
 *
 * Two passes over all listings: first every entry that carries the identity of a known node claims
 * it; then, top-down, each directory's slots are filled (claimed node, else the node that had the
 * slot, else a new one) and what is left over is absent.
 */
import type { NodeId } from '../base/ids.js';
import type { BaseTree } from './base-tree.js';
import type { DirectoryListing, ScanEntry } from './listing.js';
import type { LocalNode, LocalTree } from './local-tree.js';
import type { Fingerprint, NodeKind } from './node.js';
import { normaliseMode } from './node.js';

export interface IdentifyContext {
  readonly newNode: () => NodeId;
  readonly isIgnored: (path: string, isDirectory: boolean) => boolean;
  readonly nowMs: number;
}

/** A file whose content is not known for its present fingerprint. */
export interface UnreadFile {
  readonly node: NodeId;
  readonly path: string;
  readonly fingerprint: Fingerprint;
}

export interface Identified {
  readonly unread: readonly UnreadFile[];
  /** Directories that must be listed before the result can be trusted: their listing introduces a node. */
  readonly lookAlso: readonly string[];
  /** New, moved or re-included directories whose whole subtree must be listed. */
  readonly lookInto: readonly string[];
}

/** A stamp this close to the moment of reading may hide a later write (git's "racy" rule). */
export const RACY_MS = 2000;

interface Claim {
  readonly path: string;
  readonly entry: ScanEntry;
}

interface Pass {
  readonly local: LocalTree;
  readonly base: BaseTree;
  readonly context: IdentifyContext;
  readonly claims: ReadonlyMap<NodeId, Claim>;
  readonly unread: UnreadFile[];
  readonly lookAlso: Set<string>;
  readonly lookInto: Set<string>;
  readonly listed: ReadonlySet<string>;
}

export function identify(local: LocalTree, base: BaseTree, listings: readonly DirectoryListing[], context: IdentifyContext): Identified {
  const ordered = [...listings].sort((a, b) => depth(a.path) - depth(b.path) || (a.path < b.path ? -1 : 1));
  const pass: Pass = {
    local,
    base,
    context,
    claims: claimIdentities(local, base, ordered),
    unread: [],
    lookAlso: new Set(),
    lookInto: new Set(),
    listed: new Set(ordered.map((listing) => listing.path)),
  };
  for (const listing of ordered) fillDirectory(pass, listing);
  return { unread: pass.unread, lookAlso: [...pass.lookAlso], lookInto: [...pass.lookInto] };
}

function claimIdentities(local: LocalTree, base: BaseTree, listings: readonly DirectoryListing[]): Map<NodeId, Claim> {
  const claims = new Map<NodeId, Claim>();
  for (const { path, entries } of listings) {
    for (const entry of entries) {
      const node = isNode(entry) ? local.byIdentity(entry.fingerprint) : undefined;
      if (node === undefined || !sameIdentity(local.get(node) ?? base.get(node), entry)) continue;
      claims.set(node, { path: join(path, entry.name), entry });
    }
  }
  return claims;
}

function sameIdentity(
  known: { readonly fingerprint: Fingerprint; readonly kind?: NodeKind; readonly state?: { readonly kind: NodeKind } } | undefined,
  entry: ScanEntry,
): boolean {
  if (known === undefined) return false;
  const kind = known.kind ?? known.state?.kind;
  if (kind !== entry.kind) return false;
  // Hard links share an inode without being one node: they are told apart by path alone.
  return entry.kind === 'directory' || (entry.fingerprint.nlink === 1 && known.fingerprint.nlink === 1);
}

function fillDirectory(pass: Pass, listing: DirectoryListing): void {
  const directory = pass.local.nodeAt(listing.path);
  if (directory === undefined) {
    // Its parent was not part of this scan: the parent's listing will introduce it.
    if (listing.status !== 'missing') pass.lookAlso.add(parentPath(listing.path));
    return;
  }
  if (listing.status === 'missing') {
    pass.lookAlso.add(parentPath(listing.path));
    return;
  }
  if (listing.status === 'unreadable') {
    markUnreadable(pass, directory);
    return;
  }
  assignSlots(pass, listing, directory);
}

function markUnreadable(pass: Pass, directory: NodeId): void {
  const entry = pass.local.get(directory);
  if (entry !== undefined) pass.local.set({ ...entry, status: 'unknown' });
}

function assignSlots(pass: Pass, listing: DirectoryListing, directory: NodeId): void {
  const { local } = pass;
  const before = new Map(local.childrenOf(directory));
  const slots = new Map<string, { node: NodeId; entry: ScanEntry }>();
  const untracked = new Map<string, string>();
  const keys = new Set<string>();
  for (const entry of listing.entries) {
    const key = entry.name.normalize('NFC');
    if (!isNode(entry)) {
      const held = before.get(entry.name);
      if (entry.ignored && held !== undefined && !claimedElsewhere(pass, held, join(listing.path, entry.name)))
        slots.set(entry.name, { node: held, entry });
      else untracked.set(entry.name, entry.problem ?? 'ignored');
    } else if (keys.has(key)) {
      untracked.set(entry.name, 'same-name-in-other-unicode-form');
    } else {
      keys.add(key);
      slots.set(entry.name, { node: nodeFor(pass, join(listing.path, entry.name), entry, before.get(entry.name)), entry });
    }
  }
  const kept = new Set([...slots.values()].map((slot) => slot.node));
  for (const [name, node] of before) if (!kept.has(node)) leaveSlot(pass, node, join(listing.path, name));
  for (const [name, { node, entry }] of slots) occupySlot(pass, { node, entry, directory, path: join(listing.path, name) });
  local.setUntracked(directory, untracked);
  const self = local.get(directory);
  if (self?.status === 'unknown') local.set({ ...self, status: 'present' });
}

/** Which node an entry is: the one with its identity, else the one that had this name, else a new one. */
function nodeFor(pass: Pass, path: string, entry: ScanEntry, held: NodeId | undefined): NodeId {
  const known = pass.local.byIdentity(entry.fingerprint);
  if (known !== undefined && pass.claims.get(known)?.path === path) return known;
  const holder = held === undefined ? undefined : pass.local.get(held);
  if (held !== undefined && holder?.kind === entry.kind && !claimedElsewhere(pass, held, path)) return held;
  return pass.context.newNode();
}

function claimedElsewhere(pass: Pass, node: NodeId, path: string): boolean {
  const claim = pass.claims.get(node);
  return claim !== undefined && claim.path !== path;
}

/** A node is no longer under its name: it is absent, unless it shows up elsewhere or an ignore rule hides it. */
function leaveSlot(pass: Pass, node: NodeId, path: string): void {
  const { local, context } = pass;
  const entry = local.get(node);
  if (entry === undefined) return;
  if (claimedElsewhere(pass, node, path)) {
    local.remove(node);
    return;
  }
  if (pass.base.get(node) !== undefined && context.isIgnored(path, entry.kind === 'directory')) {
    local.set({ ...entry, status: 'excluded' });
    return;
  }
  for (const [name, child] of new Map(local.childrenOf(node))) removeSubtree(pass, child, join(path, name));
  local.remove(node);
  forgetNew(pass, entry);
}

function removeSubtree(pass: Pass, node: NodeId, path: string): void {
  const entry = pass.local.get(node);
  if (entry === undefined) return;
  if (!claimedElsewhere(pass, node, path)) {
    for (const [name, child] of new Map(pass.local.childrenOf(node))) removeSubtree(pass, child, join(path, name));
    forgetNew(pass, entry);
  }
  pass.local.remove(node);
}

function forgetNew(pass: Pass, entry: LocalNode): void {
  if (pass.base.get(entry.node) === undefined) pass.local.forgetIdentity(entry.fingerprint, entry.node);
}

function occupySlot(pass: Pass, slot: { node: NodeId; entry: ScanEntry; directory: NodeId; path: string }): void {
  const { local, base, context } = pass;
  const { node, entry, directory, path } = slot;
  const known = local.get(node) ?? restored(base, node);
  if (entry.ignored) {
    if (known !== undefined && known.status !== 'excluded') local.set({ ...known, status: 'excluded' });
    return;
  }
  const kind = entry.kind as NodeKind;
  const mode = normaliseMode(kind, entry.fingerprint.mode);
  const mtimeMs = Number(BigInt(entry.fingerprint.mtimeNs) / 1_000_000n);
  const seen = { node, parent: directory, diskName: entry.name, kind, mode, mtimeMs, target: entry.target, fingerprint: entry.fingerprint };
  if (known !== undefined && unchanged(known, seen, context.nowMs)) return;
  if (kind === 'directory') {
    if (!pass.listed.has(path)) pass.lookInto.add(path);
    // Only its own listing can say that an unreadable directory is readable again.
    local.set({
      ...seen,
      status: local.get(node)?.status === 'unknown' ? 'unknown' : 'present',
      content: null,
      verifiedAtMs: context.nowMs,
    });
    return;
  }
  if (kind === 'symlink') {
    local.set({ ...seen, status: 'present', content: null, verifiedAtMs: context.nowMs });
    return;
  }
  local.set({ ...seen, status: 'unknown', content: known?.content ?? null, verifiedAtMs: known?.verifiedAtMs ?? 0 });
  pass.unread.push({ node, path, fingerprint: entry.fingerprint });
}

function restored(base: BaseTree, node: NodeId): LocalNode | undefined {
  const entry = base.get(node);
  if (entry === undefined) return undefined;
  const { kind, content, target, mtimeMs, mode, parent } = entry.state;
  return {
    node,
    parent,
    diskName: entry.diskName,
    kind,
    status: 'unknown',
    mode: normaliseMode(kind, mode),
    mtimeMs,
    content,
    target,
    fingerprint: entry.fingerprint,
    verifiedAtMs: entry.verifiedAtMs,
  };
}

type Seen = Pick<LocalNode, 'parent' | 'diskName' | 'kind' | 'mode' | 'target' | 'fingerprint'>;

function unchanged(known: LocalNode, seen: Seen, nowMs: number): boolean {
  if (known.status !== 'present' || known.parent !== seen.parent || known.diskName !== seen.diskName) return false;
  if (known.kind !== seen.kind || known.mode !== seen.mode || known.target !== seen.target) return false;
  if (seen.kind === 'directory') return known.fingerprint.ino === seen.fingerprint.ino && known.fingerprint.dev === seen.fingerprint.dev;
  return sameStamp(known.fingerprint, seen.fingerprint) && !(seen.kind === 'file' && isRacy(known, nowMs));
}

/** Same inode, size and times: nobody wrote, unless the stamp is racy. */
export function sameStamp(a: Fingerprint, b: Fingerprint): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino && a.dev === b.dev;
}

/** True when the content was verified so soon after the last change that a later write might have left the stamp as it is, and enough time has passed to settle it. */
export function isRacy(known: Pick<LocalNode, 'fingerprint' | 'verifiedAtMs'>, nowMs: number): boolean {
  const writtenAtMs = Number(BigInt(known.fingerprint.mtimeNs) / 1_000_000n);
  return known.verifiedAtMs - writtenAtMs < RACY_MS && nowMs - writtenAtMs >= RACY_MS;
}

function isNode(entry: ScanEntry): boolean {
  return !entry.ignored && entry.problem === null && entry.kind !== 'special' && entry.kind !== 'foreign';
}

function depth(path: string): number {
  return path === '' ? 0 : path.split('/').length;
}

function join(parent: string, name: string): string {
  return parent === '' ? name : `${parent}/${name}`;
}

function parentPath(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? '' : path.slice(0, cut);
}
