/**
 * Lists directories for the planner: readdir and lstat, synchronous, on a worker. It opens no file,
 * follows no link and stays on the root's file system. What it cannot see completely is
 * 'unreadable', because only 'missing' may ever count as deleted.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { FsyncError } from '../../core/base/errors.js';
import { PRIVATE_FOLDER } from '../../core/base/name-rules.js';
import { isAtOrInside, joinPath, pathComponents, pathProblem } from '../../core/base/rel-path.js';
import type { IgnoreRules } from '../../core/ignore/ignore-rules.js';
import { errnoOf } from '../home/errno.js';
import type { DirectoryListing, ScanRequest } from '../ports.js';
import { EntryClassifier } from './entry-classifier.js';
import { typeOf } from './fingerprint.js';
import { readIgnoreFile } from './read-rules-file.js';
import { readRootIdentity, requireRoot, type RootIdentity } from './root-identity.js';
import { ScanPacker, type PackedScan } from './scan-packing.js';

export interface ScanJob extends ScanRequest {
  readonly root: string;
  /** What the root must be, before and after; null takes it as it is found. */
  readonly identity: RootIdentity | null;
}

/** The 'scan' task: reads the ignore rules, then scans. */
export function runScanJob(job: ScanJob, checkpoint: () => void = () => undefined): PackedScan {
  const identity = job.identity ?? readRootIdentity(job.root);
  if (identity === null) throw new FsyncError('guarded', `${job.root} is not a directory`);
  requireRoot(job.root, identity);
  const packed = scanDirectories(job.root, job, readIgnoreFile(job.root), checkpoint);
  requireRoot(job.root, identity);
  return packed;
}

/**
 * Scans without looking at the root's identity. Parents come before their children; a directory
 * that is asked for twice is listed once.
 * @throws FsyncError invalid_input for a path that leaves the root
 */
export function scanDirectories(
  root: string,
  request: ScanRequest,
  rules: IgnoreRules,
  checkpoint: () => void = () => undefined,
): PackedScan {
  const scan: Scan = { root, packer: new ScanPacker(), classifier: new EntryClassifier(root, rules), done: new Set(), checkpoint };
  for (const path of request.recursive) walk(scan, path);
  for (const path of request.directories) {
    if (!scan.done.has(path)) listOne(scan, path);
  }
  return scan.packer.packed();
}

interface Scan {
  readonly root: string;
  readonly packer: ScanPacker;
  readonly classifier: EntryClassifier;
  readonly done: Set<string>;
  /** Called for each directory; throws when the scan is to stop. */
  readonly checkpoint: () => void;
}

/** A directory that was seen at a path. */
interface Sighting {
  readonly path: string;
  readonly dev: bigint;
  readonly ino: bigint;
}

function walk(scan: Scan, top: string): void {
  if (scan.done.has(top)) return;
  const pending = [...listOne(scan, top)].reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (scan.done.has(next.path)) continue;
    scan.done.add(next.path);
    pending.push(...listChecked(scan, next).reverse());
  }
}

/** Lists a directory that somebody named. Returns its subdirectories. */
function listOne(scan: Scan, path: string): readonly Sighting[] {
  scan.done.add(path);
  const found = find(scan, path);
  if (typeof found !== 'string') return listChecked(scan, found);
  scan.packer.finish(path, found);
  return [];
}

/** Looks at each component on the way: none may be a link, ignored places and other vaults included. */
function find(scan: Scan, path: string): Sighting | 'missing' | 'unreadable' {
  if (path !== '' && pathProblem(path) !== null) {
    throw new FsyncError('invalid_input', `not a path inside the vault: ${JSON.stringify(path.slice(0, 200))}`);
  }
  if (isAtOrInside(path, PRIVATE_FOLDER)) return 'unreadable';
  try {
    let stat = lstatSync(scan.root, { bigint: true, throwIfNoEntry: false });
    let at = '';
    for (const name of pathComponents(path)) {
      const parent = at;
      at = joinPath(at, name);
      stat = lstatSync(`${scan.root}/${at}`, { bigint: true, throwIfNoEntry: false });
      if (stat === undefined || typeOf(stat) !== 'directory') return 'missing';
      if (scan.classifier.classify(parent, name, stat).kind !== 'directory') return 'unreadable';
    }
    return stat === undefined || typeOf(stat) !== 'directory' ? 'missing' : { path, dev: stat.dev, ino: stat.ino };
  } catch (error) {
    return troubleStatus(error);
  }
}

/** Attempts at a directory that changes while it is read, before it is taken as it is: the watcher reports it again. */
const MAX_ATTEMPTS = 3;

/** Lists a directory that was seen; reads it again when it changed meanwhile. Returns its subdirectories. */
function listChecked(scan: Scan, seen: Sighting): Sighting[] {
  const { path } = seen;
  const mark = scan.packer.mark();
  scan.checkpoint();
  let sighting: Sighting | 'missing' | 'unreadable' = seen;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (typeof sighting === 'string') return finish(scan, path, sighting);
    try {
      const found = listOnce(scan, sighting, attempt === MAX_ATTEMPTS);
      if (found !== 'changed') {
        scan.packer.finish(path, 'listed');
        return found;
      }
    } catch (error) {
      // An entry that went away while it was looked at says nothing about the directory: look again.
      if (troubleStatus(error) === 'unreadable') {
        scan.packer.rewind(mark);
        return finish(scan, path, 'unreadable');
      }
    }
    scan.packer.rewind(mark);
    sighting = find(scan, path);
  }
  return finish(scan, path, typeof sighting === 'string' ? sighting : 'unreadable');
}

/** One look at a directory. `settle` accepts a listing during which the directory changed, if it still is the same directory. */
function listOnce(scan: Scan, seen: Sighting, settle: boolean): Sighting[] | 'changed' {
  const absolute = seen.path === '' ? scan.root : `${scan.root}/${seen.path}`;
  const before = lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
  if (before?.ino !== seen.ino || before.dev !== seen.dev) return 'changed';
  const subdirectories = readEntries(scan, seen.path, absolute);
  const after = lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
  if (after?.ino !== before.ino || after.dev !== before.dev) return 'changed';
  return settle || (after.ctimeNs === before.ctimeNs && after.mtimeNs === before.mtimeNs) ? subdirectories : 'changed';
}

function finish(scan: Scan, path: string, status: DirectoryListing['status']): Sighting[] {
  scan.packer.finish(path, status);
  return [];
}

function readEntries(scan: Scan, path: string, absolute: string): Sighting[] {
  const { packer, classifier } = scan;
  const subdirectories: Sighting[] = [];
  const names = readdirSync(absolute);
  if (names.some((name) => name.includes('\ufffd'))) classifier.addUndecodable(absolute, names, packer);
  for (const name of names) {
    if (path === '' && name === PRIVATE_FOLDER) continue;
    const absoluteEntry = `${absolute}/${name}`;
    if (absoluteEntry.length > 1000 && classifier.isTooLong(absoluteEntry)) {
      packer.add({ name, kind: 'foreign', ignored: false, target: null, problem: 'path-too-long' }, null);
      continue;
    }
    const stat = lstatSync(absoluteEntry, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) continue;
    const note = classifier.classify(path, name, stat);
    packer.add(note, stat);
    if (note.kind === 'directory' && !note.ignored) subdirectories.push({ path: joinPath(path, name), dev: stat.dev, ino: stat.ino });
  }
  return subdirectories;
}

/** Gone is 'missing' (EINVAL: a link that is none any more); every other trouble hides what is there. */
function troubleStatus(error: unknown): 'missing' | 'unreadable' {
  const code = errnoOf(error);
  if (code === null) throw error;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EINVAL' ? 'missing' : 'unreadable';
}
