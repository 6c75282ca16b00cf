/**
 * A disk in memory that behaves like a local POSIX one: inodes that are used again, stamps of the
 * device's clock, open files that outlive their names, and a power loss that forgets what was not
 * synced. Everything starts from an inode, as system calls with a directory handle do.
 */
import { FileError } from './file-error.js';
import type { Inode, InodeType } from './inode.js';

/** A name in a directory. */
export interface Slot {
  readonly parent: Inode;
  readonly name: string;
  readonly inode: Inode | undefined;
}

export interface Walk {
  /** For errors. */
  readonly call?: string;
  /** The last name too, if it is a link. */
  readonly follow?: boolean;
  /** Told of each link on the way, in place of the disk's event. */
  readonly followed?: (link: Inode) => void;
}

interface Way extends Required<Walk> {
  readonly path: string;
  readonly links: { left: number };
}

export interface DiskEvents {
  /** Before each call of the daemon: may throw, or do something in between. */
  beforeCall: (call: string, path: string) => void;
  made: (inode: Inode) => void;
  /** These bytes of a file are nowhere under its names any more: its last name is gone, or it was written to. */
  lost: (inode: Inode, data: Buffer) => void;
  /** A call went through a link. */
  followed: (link: Inode, path: string) => void;
  /** The entries of this directory, or what is in one of them, changed. */
  changed: (directory: Inode) => void;
}

const MAX_LINKS = 40;

export class VirtualDisk {
  readonly root: Inode;
  readonly #now: () => number;
  #free: number[] = [];
  #lastIno = 10;
  events: DiskEvents = {
    beforeCall: () => undefined,
    made: () => undefined,
    lost: () => undefined,
    followed: () => undefined,
    changed: () => undefined,
  };

  constructor(now: () => number) {
    this.#now = now;
    this.root = this.newInode('directory', 0o755);
  }

  // ---------------------------------------------------------------- finding

  /** Follows links on the way, and the last one if asked to: what it names need not be there. */
  slot(path: string, from: Inode = this.root, { call = 'open', follow = false, followed }: Walk = {}): Slot {
    const tell = (link: Inode): void => {
      this.events.followed(link, path);
    };
    return this.#walk(path, from, { call, follow, path, followed: followed ?? tell, links: { left: MAX_LINKS } });
  }

  #walk(part: string, from: Inode, way: Way): Slot {
    const names = part.split('/').filter((name) => name !== '' && name !== '.');
    const last = names.pop();
    let at = from;
    for (const name of names) at = this.#enter(at, name, way);
    if (last === undefined) return { parent: at.parent ?? at, name: '', inode: at };
    if (last === '..') return { parent: at, name: '', inode: at.parent ?? at };
    const inode = at.children.get(last);
    const mustBeDirectory = part.endsWith('/');
    if (inode?.type === 'symlink' && (way.follow || mustBeDirectory)) return this.#followed(inode, at, { ...way, follow: true });
    if (mustBeDirectory && inode?.type === 'file') throw new FileError('ENOTDIR', way.call, way.path);
    return { parent: at, name: last, inode };
  }

  #followed(link: Inode, at: Inode, way: Way): Slot {
    way.links.left -= 1;
    way.followed(link);
    if (way.links.left < 0) throw new FileError('ELOOP', way.call, way.path);
    return this.#walk(link.target, at, way);
  }

  #enter(at: Inode, name: string, way: Way): Inode {
    const child = name === '..' ? (at.parent ?? at) : at.children.get(name);
    const inode = child?.type === 'symlink' ? this.#followed(child, at, { ...way, follow: true }).inode : child;
    if (inode === undefined) throw new FileError('ENOENT', way.call, way.path);
    if (inode.type !== 'directory') throw new FileError('ENOTDIR', way.call, way.path);
    return inode;
  }

  /** What is at a path of names alone; nothing is followed. */
  find(path: string): Inode | undefined {
    let at: Inode | undefined = this.root;
    for (const name of path.split('/')) at = at?.children.get(name);
    return at;
  }

  need({ inode }: Slot, call: string, path: string): Inode {
    if (inode === undefined) throw new FileError('ENOENT', call, path);
    return inode;
  }

  // ---------------------------------------------------------------- changing

  newInode(type: InodeType, mode: number, target = ''): Inode {
    const now = this.#now();
    const ino = this.#free.pop() ?? (this.#lastIno += 1);
    const empty = Buffer.alloc(0);
    const inode: Inode = {
      ...{ ino, type, birthMs: now, target, mode, mtimeMs: now, ctimeMs: now, name: '' },
      ...{ data: empty, durableData: empty, children: new Map(), durableChildren: new Map(), nlink: 0, parent: null },
    };
    this.events.made(inode);
    return inode;
  }

  /** Gives an inode a name that is free. */
  link({ parent, name }: Slot, inode: Inode): void {
    parent.children.set(name, inode);
    inode.nlink += 1;
    inode.ctimeMs = this.#now();
    if (inode.type === 'directory') Object.assign(inode, { parent, name });
    this.#entriesChanged(parent);
  }

  /** Takes a name away; the inode is free for use again when it was the last. */
  unlink({ parent, name, inode }: Slot): void {
    if (inode === undefined) return;
    parent.children.delete(name);
    inode.nlink -= 1;
    inode.ctimeMs = this.#now();
    if (inode.type === 'directory') inode.parent = null;
    if (inode.nlink === 0) this.#free.push(inode.ino);
    this.#entriesChanged(parent);
    if (inode.nlink === 0 && inode.type === 'file') this.events.lost(inode, inode.data);
  }

  /** rename(2) with the flags of renameat2. */
  rename(from: Slot, to: Slot, how: 'replace' | 'no-replace' | 'exchange', path: string): void {
    const inode = this.need(from, 'rename', path);
    const other = to.inode;
    const refuse = (code: string): never => {
      throw new FileError(code, 'rename', path);
    };
    if (how === 'no-replace' && other !== undefined) refuse('EEXIST');
    if (how === 'exchange' && other === undefined) refuse('ENOENT');
    if (isAtOrAbove(inode, to.parent)) refuse('EINVAL');
    if (other !== undefined && isAtOrAbove(other, from.parent)) refuse(how === 'exchange' ? 'EINVAL' : 'ENOTEMPTY');
    if (other === inode) return;
    if (how === 'exchange' && other !== undefined) {
      this.#put(from, other);
      this.#put(to, inode);
      return;
    }
    if (other !== undefined) {
      if (inode.type === 'directory' && other.type !== 'directory') refuse('ENOTDIR');
      if (inode.type !== 'directory' && other.type === 'directory') refuse('EISDIR');
      if (other.children.size > 0) refuse('ENOTEMPTY');
      this.unlink(to);
    }
    from.parent.children.delete(from.name);
    this.#entriesChanged(from.parent);
    this.#put(to, inode);
  }

  write(inode: Inode, bytes: Uint8Array, position: number): void {
    const length = Math.max(inode.data.length, position + bytes.length);
    const data = Buffer.alloc(length);
    inode.data.copy(data);
    data.set(bytes, position);
    this.#setData(inode, data);
  }

  truncate(inode: Inode, length: number): void {
    const data = Buffer.alloc(length);
    inode.data.copy(data);
    this.#setData(inode, data);
  }

  setMode(inode: Inode, mode: number): void {
    Object.assign(inode, { mode, ctimeMs: this.#now() });
    this.#contentChanged(inode);
  }

  setTimes(inode: Inode, mtimeMs: number): void {
    Object.assign(inode, { mtimeMs, ctimeMs: this.#now() });
    this.#contentChanged(inode);
  }

  // ---------------------------------------------------------------- durability

  /** fsync of a file brings its bytes to the disk; of a directory, all entries there are (one journal). */
  sync(inode: Inode): void {
    if (inode.type === 'directory') for (const directory of this.#directories()) directory.durableChildren = new Map(directory.children);
    else inode.durableData = inode.data;
  }

  syncAll(): void {
    this.sync(this.root);
    for (const directory of this.#directories())
      for (const child of directory.children.values()) if (child.type !== 'directory') this.sync(child);
  }

  /** Entries fall back to what was synced or stay, all together; so do the bytes of each file. */
  losePower(keeps: () => boolean): void {
    const forgetEntries = !keeps();
    for (const directory of this.#directories()) for (const child of directory.children.values()) child.nlink = 0;
    const seen = new Set<Inode>();
    const restore = (directory: Inode): void => {
      if (seen.has(directory)) return;
      seen.add(directory);
      const entries = forgetEntries ? directory.durableChildren : new Map(directory.children);
      directory.children.clear();
      for (const [name, child] of entries) {
        directory.children.set(name, child);
        child.nlink = 1;
        if (child.type === 'directory') {
          Object.assign(child, { parent: directory, name });
          restore(child);
        } else if (child.data !== child.durableData && !keeps()) child.data = child.durableData;
      }
      directory.durableChildren = new Map(directory.children);
    };
    restore(this.root);
    this.#keepNumbers();
    this.syncAll();
  }

  // ---------------------------------------------------------------- inside

  /** What had lost its last name is there again after a power loss: its number is not free. */
  #keepNumbers(): void {
    const used = new Set(this.#directories().flatMap(({ children }) => [...children.values()].map(({ ino }) => ino)));
    this.#free = this.#free.filter((ino) => !used.has(ino));
  }

  #put(slot: Slot, inode: Inode): void {
    slot.parent.children.set(slot.name, inode);
    inode.ctimeMs = this.#now();
    if (inode.type === 'directory') Object.assign(inode, { parent: slot.parent, name: slot.name });
    this.#entriesChanged(slot.parent);
  }

  #setData(inode: Inode, data: Buffer): void {
    const now = this.#now();
    const before = inode.data;
    Object.assign(inode, { data, mtimeMs: now, ctimeMs: now });
    this.#contentChanged(inode);
    if (inode.nlink > 0) this.events.lost(inode, before);
  }

  #entriesChanged(directory: Inode): void {
    const now = this.#now();
    Object.assign(directory, { mtimeMs: now, ctimeMs: now });
    this.events.changed(directory);
  }

  #contentChanged(inode: Inode): void {
    for (const directory of this.#directories()) {
      for (const child of directory.children.values()) if (child === inode) this.events.changed(directory);
    }
  }

  #directories(): readonly Inode[] {
    const found = [this.root];
    for (const directory of found) for (const child of directory.children.values()) if (child.type === 'directory') found.push(child);
    return found;
  }
}

function isAtOrAbove(inode: Inode, below: Inode): boolean {
  for (let at: Inode | null = below; at !== null; at = at.parent) if (at === inode) return true;
  return false;
}
