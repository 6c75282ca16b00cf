/** File calls as data, so that a random list of them can be made on two file systems and compared. */
import type * as realFs from 'node:fs';
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { Tape } from '../simulation/tape.js';

export interface FileCalls {
  readonly root: string;
  readonly fs: typeof realFs;
  readonly renameNoReplace: (from: string, to: string) => void;
  readonly exchange: (a: string, b: string) => void;
  /** Stamps of what is done next are later. */
  readonly tick: () => void;
}

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_TRUNC } = constants;
const FLAGS = [
  O_RDONLY,
  O_RDWR,
  O_RDWR | O_CREAT,
  O_RDWR | O_CREAT | O_EXCL,
  O_RDWR | O_CREAT | O_NOFOLLOW,
  O_RDWR | O_TRUNC,
  O_RDONLY | O_DIRECTORY,
  O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
];
const ON_ONE = ['write', 'mkdir', 'mkdir', 'rmdir', 'unlink', 'readdir', 'readlink', 'lstat', 'stat', 'read', 'rm', 'truncate'] as const;
const ON_TWO = ['rename', 'rename', 'noReplace', 'exchange', 'link'] as const;

export type FileCall =
  | { readonly call: (typeof ON_ONE)[number]; readonly path: string }
  | { readonly call: (typeof ON_TWO)[number]; readonly path: string; readonly to: string }
  | { readonly call: 'symlink'; readonly path: string; readonly target: string }
  | { readonly call: 'open'; readonly path: string; readonly flags: number }
  | { readonly call: 'chmod'; readonly path: string; readonly mode: number };

export function randomCall(tape: Tape): FileCall {
  const anyPath = (): string => Array.from({ length: tape.pick([1, 1, 1, 2, 2, 3]) }, () => tape.pick(['a', 'b', 'c'])).join('/');
  const path = anyPath();
  const roll = tape.below(10);
  if (roll < 5) return { call: tape.pick(ON_ONE), path };
  if (roll < 8) return { call: tape.pick(ON_TWO), path, to: anyPath() };
  if (roll === 8) return { call: 'symlink', path, target: tape.pick(['a', 'b', '../c', 'a/b', '.']) };
  return tape.chance(0.7) ? { call: 'open', path, flags: tape.pick(FLAGS) } : { call: 'chmod', path, mode: tape.pick([0o600, 0o755]) };
}

/** What came of it: a result as text, or the code of the error. */
export function runFileCall(on: FileCalls, call: FileCall): string {
  try {
    return `ok ${run(on, call)}`;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function run({ root, fs, renameNoReplace, exchange }: FileCalls, call: FileCall): string {
  const path = join(root, call.path);
  const to = 'to' in call ? join(root, call.to) : '';
  switch (call.call) {
    case 'write':
      fs.writeFileSync(path, `written to ${call.path}`);
      return '';
    case 'mkdir':
      fs.mkdirSync(path, { mode: 0o755 });
      return '';
    case 'rmdir':
      fs.rmdirSync(path);
      return '';
    case 'unlink':
      fs.unlinkSync(path);
      return '';
    case 'rm':
      fs.rmSync(path, { force: true, recursive: true });
      return '';
    case 'readdir':
      return [...fs.readdirSync(path)].sort().join(' ');
    case 'readlink':
      return fs.readlinkSync(path);
    case 'lstat':
      return show(fs.lstatSync(path));
    case 'stat':
      return show(fs.statSync(path));
    case 'read':
      return fs.readFileSync(path, 'utf8');
    case 'truncate':
      return withFile(fs, path, O_RDWR, (file) => {
        fs.ftruncateSync(file, 4);
      });
    case 'open':
      return withFile(fs, path, call.flags, () => undefined);
    case 'chmod':
      fs.chmodSync(path, call.mode);
      return '';
    case 'symlink':
      fs.symlinkSync(call.target, path);
      return '';
    case 'link':
      fs.linkSync(path, to);
      return '';
    case 'rename':
      fs.renameSync(path, to);
      return '';
    case 'noReplace':
      renameNoReplace(path, to);
      return '';
    case 'exchange':
      exchange(path, to);
      return '';
  }
}

function withFile(fs: typeof realFs, path: string, flags: number, work: (file: number) => void): string {
  const file = fs.openSync(path, flags, 0o644);
  try {
    work(file);
    return show(fs.fstatSync(file));
  } finally {
    fs.closeSync(file);
  }
}

function show(stat: realFs.Stats): string {
  const kind = stat.isFile() ? `file of ${String(stat.size)}, ${String(stat.nlink)} links` : stat.isDirectory() ? 'directory' : 'link';
  return stat.isSymbolicLink() ? kind : `${kind} ${(stat.mode & 0o777).toString(8)}`;
}

/** Everything there is: kinds, modes, contents, targets, and which names are one file. */
export function treeLines({ root, fs }: FileCalls): readonly string[] {
  const lines: string[] = [];
  const firstNames = new Map<number, string>();
  const walk = (directory: string): void => {
    for (const name of [...fs.readdirSync(join(root, directory))].sort()) {
      const path = join(directory, name);
      const stat = fs.lstatSync(join(root, path));
      const first = firstNames.get(stat.ino) ?? path;
      firstNames.set(stat.ino, first);
      const content = stat.isFile()
        ? fs.readFileSync(join(root, path), 'utf8')
        : stat.isSymbolicLink()
          ? fs.readlinkSync(join(root, path))
          : '';
      lines.push(`${path} ${show(stat)} ${content}${first === path ? '' : ` = ${first}`}`);
      if (stat.isDirectory()) walk(path);
    }
  };
  walk('');
  return lines;
}
