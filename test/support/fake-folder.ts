/**
 * A folder in memory with what the planner's inputs need: inodes that are re-used like on ext4, birth
 * times, link counts, stamps. Users change it by path; the steps of a plan are checked as strictly
 * as a real disk would.
 */
import type { DirectoryListing, ScanEntry } from '../../src/core/tree/listing.js';
import type { Fingerprint, NodeKind } from '../../src/core/tree/node.js';
import type { FakeEntry, Inode } from './fake-inode.js';
import { fingerprintOf, walk } from './fake-inode.js';

export interface ScanScope {
  readonly directories: readonly string[];
  readonly recursive: readonly string[];
}

export class FakeFolder {
  readonly #now: () => number;
  readonly #root: Inode;
  readonly #parking: Inode;
  readonly #free: number[] = [];
  #lastIno = 1;
  readonly #denied = new Set<Inode>();
  /** Names that the ignore rules hide. */
  readonly hidden = new Set<string>();
  /** Paths that are sockets or other things that cannot be synced, with the reason. */
  readonly problems = new Map<string, string>();

  constructor(now: () => number) {
    this.#now = now;
    this.#root = this.#newInode('directory', '', 0o755);
    this.#parking = this.#newInode('directory', '', 0o700);
  }

  // ------------------------------------------------------------ what a user does

  write(path: string, text: string, mtimeMs?: number): void {
    this.mkdir(parentOf(path));
    const { parent, name } = this.#slot(path);
    const old = parent.children.get(name);
    if (old?.kind === 'directory') throw new Error(`EISDIR ${path}`);
    const now = this.#now();
    if (old?.kind === 'file') Object.assign(old, { text, mtimeMs: mtimeMs ?? now, ctimeMs: now });
    else this.#put(path, this.#newInode('file', text, 0o644, mtimeMs));
  }

  /** As most editors save: a new file takes the old one's place. */
  saveAtomically(path: string, text: string): void {
    this.#put(path, this.#newInode('file', text, 0o644));
  }

  append(path: string, text: string): void {
    this.write(path, this.#at(path).text + text);
  }

  mkdir(path: string): void {
    if (path === '') return;
    this.mkdir(parentOf(path));
    const { parent, name } = this.#slot(path);
    const found = parent.children.get(name);
    if (found === undefined) this.#put(path, this.#newInode('directory', '', 0o755));
    else if (found.kind !== 'directory') throw new Error(`ENOTDIR ${path}`);
  }

  symlink(path: string, target: string): void {
    if (this.has(path)) throw new Error(`EEXIST ${path}`);
    this.#put(path, this.#newInode('symlink', target, 0));
  }

  link(from: string, to: string): void {
    const inode = this.#at(from);
    this.#put(to, inode);
    inode.nlink += 1;
    inode.ctimeMs = this.#now();
  }

  rm(path: string): void {
    if (this.#at(path).kind === 'directory') throw new Error(`EISDIR ${path}`);
    this.#unlink(path);
  }

  rmdir(path: string, recursive = true): void {
    const inode = this.#at(path);
    if (inode.kind !== 'directory') throw new Error(`ENOTDIR ${path}`);
    if (inode.children.size > 0 && !recursive) throw new Error(`ENOTEMPTY ${path}`);
    for (const [name, child] of [...inode.children]) {
      if (child.kind === 'directory') this.rmdir(`${path}/${name}`);
      else this.#unlink(`${path}/${name}`);
    }
    this.#unlink(path);
  }

  /** rename(2): an existing file or empty directory of the same kind is replaced. */
  mv(from: string, to: string): void {
    if (from === to) return;
    const inode = this.#at(from);
    if (`${to}/`.startsWith(`${from}/`)) throw new Error(`EINVAL ${from} -> ${to}`);
    const { parent, name } = this.#slot(to);
    const target = parent.children.get(name);
    if (target === inode) return;
    if (target !== undefined && (target.kind === 'directory') !== (inode.kind === 'directory')) throw new Error(`EISDIR ${to}`);
    if (target !== undefined && target.children.size > 0) throw new Error(`ENOTEMPTY ${to}`);
    const source = this.#slot(from);
    source.parent.children.delete(source.name);
    this.#put(to, inode);
    inode.ctimeMs = this.#now();
  }

  chmod(path: string, mode: number): void {
    Object.assign(this.#at(path), { mode, ctimeMs: this.#now() });
  }

  touch(path: string, mtimeMs?: number): void {
    const now = this.#now();
    Object.assign(this.#at(path), { mtimeMs: mtimeMs ?? now, ctimeMs: now });
  }

  /** From now on the daemon gets EACCES there, until `allowAll`. */
  deny(path: string): void {
    this.#at(path).denied = true;
    this.#denied.add(this.#at(path));
  }

  allowAll(): void {
    for (const inode of this.#denied) inode.denied = false;
    this.#denied.clear();
  }

  get isHindered(): boolean {
    return this.#denied.size > 0 || this.hidden.size > 0;
  }

  // ------------------------------------------------------------ what the daemon sees

  isIgnored(path: string): boolean {
    return path.split('/').some((name) => this.hidden.has(name));
  }

  hasDirectory(path: string): boolean {
    return this.#find(path)?.kind === 'directory';
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  read(path: string): { readonly text: string; readonly fingerprint: Fingerprint } | undefined {
    const inode = this.#find(path);
    return inode?.kind === 'file' && !inode.denied ? { text: inode.text, fingerprint: fingerprintOf(inode) } : undefined;
  }

  fingerprint(path: string): Fingerprint {
    return fingerprintOf(this.#at(path));
  }

  /** Everything below the root, parents first, by name. */
  entries(): readonly FakeEntry[] {
    return walk(this.#root, '');
  }

  scan({ directories, recursive }: ScanScope): readonly DirectoryListing[] {
    const listings = new Map<string, DirectoryListing>();
    const list = (path: string, deep: boolean): void => {
      const inode = this.#find(path);
      if (inode?.kind !== 'directory') {
        listings.set(path, { path, status: 'missing', entries: [] });
        return;
      }
      const entries = [...inode.children].map(([name, child]) => this.#scanEntry(path === '' ? name : `${path}/${name}`, name, child));
      const readable = path === '' || ((inode.mode & 0o400) !== 0 && !inode.denied);
      listings.set(path, { path, status: readable ? 'listed' : 'unreadable', entries: readable ? entries : [] });
      if (!deep || !readable) return;
      for (const entry of entries)
        if (entry.kind === 'directory' && !entry.ignored && entry.problem === null)
          list(path === '' ? entry.name : `${path}/${entry.name}`, true);
    };
    for (const path of directories) list(path, false);
    for (const path of recursive) list(path, true);
    return [...listings.values()];
  }

  // ------------------------------------------------------------ steps of a plan

  create(path: string, entry: { kind: NodeKind; text: string; mode: number; mtimeMs: number }): Fingerprint {
    if (this.has(path)) throw new Error(`create: something is at ${path}`);
    this.#put(path, this.#newInode(entry.kind, entry.text, entry.mode, entry.mtimeMs));
    return this.fingerprint(path);
  }

  replace(path: string, entry: { kind: NodeKind; text: string; mode: number; mtimeMs: number }): Fingerprint {
    if (this.#at(path).kind !== entry.kind) throw new Error(`replace: ${path} is no ${entry.kind}`);
    this.#put(path, this.#newInode(entry.kind, entry.text, entry.mode, entry.mtimeMs));
    return this.fingerprint(path);
  }

  moveStep(from: string, to: string): Fingerprint {
    if (this.has(to)) throw new Error(`move: something is at ${to}`);
    this.mv(from, to);
    return this.fingerprint(to);
  }

  park(from: string, as: string): void {
    const inode = this.#at(from);
    const { parent, name } = this.#slot(from);
    parent.children.delete(name);
    this.#parking.children.set(as, inode);
    inode.ctimeMs = this.#now();
  }

  unpark(as: string, to: string): Fingerprint {
    const inode = this.#parking.children.get(as);
    if (inode === undefined) throw new Error(`unpark: ${as} is not parked`);
    if (this.has(to)) throw new Error(`unpark: something is at ${to}`);
    this.#parking.children.delete(as);
    this.#put(to, inode);
    inode.ctimeMs = this.#now();
    return this.fingerprint(to);
  }

  get parked(): number {
    return this.#parking.children.size;
  }

  /** What stays parked goes back to a free name. */
  sweep(): void {
    for (const as of [...this.#parking.children.keys()]) this.unpark(as, `recovered ${as.slice(0, 8)} ${this.#now()}`);
  }

  // ------------------------------------------------------------ inside

  #scanEntry(path: string, name: string, inode: Inode): ScanEntry {
    const problem = this.problems.get(path) ?? null;
    return {
      name,
      kind: problem === null ? inode.kind : 'special',
      fingerprint: fingerprintOf(inode),
      target: inode.kind === 'symlink' ? inode.text : null,
      ignored: this.isIgnored(path),
      problem,
    };
  }

  #newInode(kind: NodeKind, text: string, mode: number, mtimeMs?: number): Inode {
    const now = this.#now();
    const ino = this.#free.pop() ?? (this.#lastIno += 1);
    return { ino, birthMs: now, kind, text, mode, mtimeMs: mtimeMs ?? now, ctimeMs: now, nlink: 1, denied: false, children: new Map() };
  }

  #put(path: string, inode: Inode): void {
    const { parent, name } = this.#slot(path);
    if (parent.children.has(name)) this.#unlink(path);
    parent.children.set(name, inode);
    parent.mtimeMs = this.#now();
  }

  #unlink(path: string): void {
    const { parent, name } = this.#slot(path);
    const inode = parent.children.get(name);
    if (inode === undefined) throw new Error(`ENOENT ${path}`);
    parent.children.delete(name);
    inode.nlink -= 1;
    inode.ctimeMs = this.#now();
    if (inode.nlink === 0) this.#free.push(inode.ino);
  }

  #slot(path: string): { parent: Inode; name: string } {
    const parent = this.#at(parentOf(path));
    if (parent.kind !== 'directory') throw new Error(`ENOTDIR ${path}`);
    return { parent, name: path.slice(path.lastIndexOf('/') + 1) };
  }

  #at(path: string): Inode {
    const inode = this.#find(path);
    if (inode === undefined) throw new Error(`ENOENT ${path}`);
    return inode;
  }

  #find(path: string): Inode | undefined {
    let at: Inode | undefined = this.#root;
    if (path !== '') for (const name of path.split('/')) at = at?.children.get(name);
    return at;
  }
}

function parentOf(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? '' : path.slice(0, cut);
}
