/** What a user does in a folder: the file operations of the scenarios, with plain system calls. */
import {
  appendFileSync,
  chmodSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { assertNever } from '../../src/core/base/errors.js';
import { conflictCopiesOf } from './conflict-names.js';
import { contentBytes } from './generated-content.js';
import type { Entries, Operation } from './scenario-file.js';

/** The user that owns what is written, when it is not the one running the tests. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Runs one operation below `root`. */
export function runOperation(root: string, operation: Operation, owner: Owner | null): void {
  const file = path.join(root, resolveName(root, operation.path));
  switch (operation.op) {
    case 'write':
      makeParents(root, file, owner);
      writeFileSync(file, contentBytes(operation.content));
      give(file, owner);
      if (operation.mtime !== undefined) utimesSync(file, operation.mtime, operation.mtime);
      return;
    case 'append':
      appendFileSync(file, contentBytes(operation.content));
      return;
    case 'mkdir':
      makeParents(root, path.join(file, 'x'), owner);
      return;
    case 'rm':
      unlinkSync(file);
      return;
    case 'rmdir':
      if (operation.recursive === true) rmSync(file, { recursive: true });
      else rmdirSync(file);
      return;
    case 'mv':
    case 'rename-case':
      renameSync(file, path.join(root, resolveName(root, operation.to)));
      return;
    case 'symlink':
      symlinkSync(operation.target, file);
      give(file, owner);
      return;
    case 'chmod':
      chmodSync(file, Number.parseInt(operation.mode, 8));
      return;
    case 'touch':
      touch(file, operation.mtime);
      return;
    default:
      assertNever(operation);
  }
}

/** Makes entries below `root`; missing parents are implied. */
export function makeEntries(root: string, entries: Entries, owner: Owner | null): void {
  for (const [name, entry] of Object.entries(entries)) {
    const file = path.join(root, name);
    if (entry === null) {
      makeParents(root, path.join(file, 'x'), owner);
      continue;
    }
    makeParents(root, file, owner);
    if (typeof entry === 'object' && 'symlink' in entry) symlinkSync(entry.symlink, file);
    else writeFileSync(file, contentBytes(entry));
    give(file, owner);
  }
}

function touch(file: string, mtime: number | undefined): void {
  const time = mtime ?? Date.now() / 1000;
  utimesSync(file, time, time);
}

/** `${conflict:p}` stands for the path of a conflict copy of p in this folder. */
export function resolveName(root: string, name: string): string {
  return name.replace(/\$\{conflict:([^}]+)\}/g, (_, original: string) => {
    const directory = path.posix.dirname(original);
    const prefix = directory === '.' ? '' : `${directory}/`;
    const names = readdirSync(path.join(root, directory)).map((entry) => `${prefix}${entry}`);
    const copy = conflictCopiesOf(
      original,
      names.sort((a, b) => (a < b ? -1 : 1)),
    )[0];
    if (copy === undefined) throw new Error(`no conflict copy of ${original} among ${names.join(', ')}`);
    return copy;
  });
}

function makeParents(root: string, file: string, owner: Owner | null): void {
  const first = mkdirSync(path.dirname(file), { recursive: true });
  if (first === undefined || owner === null) return;
  for (let made = path.dirname(file); made.length >= first.length && made !== root; made = path.dirname(made)) give(made, owner);
}

function give(file: string, owner: Owner | null): void {
  if (owner !== null) lchownSync(file, owner.uid, owner.gid);
}
