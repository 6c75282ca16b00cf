/**
 * Each kind of folder step: look that the place is what the planner saw, act without overwriting,
 * look again. Throws FsyncError path_changed and errors of the file calls only while the folder is
 * as it was before.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { assertNever, FsyncError } from '../../core/base/errors.js';
import { foldKey } from '../../core/base/name-rules.js';
import { isAtOrInside, linkStaysInside, parentPath, pathName } from '../../core/base/rel-path.js';
import { normaliseMode, type Fingerprint } from '../../core/tree/node.js';
import { errnoOf } from '../home/errno.js';
import type { FolderStep, StepResult } from '../ports.js';
import type { ApplyContext, Place, Seen } from './apply-context.js';
import { fingerprintOf, sameBytes, sameInode } from './fingerprint.js';
import { changed, placeEntry } from './place-entry.js';
import { originOf, writeOrigins } from './stash.js';

/** What is known of a staged file after its mode and time were set. */
export type StagedFiles = ReadonlyMap<string, Fingerprint>;

type StepOf<Op extends FolderStep['op']> = Extract<FolderStep, { op: Op }>;

/** `step` numbers it within the batch. */
export function runFolderStep(context: ApplyContext, folderStep: FolderStep, step: number, staged: StagedFiles): StepResult {
  switch (folderStep.op) {
    case 'make-directory':
      return makeDirectory(context, folderStep);
    case 'place-file':
      return placeFile(context, folderStep, step, staged);
    case 'place-symlink':
      return placeSymlink(context, folderStep, step);
    case 'move':
      return moveTo(context, context.place(folderStep.from), context.place(folderStep.to), folderStep.expected);
    case 'park':
      return park(context, folderStep);
    case 'unpark':
      return bringBack(context, context.temp(folderStep.parked), folderStep.to, context.temp(parkedSidecar(folderStep.parked)));
    case 'unstash':
      return bringBack(context, context.stashPlace(folderStep.stash), folderStep.to, context.stashPlace(`${folderStep.stash}.json`));
    case 'set-mode':
      return setMode(context, folderStep);
    case 'remove-file':
      return removeFile(context, folderStep, step);
    case 'remove-directory':
      return removeDirectory(context, folderStep);
    default:
      return assertNever(folderStep);
  }
}

/** The file beside a parked node that says where it came from. */
export function parkedSidecar(parked: string): string {
  return `${parked}.parked.json`;
}

function done(seen: Seen | null): StepResult {
  return { status: 'done', fingerprint: seen?.print ?? null, displaced: null };
}

function makeDirectory(context: ApplyContext, { path, mode }: StepOf<'make-directory'>): StepResult {
  const place = context.place(path);
  const wanted = normaliseMode('directory', mode);
  // As wanted from the start, but for the umask: a directory with another mode would not count as the server's, were this cut off here.
  mkdirSync(place.at, { mode: wanted });
  context.changed(place);
  try {
    ensureMode(place, wanted);
    context.directories.changed(path);
    context.directories.at(path);
    return done(context.look(place));
  } catch (error) {
    takeAway(place);
    throw error;
  }
}

function ensureMode(directory: Place, wanted: number): void {
  const file = openSync(directory.at, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if ((fstatSync(file).mode & 0o777) !== wanted) fchmodSync(file, wanted);
  } finally {
    closeSync(file);
  }
}

/** A directory that was made and is not known is not left behind. It stays if something was put into it already. */
function takeAway(directory: Place): void {
  try {
    rmdirSync(directory.at);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
  }
}

function placeFile(context: ApplyContext, { path, staged, expected }: StepOf<'place-file'>, step: number, prints: StagedFiles): StepResult {
  const print = prints.get(staged);
  if (print === undefined) throw new FsyncError('io_error', `the downloaded file for ${path} is not ready`);
  return placeEntry(context, { temp: context.temp(staged), print, target: context.place(path), expected, step });
}

function placeSymlink(context: ApplyContext, { path, target, expected }: StepOf<'place-symlink'>, step: number): StepResult {
  const place = context.place(path);
  if (!linkStaysInside(parentPath(path), target)) throw new FsyncError('invalid_input', `${path}: the link leads out of the folder`);
  const temp = context.temp(`link-${String(context.now)}-${String(step)}`);
  rmSync(temp.at, { force: true });
  symlinkSync(target, temp.at);
  try {
    const made = context.look(temp);
    if (made === null) throw new FsyncError('path_changed', 'the temporary link is gone');
    return placeEntry(context, { temp, print: made.print, target: place, expected, step });
  } finally {
    rmSync(temp.at, { force: true });
  }
}

/** Moves what is at `from`, which must be what was expected, to a free name. */
function moveTo(context: ApplyContext, from: Place, to: Place, expected: Fingerprint): StepResult {
  if (isAtOrInside(to.path, from.path)) throw new FsyncError('path_changed', `${to.path} is inside ${from.path}`);
  const before = context.require(from, expected);
  try {
    context.rename.noReplace(from.at, to.at);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' || !isRespelling(from, to, before)) throw error;
    renameSync(from.at, to.at);
  }
  context.changed(from, to);
  const after = context.look(to);
  if (after === null || !sameThing(before, after)) {
    if (after !== null) context.putBack(to, from);
    return changed(null);
  }
  context.touched(before.print, after.print);
  return done(after);
}

function sameThing(before: Seen, after: Seen): boolean {
  return (
    before.type === after.type &&
    (before.type === 'directory' ? sameInode(before.print, after.print) : sameBytes(before.print, after.print))
  );
}

/**
 * On a disk that ignores case or Unicode form, the new spelling of a name is taken by the old one: something answers to it, and
 * is not listed under it. Inodes do not tell: FUSE file systems give each spelling its own.
 */
function isRespelling(from: Place, to: Place, before: Seen): boolean {
  const [oldName, newName] = [pathName(from.path), pathName(to.path)];
  return (
    (before.type === 'directory' || before.print.nlink === 1) &&
    parentPath(from.path) === parentPath(to.path) &&
    foldKey(oldName) === foldKey(newName) &&
    !readdirSync(to.parent.base).includes(newName)
  );
}

function park(context: ApplyContext, { from, parked, expected }: StepOf<'park'>): StepResult {
  const place = context.place(from);
  const origins = { [parked]: originOf(from, 'parked', context.now, null) };
  const sidecar = context.temp(parkedSidecar(parked));
  writeOrigins(sidecar.at, origins, true);
  const result = moveTo(context, place, context.temp(parked), expected);
  if (result.status !== 'done') rmSync(sidecar.at, { force: true });
  return result;
}

/** Gives something of the daemon's private folder a free name in the folder, and forgets where it came from. */
function bringBack(context: ApplyContext, from: Place, toPath: string, sidecar: Place): StepResult {
  const before = context.look(from);
  if (before === null) throw new FsyncError('path_changed', `${from.path} is gone`);
  const result = moveTo(context, from, context.place(toPath), before.print);
  if (result.status === 'done') rmSync(sidecar.at, { force: true });
  return result;
}

function setMode(context: ApplyContext, { path, mode, expected }: StepOf<'set-mode'>): StepResult {
  const place = context.place(path);
  const before = context.require(place, expected);
  if (before.type !== 'file' && before.type !== 'directory') throw new FsyncError('path_changed', `${path} has no mode`);
  const wanted = normaliseMode(before.type, mode);
  const file = openForMode(place);
  if (file === null) chmodSync(place.at, wanted);
  else {
    try {
      if (!sameInode(fingerprintOf(fstatSync(file, { bigint: true })), before.print))
        throw new FsyncError('path_changed', `${path} was replaced`);
      fchmodSync(file, wanted);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
  const after = context.look(place);
  if (after === null || !sameThing(before, after)) return changed(null);
  context.touched(before.print, after.print);
  return done(after);
}

/** Null for a file that even its owner may not read: it can be given a mode by its name only. */
function openForMode(place: Place): number | null {
  try {
    return openSync(place.at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return null;
    throw error;
  }
}

function removeFile(context: ApplyContext, { path, expected }: StepOf<'remove-file'>, step: number): StepResult {
  const place = context.place(path);
  const before = context.require(place, expected);
  if (before.type === 'directory') throw new FsyncError('path_changed', `${path} is a directory`);
  const entry = context.stash(place, step);
  const out = context.look(entry);
  if (out !== null && sameThing(before, out)) return done(null);
  return changed(out === null || context.putBack(entry, place) ? null : context.displaced(entry, path));
}

function removeDirectory(context: ApplyContext, { path }: StepOf<'remove-directory'>): StepResult {
  const place = context.place(path);
  rmdirSync(place.at);
  context.changed(place);
  return done(null);
}
