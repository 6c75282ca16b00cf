/** Second half of `identify`: writes down in LOCAL what is seen at one name, once it is known which node that is. */
import type { NodeId } from '../base/ids.js';
import type { BaseTree } from './base-tree.js';
import type { DiskTraits } from './disk-traits.js';
import type { ScanEntry } from './listing.js';
import type { LocalNode, LocalTree } from './local-tree.js';
import type { Fingerprint, NodeKind } from './node.js';
import { normaliseMode } from './node.js';
import { isRacy, sameStamp } from './stamp.js';

/** A file whose content is not known for its present fingerprint. */
export interface UnreadFile {
  readonly node: NodeId;
  readonly path: string;
  readonly fingerprint: Fingerprint;
}

export interface Slot {
  readonly node: NodeId;
  readonly entry: NodeEntry;
  readonly directory: NodeId;
  readonly path: string;
}

export interface SlotPass {
  readonly local: LocalTree;
  readonly base: BaseTree;
  readonly nowMs: number;
  /** Directories that are listed in this pass. */
  readonly listed: ReadonlySet<string>;
  readonly unread: UnreadFile[];
  readonly lookInto: Set<string>;
}

export type NodeEntry = ScanEntry & { readonly kind: NodeKind };

/** False for what an ignore rule hides and for what cannot be synced: it says nothing about the node that had the name. */
export function isNodeEntry(entry: ScanEntry): entry is NodeEntry {
  return !entry.ignored && entry.problem === null && entry.kind !== 'special' && entry.kind !== 'foreign';
}

export function occupySlot(pass: SlotPass, slot: Slot): void {
  const { local, base } = pass;
  const { node, entry } = slot;
  const here = local.get(node);
  const known = here ?? restored(base, node);
  if (isUnchanged(here, { entry, directory: slot.directory, nowMs: pass.nowMs, traits: local.traits })) return;
  const seen = look(slot, modeOf(pass, entry, known));
  if (seen.kind === 'directory') placeDirectory(pass, { seen, path: slot.path, here });
  else if (seen.kind === 'symlink') local.set({ ...seen, status: 'present', content: null, verifiedAtMs: pass.nowMs });
  else placeFile(pass, { seen, path: slot.path, known });
}

type Seen = Omit<LocalNode, 'status' | 'content' | 'verifiedAtMs'>;

/** A disk that keeps no modes says nothing of them: a node has the one it had, a new one the usual one. */
function modeOf({ local }: SlotPass, { kind, fingerprint }: NodeEntry, known: LocalNode | undefined): number {
  if (local.traits.keepsModes) return normaliseMode(kind, fingerprint.mode);
  return known?.kind === kind ? known.mode : normaliseMode(kind, USUAL_MODE[kind]);
}

const USUAL_MODE: Readonly<Record<NodeKind, number>> = { file: 0o644, directory: 0o755, symlink: 0o777 };

function look({ node, directory, entry }: Slot, mode: number): Seen {
  const { kind, name, target, fingerprint } = entry;
  const mtimeMs = Number(BigInt(fingerprint.mtimeNs) / 1_000_000n);
  return { node, parent: directory, diskName: name, kind, mode, mtimeMs, target, fingerprint };
}

function placeDirectory(
  { local, listed, lookInto, nowMs }: SlotPass,
  { seen, path, here }: { seen: Seen; path: string; here: LocalNode | undefined },
): void {
  const isInPlace = here?.status === 'present' && here.parent === seen.parent && here.diskName === seen.diskName;
  const isSame = isInPlace && isSameDirectory(here.fingerprint, seen.fingerprint);
  if (!isSame && !listed.has(path)) lookInto.add(path);
  // Only its own listing can say that an unreadable directory is readable again.
  const status = here?.status === 'unknown' ? 'unknown' : 'present';
  local.set({ ...seen, status, content: null, verifiedAtMs: nowMs });
}

function placeFile(
  { local, unread, nowMs }: SlotPass,
  { seen, path, known }: { seen: Seen; path: string; known: LocalNode | undefined },
): void {
  const { node, fingerprint } = seen;
  // What is 'unknown' carries its last content beside a newer fingerprint: that says nothing.
  if (known !== undefined && known.status !== 'unknown' && sameStamp(known.fingerprint, fingerprint) && !isRacy(known, nowMs)) {
    local.set({ ...seen, status: 'present', content: known.content, verifiedAtMs: known.verifiedAtMs });
    return;
  }
  local.set({ ...seen, status: 'unknown', content: known?.content ?? null, verifiedAtMs: known?.verifiedAtMs ?? 0 });
  unread.push({ node, path, fingerprint });
}

/** A node that was absent for a while, as BASE knew it. */
function restored(base: BaseTree, node: NodeId): LocalNode | undefined {
  const entry = base.get(node);
  if (entry === undefined) return undefined;
  const { kind, content, target, mtimeMs, parent } = entry.state;
  const { diskName, fingerprint, verifiedAtMs } = entry;
  const mode = normaliseMode(kind, entry.state.mode);
  return { node, parent, diskName, kind, status: 'present', mode, mtimeMs, content, target, fingerprint, verifiedAtMs };
}

/** Nothing happened to the node since it was last looked at: this decides for most entries of most scans. */
export function isUnchanged(
  here: LocalNode | undefined,
  {
    entry,
    directory,
    nowMs,
    traits,
  }: { readonly entry: ScanEntry; readonly directory: NodeId; readonly nowMs: number; readonly traits: DiskTraits },
): boolean {
  if (here?.status !== 'present' || here.parent !== directory || here.diskName !== entry.name) return false;
  if (!isNodeEntry(entry) || here.kind !== entry.kind || here.target !== entry.target) return false;
  if (!hasMode(here, entry, traits)) return false;
  if (here.kind === 'directory') return isSameDirectory(here.fingerprint, entry.fingerprint);
  return sameStamp(here.fingerprint, entry.fingerprint) && !(here.kind === 'file' && isRacy(here, nowMs));
}

function hasMode(here: LocalNode, { fingerprint }: ScanEntry, { keepsModes }: DiskTraits): boolean {
  return !keepsModes || here.mode === normaliseMode(here.kind, fingerprint.mode);
}

/** Inodes are used again at once: a directory that was removed and made anew differs by its birth only. */
function isSameDirectory(a: Fingerprint, b: Fingerprint): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.birthtimeNs === b.birthtimeNs;
}
