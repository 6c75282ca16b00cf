/**
 * Turns listings into the LOCAL tree: decides which node each entry is. Events and their order play
 * no part; a rename is seen because device, inode and birth time appear under another name.
 *
 * Two passes over all listings: first every entry that carries the identity of a known node claims
 * it; then, top-down, each directory's slots are filled (claimed node, else the node that had the
 * slot, else a new one) and what is left over is absent.
 */
import type { NodeId } from '../base/ids.js';
import { ROOT_NODE } from '../base/ids.js';
import type { BaseTree } from './base-tree.js';
import type { DirectoryListing, ScanEntry } from './listing.js';
import type { LocalNode, LocalTree } from './local-tree.js';
import { nameKey } from './name-key.js';
import type { Fingerprint, NodeKind } from './node.js';
import type { SlotPass, UnreadFile } from './occupy-slot.js';
import { isNodeEntry, isUnchanged, occupySlot } from './occupy-slot.js';
import { keepNamesOfSavedFiles } from './saved-files.js';

export type { UnreadFile } from './occupy-slot.js';

export interface IdentifyContext {
  readonly newNode: () => NodeId;
  readonly isIgnored: (path: string, isDirectory: boolean) => boolean;
  readonly nowMs: number;
}

export interface Identified {
  readonly unread: readonly UnreadFile[];
  /** Directories in which not every entry is what was known: entries came, went or are other ones. */
  readonly changed: readonly string[];
  /** Directories that must be listed before the result can be trusted: their listing introduces a node. */
  readonly lookAlso: readonly string[];
  /** New, moved or re-included directories whose whole subtree must be listed. */
  readonly lookInto: readonly string[];
}

interface Pass extends SlotPass {
  readonly context: IdentifyContext;
  /** Where each known node was found by its identity. */
  readonly claims: ReadonlyMap<NodeId, string>;
  readonly lookAlso: Set<string>;
  readonly changed: Set<string>;
  /** Out of their old slot, on their way to the one that claims them. */
  readonly onTheWay: Map<NodeId, LocalNode>;
}

export function identify(local: LocalTree, base: BaseTree, listings: readonly DirectoryListing[], context: IdentifyContext): Identified {
  const topDown = [...listings].sort((a, b) => depth(a.path) - depth(b.path) || (a.path < b.path ? -1 : 1));
  const ordered = unsettled(local, topDown, context.nowMs);
  const pass: Pass = {
    local,
    base,
    context,
    nowMs: context.nowMs,
    claims: claimIdentities(local, base, ordered),
    unread: [],
    lookAlso: new Set(),
    changed: new Set(),
    lookInto: new Set(),
    listed: new Set(listings.map((listing) => listing.path)),
    onTheWay: new Map(),
  };
  for (const listing of ordered) fillDirectory(pass, listing);
  for (const entry of pass.onTheWay.values()) dropContents(pass, entry);
  return { unread: pass.unread, changed: [...pass.changed], lookAlso: [...pass.lookAlso], lookInto: [...pass.lookInto] };
}

/** Leaves out directories in which every entry is the node that it was: most of them in most scans. */
function unsettled(local: LocalTree, topDown: readonly DirectoryListing[], nowMs: number): readonly DirectoryListing[] {
  /** Directories that may be another node than the one that LOCAL has at their path. */
  const changed = new Set<string>();
  const mayBeAnother = (path: string): boolean => {
    for (let at = path; at !== '' && changed.size > 0; at = parentPath(at)) if (changed.has(at)) return true;
    return false;
  };
  return topDown.filter((listing) => {
    if (mayBeAnother(listing.path)) return true;
    const news = newsIn(local, listing, nowMs);
    for (const name of news ?? []) changed.add(join(listing.path, name));
    return news === null || news.length > 0;
  });
}

/** The names in a directory whose entry is not the node that it was; null when nothing can be said by name. */
function newsIn(local: LocalTree, { path, status, entries }: DirectoryListing, nowMs: number): readonly string[] | null {
  const directory = status === 'listed' ? local.nodeAt(path) : undefined;
  if (directory === undefined) return null;
  const children = local.childrenOf(directory);
  const news = entries.flatMap((entry) => {
    const node = children.get(entry.name);
    return node !== undefined && isUnchanged(local.get(node), { entry, directory, nowMs, traits: local.traits }) ? [] : [entry.name];
  });
  const isPlain = local.get(directory)?.status !== 'unknown' && local.untrackedIn(directory).size === 0;
  return news.length === 0 && (!isPlain || children.size !== entries.length) ? null : news;
}

function claimIdentities(local: LocalTree, base: BaseTree, listings: readonly DirectoryListing[]): Map<NodeId, string> {
  const claims = new Map<NodeId, string>();
  for (const { path, entries } of listings) {
    for (const entry of entries) {
      const node = isNodeEntry(entry) ? local.byIdentity(entry.fingerprint) : undefined;
      if (node !== undefined && isSameThing(knownAs(local, base, node), entry)) claims.set(node, join(path, entry.name));
    }
  }
  keepNamesOfSavedFiles(claims, { local, base }, listings);
  return claims;
}

interface Known {
  readonly kind: NodeKind;
  readonly fingerprint: Fingerprint;
}

function knownAs(local: LocalTree, base: BaseTree, node: NodeId): Known | undefined {
  const here = local.get(node);
  if (here !== undefined) return here;
  const entry = base.get(node);
  return entry === undefined ? undefined : { kind: entry.state.kind, fingerprint: entry.fingerprint };
}

function isSameThing(known: Known | undefined, entry: ScanEntry): boolean {
  if (known?.kind !== entry.kind) return false;
  // Hard links share an inode without being one node: they are told apart by path alone.
  return entry.kind === 'directory' || (entry.fingerprint.nlink === 1 && known.fingerprint.nlink === 1);
}

function fillDirectory(pass: Pass, listing: DirectoryListing): void {
  const directory = pass.local.nodeAt(listing.path);
  if (listing.status === 'missing') {
    if (listing.path !== '') pass.lookAlso.add(parentPath(listing.path));
  } else if (directory === undefined || !isDirectory(pass.local, directory)) {
    // Its parent was not part of this scan: the parent's listing will introduce it, also where something else had its name.
    pass.lookAlso.add(parentPath(listing.path));
  } else if (listing.status === 'unreadable') {
    const entry = pass.local.get(directory);
    if (entry !== undefined) pass.local.set({ ...entry, status: 'unknown' });
  } else if (newsIn(pass.local, listing, pass.nowMs)?.length !== 0) {
    // Asked again because a directory that was moved is known under its new path only now.
    fillSlots(pass, listing, directory);
  }
}

function isDirectory(local: LocalTree, node: NodeId): boolean {
  return node === ROOT_NODE || local.get(node)?.kind === 'directory';
}

function fillSlots(pass: Pass, listing: DirectoryListing, directory: NodeId): void {
  const { local } = pass;
  pass.changed.add(listing.path);
  const before = new Map(local.childrenOf(directory));
  const { slots, untracked } = assignSlots(pass, listing, { directory, before });
  const kept = new Set([...slots.values()].map((slot) => slot.node));
  for (const [name, node] of before)
    if (!kept.has(node)) leaveSlot(pass, node, { path: join(listing.path, name), isTaken: slots.has(name) });
  for (const [name, { node, entry }] of slots) {
    const path = join(listing.path, name);
    pass.onTheWay.delete(node);
    if (isNodeEntry(entry)) occupySlot(pass, { node, entry, directory, path });
    else hide(pass, node, path);
  }
  local.setUntracked(directory, untracked);
  const self = local.get(directory);
  if (self?.status === 'unknown') local.set({ ...self, status: 'present' });
}

interface Assigned {
  readonly slots: ReadonlyMap<string, { readonly node: NodeId; readonly entry: ScanEntry }>;
  /** Entries that are no nodes, with the reason. */
  readonly untracked: ReadonlyMap<string, string>;
}

function assignSlots(
  pass: Pass,
  { path, entries }: DirectoryListing,
  { directory, before }: { readonly directory: NodeId; readonly before: ReadonlyMap<string, NodeId> },
): Assigned {
  const slots = new Map<string, { node: NodeId; entry: ScanEntry }>();
  const untracked = new Map<string, string>();
  const spelling = spellings(entries, before);
  for (const entry of entries) {
    const { name } = entry;
    const held = before.get(name) ?? respelled(pass.local, directory, name);
    if (isNodeEntry(entry)) {
      if (spelling.get(nameKey(name)) === name) slots.set(name, { node: nodeFor(pass, join(path, name), entry, held), entry });
      else untracked.set(name, 'same-name-in-other-unicode-form');
      continue;
    }
    const isHidden = held !== undefined && isHiddenBy(pass, entry, { node: held, path: join(path, name) });
    if (isHidden) slots.set(name, { node: held, entry });
    if (!isHidden || entry.problem !== null) untracked.set(name, entry.problem ?? 'ignored');
  }
  return { slots, untracked };
}

/** The node that had this name is hidden, not gone, unless what has its name is of another kind and only such are ignored. */
function isHiddenBy(pass: Pass, entry: ScanEntry, { node, path }: { readonly node: NodeId; readonly path: string }): boolean {
  if (!isWhereItWasInSync(pass, node) || isClaimedElsewhere(pass, node, path)) return false;
  const kind = pass.local.get(node)?.kind;
  return !entry.ignored || entry.kind === kind || pass.context.isIgnored(path, kind === 'directory');
}

/** On a disk that ignores case there is one entry in all spellings of a name: it has only been spelled anew. */
function respelled(local: LocalTree, directory: NodeId, name: string): NodeId | undefined {
  return local.traits.ignoresCase ? local.childNamed(directory, name) : undefined;
}

/** Which spelling stands for a name that is there in several Unicode forms: the one that is known. */
function spellings(entries: readonly ScanEntry[], before: ReadonlyMap<string, NodeId>): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  for (const { name } of entries.filter(isNodeEntry)) {
    const key = nameKey(name);
    if (!chosen.has(key) || before.has(name)) chosen.set(key, name);
  }
  return chosen;
}

/** Which node an entry is: the one with its identity, else the one that had this name, else a new one. */
function nodeFor(pass: Pass, path: string, entry: ScanEntry, held: NodeId | undefined): NodeId {
  const known = pass.local.byIdentity(entry.fingerprint);
  if (known !== undefined && pass.claims.get(known) === path) return known;
  if (held !== undefined && pass.local.get(held)?.kind === entry.kind && !isClaimedElsewhere(pass, held, path)) return held;
  return pass.context.newNode();
}

function isClaimedElsewhere(pass: Pass, node: NodeId, path: string): boolean {
  const claim = pass.claims.get(node);
  return claim !== undefined && claim !== path;
}

/**
 * A node is no longer under its name: it is absent, unless it shows up elsewhere or an ignore rule hides it. What has its name
 * in sight is of another kind, or the rule would hide that, too: it was replaced.
 */
function leaveSlot(pass: Pass, node: NodeId, { path, isTaken }: { readonly path: string; readonly isTaken: boolean }): void {
  const entry = pass.local.get(node);
  if (entry === undefined) return;
  const wasSynced = isWhereItWasInSync(pass, node) && !isClaimedElsewhere(pass, node, path);
  if (wasSynced && !isTaken && pass.context.isIgnored(path, entry.kind === 'directory')) hide(pass, node, path);
  else removeSubtree(pass, entry, path);
}

/**
 * Only what was in sync at its place can be hidden there. What was moved there since is gone from where the others have it, as if
 * it had been moved to a hidden place at once.
 */
function isWhereItWasInSync({ local, base }: Pass, node: NodeId): boolean {
  const [here, row] = [local.get(node), base.get(node)?.state];
  return here !== undefined && row !== undefined && here.parent === row.parent && nameKey(here.diskName) === nameKey(row.name);
}

function hide(pass: Pass, node: NodeId, path: string): void {
  const entry = pass.local.get(node);
  if (entry === undefined || entry.status === 'excluded') return;
  pass.local.set({ ...entry, status: 'excluded' });
  dropMovedInto(pass, node, path);
}

function dropMovedInto(pass: Pass, directory: NodeId, path: string): void {
  for (const [name, child] of new Map(pass.local.childrenOf(directory))) {
    const entry = pass.local.get(child);
    const wasElsewhere = pass.base.get(child) !== undefined && !isWhereItWasInSync(pass, child);
    if (entry !== undefined && wasElsewhere) removeSubtree(pass, entry, join(path, name));
    else dropMovedInto(pass, child, join(path, name));
  }
}

function removeSubtree(pass: Pass, entry: LocalNode, path: string): void {
  const { node } = entry;
  pass.local.remove(node);
  if (isClaimedElsewhere(pass, node, path)) pass.onTheWay.set(node, entry);
  else dropContents(pass, entry, path);
}

/** `path` is undefined for a node that never arrived where it was claimed: nothing in it can be trusted to be there. */
function dropContents(pass: Pass, entry: LocalNode, path?: string): void {
  const { local, base } = pass;
  for (const [name, child] of new Map(local.childrenOf(entry.node))) {
    const below = local.get(child);
    if (below !== undefined) removeSubtree(pass, below, path === undefined ? '' : join(path, name));
  }
  if (base.get(entry.node) === undefined) local.forgetIdentity(entry.fingerprint, entry.node);
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
