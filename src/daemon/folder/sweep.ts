/**
 * The 'sweep' task: tidies the private folder. Parked nodes and bytes that nobody expected go back
 * into the tree under a free name; staged files and stash entries are deleted when their time is over.
 */
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { conflictCopyName } from '../../core/base/name-rules.js';
import { joinPath, parentPath, pathName } from '../../core/base/rel-path.js';
import { isFsyncError } from '../../core/base/errors.js';
import { errnoOf } from '../home/errno.js';
import { ApplyContext, isKept, type Place } from './apply-context.js';
import { requireRoot, type RootIdentity } from './root-identity.js';
import { readOrigins } from './stash-origins.js';
import { batchOf, isBatch, type StashOrigin } from './stash.js';
import { meansChanged, storageError } from './storage-error.js';
import { systemCalls, type SystemCalls } from './system-calls.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Stash entries stay this long, staged files and parts of downloads so long after their last change. */
export const STASH_MS = DAY_MS;
export const STAGED_MS = 7 * DAY_MS;
export const PART_MS = 30 * DAY_MS;

const PARKED = '.parked.json';

export interface SweepJob {
  readonly root: string;
  readonly identity: RootIdentity;
  /** Epoch milliseconds and 8 to 32 hex digits. */
  readonly now: number;
  readonly nonce: string;
  /** Parked nodes and stash entries that the running daemon still needs. */
  readonly keep: readonly string[];
}

/** @throws FsyncError guarded, io_error, disk_full */
export function runSweepJob(job: SweepJob, calls: SystemCalls = systemCalls()): void {
  requireRoot(job.root, job.identity);
  let context: ApplyContext | undefined;
  try {
    context = new ApplyContext({ root: job.root, calls, now: job.now, nonce: job.nonce, origins: {} });
    sweepTemp(context, job);
    sweepStash(context, job);
    context.directories.sync();
  } catch (error) {
    throw storageError(error, job.root);
  } finally {
    context?.close();
  }
}

function sweepTemp(context: ApplyContext, job: SweepJob): void {
  const names = new Set(readdirSync(context.directories.at('.fsync/tmp').base));
  for (const name of names) {
    if (!name.endsWith(PARKED)) continue;
    const parked = name.slice(0, -PARKED.length);
    names.delete(parked);
    names.delete(name);
    if (job.keep.includes(parked)) continue;
    const sidecar = context.temp(name);
    if (bringHome(context, context.temp(parked), readOrigins(sidecar.at).get(parked), job)) rmSync(sidecar.at, { force: true });
  }
  for (const name of names) {
    const { base } = context.directories.at('.fsync/tmp');
    if (isKept(name)) bringHome(context, context.temp(name), undefined, job);
    else if (job.now - changedAt(`${base}/${name}`, job.now) > (name.endsWith('.part') ? PART_MS : STAGED_MS)) {
      rmSync(`${base}/${name}`, { recursive: true, force: true });
    }
  }
}

function sweepStash(context: ApplyContext, job: SweepJob): void {
  const names = readdirSync(context.directories.at('.fsync/stash').base);
  const findOrigin = originFinder(context, new Set(names));
  const left = new Set<string>();
  for (const entry of names) {
    const batch = batchOf(entry);
    if (batch === null) continue;
    const kept = job.keep.includes(entry) || !settle(context, context.stashPlace(entry), findOrigin(entry, batch), job);
    if (kept) left.add(entry).add(batch);
  }
  for (const name of names) {
    if (isSidecar(name) && !left.has(withoutJson(name))) rmSync(context.stashPlace(name).at, { force: true });
  }
}

type OriginFinder = (entry: string, batch: string) => StashOrigin | undefined;

/** Looks in the entry's own sidecar, then in that of its batch; each file is read once. */
function originFinder(context: ApplyContext, names: ReadonlySet<string>): OriginFinder {
  const read = new Map<string, ReadonlyMap<string, StashOrigin>>();
  const lookUp = (sidecar: string, entry: string): StashOrigin | undefined => {
    if (!names.has(sidecar)) return undefined;
    const origins = read.get(sidecar) ?? readOrigins(context.stashPlace(sidecar).at);
    read.set(sidecar, origins);
    return origins.get(entry);
  };
  return (entry, batch) => lookUp(`${entry}.json`, entry) ?? lookUp(`${batch}.json`, entry);
}

function withoutJson(name: string): string {
  return name.slice(0, -'.json'.length);
}

function isSidecar(name: string): boolean {
  return name.endsWith('.json') && (isBatch(withoutJson(name)) || batchOf(withoutJson(name)) !== null);
}

/** True when the entry has left the stash. */
function settle(context: ApplyContext, entry: Place, origin: StashOrigin | undefined, job: SweepJob): boolean {
  if (origin?.why === 'displaced') return bringHome(context, entry, origin, job);
  const age = job.now - (origin?.at ?? changedAt(entry.at, job.now));
  if (age <= (origin === undefined ? PART_MS : STASH_MS)) return false;
  if (wasWrittenSince(context, entry, origin)) return bringHome(context, entry, origin, job);
  rmSync(entry.at, { recursive: true, force: true });
  return true;
}

/** Somebody had the file open and went on writing: these bytes are nowhere else. */
function wasWrittenSince(context: ApplyContext, entry: Place, origin: StashOrigin | undefined): boolean {
  const bytes = origin?.bytes ?? null;
  const seen = context.look(entry);
  return bytes !== null && seen !== null && (seen.print.size !== bytes.size || seen.print.mtimeNs !== bytes.mtimeNs);
}

/** Back to where it came from, else beside it, else to the top of the folder. False when none of these can be done now. */
function bringHome(context: ApplyContext, from: Place, origin: StashOrigin | undefined, { now, nonce }: SweepJob): boolean {
  if (context.look(from) === null) return true;
  const path = origin?.path ?? `recovered-${pathName(from.path)}`;
  const copy = conflictCopyName({ name: pathName(path), deviceName: 'recovered', at: now, hash4: nonce.slice(0, 4) });
  return [path, joinPath(parentPath(path), copy), copy].some((candidate) => {
    try {
      return context.putBack(from, context.place(candidate));
    } catch (error) {
      if (isFsyncError(error, 'path_changed', 'invalid_input') || (errnoOf(error) !== null && meansChanged(error))) return false;
      throw error;
    }
  });
}

/** Epoch milliseconds of the last change; `now` for what is gone. Not the mtime: that one is the user's. */
function changedAt(path: string, now: number): number {
  return lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? now;
}
