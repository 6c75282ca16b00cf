/** Does what a user's command says to a device's disk, and tells the oracle which contents the user had before them. */
import type { UserCommand } from './commands.js';
import { FileError } from './file-error.js';
import { pathOf, type Inode } from './inode.js';
import type { Model } from './model.js';
import type { Slot, VirtualDisk } from './virtual-disk.js';

export interface UserDeps {
  readonly disk: VirtualDisk;
  readonly otherDisks: readonly VirtualDisk[];
  readonly model: Model;
  /** Whose content it is; a part of each new one. */
  readonly name: string;
  /** Does the daemon know that it put this file there? What is done to it before is done to a file that it never saw. */
  readonly isRecorded: (inode: Inode) => boolean;
  /** Content ids of the files that the server has at a path and below it, as far as any device knows. */
  readonly remoteContents: (path: string) => readonly string[];
  readonly nowMs: number;
  /** Runs the second half of a slow write some time later. */
  readonly later: (work: () => void) => void;
}

/** A command that makes no sense now (nothing there, something in the way) does nothing, as in a shell. */
export function runUserCommand(deps: UserDeps, command: UserCommand): void {
  try {
    run(deps, command);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
  if (command.unsynced !== true) deps.disk.syncAll();
}

function run(deps: UserDeps, command: UserCommand): void {
  const { disk } = deps;
  if (command.op === 'write' || command.op === 'save' || command.op === 'mkdir' || command.op === 'symlink')
    makeParents(deps, command.path);
  const slot = disk.slot(command.path);
  if (insidePrivateFolder(command.path) || slot.name === '') return;
  switch (command.op) {
    case 'write':
      write(deps, slot, command);
      break;
    case 'save':
      save(deps, slot, command);
      break;
    case 'append':
      if (slot.inode?.type === 'file') append(deps, slot.inode);
      break;
    case 'truncate':
      if (slot.inode?.type === 'file') truncate(deps, slot.inode);
      break;
    case 'mkdir':
      if (slot.inode === undefined) disk.link(slot, disk.newInode('directory', 0o755));
      break;
    case 'symlink':
      if (slot.inode === undefined) disk.link(slot, disk.newInode('symlink', 0o777, command.target));
      break;
    case 'rm':
      if (slot.inode !== undefined && slot.inode.type !== 'directory') remove(deps, slot);
      break;
    case 'rmrf':
      remove(deps, slot);
      break;
    case 'ignore':
      ignore(deps, slot, command.pattern);
      break;
    case 'chmod':
      if (slot.inode?.type === 'file') disk.setMode(slot.inode, slot.inode.mode ^ 0o100);
      break;
    case 'touch':
      if (slot.inode?.type === 'file') disk.setTimes(slot.inode, slot.inode.mtimeMs + 1_000);
      break;
    case 'mv':
      move(deps, slot, command.to);
      break;
    case 'copy':
      copy(deps, slot, command.to);
      break;
  }
}

function insidePrivateFolder(path: string): boolean {
  return path === '.fsync' || path.startsWith('.fsync/');
}

function textOf(inode: Inode): string {
  return inode.data.toString('utf8');
}

function makeParents({ disk }: UserDeps, path: string): void {
  const names = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= names.length; depth += 1) {
    const slot = disk.slot(names.slice(0, depth).join('/'));
    if (slot.inode === undefined) disk.link(slot, disk.newInode('directory', 0o755));
  }
}

function write(deps: UserDeps, slot: Slot, { size, slow }: { size: number; slow?: boolean }): void {
  const { disk, model, name } = deps;
  if (slot.inode !== undefined && slot.inode.type !== 'file') return;
  const over = fileBefore(deps, slot);
  const inode = slot.inode ?? disk.newInode('file', 0o644);
  if (slot.inode === undefined) disk.link(slot, inode);
  const text = model.fresh(name, size, { over });
  if (slow !== true) {
    rewrite(deps, inode, text);
    return;
  }
  const half = text.slice(0, text.length / 2);
  model.passing(half, text);
  rewrite(deps, inode, half);
  // The program holds the file open: it goes on in this inode, wherever that is by then.
  deps.later(() => {
    if (textOf(inode) === half && inode.nlink > 0) disk.write(inode, Buffer.from(text), 0);
    else model.forget(text);
    disk.syncAll();
  });
}

function rewrite(deps: UserDeps, inode: Inode, text: string): void {
  const { disk } = deps;
  forget(deps, inode);
  if (inode.data.length > text.length) disk.truncate(inode, 0);
  disk.write(inode, Buffer.from(text), 0);
}

function append(deps: UserDeps, inode: Inode): void {
  const text = textOf(inode);
  rewrite(deps, inode, deps.model.fresh(deps.name, 0, { over: text, before: text }));
}

function truncate(deps: UserDeps, inode: Inode): void {
  const { disk, model } = deps;
  const text = textOf(inode);
  const shorter = text.slice(0, 5);
  forget(deps, inode);
  model.passing(shorter, text);
  disk.truncate(inode, Buffer.byteLength(shorter));
}

function save(deps: UserDeps, slot: Slot, { size }: { size: number }): void {
  const { disk, model, name } = deps;
  if (slot.inode?.type === 'directory') return;
  const inode = disk.newInode('file', 0o644);
  inode.data = Buffer.from(model.fresh(name, size, { over: fileBefore(deps, slot) }));
  if (slot.inode !== undefined) {
    forget(deps, slot.inode);
    disk.unlink(slot);
  }
  disk.link({ ...slot, inode: undefined }, inode);
}

/**
 * What the file held that is written now. One that is made where another device has one, or where the server has one that has
 * not come yet, is that one as soon as they meet.
 */
function fileBefore(deps: UserDeps, slot: Slot): string {
  if (slot.inode !== undefined) return textOf(slot.inode);
  const twin = elsewhere(deps, slot).find(({ type }) => type === 'file');
  if (twin !== undefined) return textOf(twin);
  const [content] = deps.remoteContents(pathOfSlot(slot));
  return content === undefined ? '' : deps.model.textOf(content);
}

/** Like any content, it says who wrote it, in a line that matches nothing. */
function ignore(deps: UserDeps, slot: Slot, pattern: string): void {
  const { disk, model, name } = deps;
  if (slot.inode !== undefined && slot.inode.type !== 'file') return;
  const text = model.fresh(name, 0, { over: fileBefore(deps, slot), before: `${pattern}\n` });
  const inode = slot.inode ?? disk.newInode('file', 0o644);
  if (slot.inode === undefined) disk.link(slot, inode);
  rewrite(deps, inode, text);
  model.somethingIsIgnored();
}

function remove(deps: UserDeps, slot: Slot): void {
  const { inode } = slot;
  if (inode === undefined) return;
  if (deps.model.isMovedElsewhere(inode)) returnsWithMove(deps, slot);
  for (const [name, child] of [...inode.children]) remove(deps, { parent: inode, name, inode: child });
  forget(deps, inode);
  if (inode.type === 'file') deps.model.deleted(pathOfSlot(slot), textOf(inode), deps.nowMs);
  deps.disk.unlink(slot);
}

/** A move wins against a deletion: the directory comes back where it was moved to, with what was made in it since. */
function returnsWithMove({ model, nowMs }: UserDeps, slot: Slot): void {
  model.directoryMoves(pathOfSlot(slot), nowMs);
  if (slot.inode !== undefined)
    eachText(slot.inode, (text) => {
      model.mayReturn(text);
    });
}

/** The user overwrites or deletes it, having had it before them. Where the daemon does not know yet that it put it there, it may come back. */
function forget({ model, isRecorded }: UserDeps, inode: Inode): void {
  const text = textOf(inode);
  model.forget(text);
  if (inode.type === 'file' && !isRecorded(inode)) model.mayReturn(text);
}

function move(deps: UserDeps, slot: Slot, path: string): void {
  const { disk, model } = deps;
  if (slot.inode === undefined || insidePrivateFolder(path)) return;
  const given = disk.slot(path);
  const intoDirectory = given.inode?.type === 'directory' && slot.inode.type !== 'directory';
  const to = intoDirectory ? disk.slot(`${path}/${slot.name}`) : given;
  if (to.name === '' || to.inode === slot.inode) return;
  const replaced = to.inode;
  const twins = elsewhere(deps, slot);
  const isUnaware = model.isMovedElsewhere(slot.inode);
  if (slot.inode.type === 'directory') model.directoryMoves(pathOfSlot(slot), deps.nowMs);
  disk.rename(slot, to, 'replace', path);
  for (const directory of isUnaware ? [slot.inode, ...twins] : twins) model.movedElsewhere(directory);
  if (replaced !== undefined) forget(deps, replaced);
  // A directory moves with what is about to come into it; what was about to come to its new path comes into it there.
  const paths = slot.inode.type === 'directory' ? [pathOfSlot(slot), pathOfSlot(to)] : [];
  for (const content of paths.flatMap(deps.remoteContents)) model.mayReturn(model.textOf(content));
  for (const inode of [slot.inode, ...twins])
    eachText(inode, (text) => {
      model.mayReturn(text);
    });
}

/** What other devices have at this path: a directory moves with what is in it anywhere. */
function elsewhere({ otherDisks }: UserDeps, slot: Slot): readonly Inode[] {
  const path = pathOfSlot(slot);
  return otherDisks.flatMap((other) => other.find(path) ?? []);
}

function pathOfSlot({ parent, name }: Slot): string {
  return [pathOf(parent), name].filter((part) => part !== '').join('/');
}

function copy(deps: UserDeps, slot: Slot, path: string): void {
  const { disk, model } = deps;
  const to = disk.slot(path);
  if (slot.inode === undefined || to.inode !== undefined || to.name === '' || insidePrivateFolder(path)) return;
  for (let at: Inode | null = to.parent; at !== null; at = at.parent) if (at === slot.inode) return;
  eachText(slot.inode, (text) => {
    model.mayReturn(text);
  });
  copyInto(disk, slot.inode, to);
}

function copyInto(disk: VirtualDisk, from: Inode, to: Slot): void {
  const made = disk.newInode(from.type, from.mode, from.target);
  made.data = from.data;
  disk.link(to, made);
  for (const [name, child] of from.children) copyInto(disk, child, { parent: made, name, inode: undefined });
}

function eachText(inode: Inode, visit: (text: string) => void): void {
  if (inode.type === 'file') visit(textOf(inode));
  for (const child of inode.children.values()) eachText(child, visit);
}
