/**
 * Stands in for `node:fs` under the daemon's folder and transfer code: paths below /sim/<device> are
 * calls on that device's virtual disk, everything else goes to the real module.
 */
import { FileError, Killed } from './file-error.js';
import { statOf, type Inode } from './inode.js';
import type { Slot, VirtualDisk, Walk } from './virtual-disk.js';

const real = process.getBuiltinModule('node:fs');
export const { constants } = real;
const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_TRUNC, O_WRONLY, O_RDWR } = constants;

const disks = new Map<string, VirtualDisk>();
interface OpenFile {
  readonly disk: VirtualDisk;
  readonly inode: Inode;
  readonly path: string;
  /** It was opened for reading through this link. That alone is no harm: who opens so looks at the inode before reading. */
  readonly link: Inode | null;
  position: number;
}

const files = new Map<number, OpenFile>();
const FIRST_FD = 1_000_000;
let lastFd = FIRST_FD;

/** From now on `/sim/<name>` is this disk; files of an earlier one are closed. */
export function mountDisk(name: string, disk: VirtualDisk): void {
  disks.set(name, disk);
  if (disks.size === 1) lastFd = FIRST_FD;
}

export function unmountAll(): void {
  disks.clear();
  files.clear();
}

/** A process ended: what it had open is closed. */
export function closeFilesOf(disk: VirtualDisk): void {
  for (const [fd, file] of files) if (file.disk === disk) files.delete(fd);
}

interface Found {
  readonly disk: VirtualDisk;
  readonly slot: (call: string, walk?: Pick<Walk, 'follow' | 'followed'>) => Slot;
}

/** As most users have it. */
const UMASK = 0o022;

function find(path: unknown): Found | null {
  const text = Buffer.isBuffer(path) ? path.toString('utf8') : String(path);
  const mounted = /^\/sim\/([^/]+)(\/.*)?$/.exec(text);
  const disk = disks.get(mounted?.[1] ?? '');
  if (mounted !== null && disk !== undefined)
    return { disk, slot: (call, walk) => disk.slot(mounted[2] ?? '', disk.root, { call, ...walk }) };
  const held = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/.exec(text);
  const file = files.get(Number(held?.[1]));
  if (held === null || file === undefined) return null;
  tellLink(file);
  return { disk: file.disk, slot: (call, walk) => file.disk.slot(held[2] ?? '', file.inode, { call, ...walk }) };
}

/** What is done with a file that was opened through a link is done through that link. */
function tellLink({ disk, link, path }: OpenFile): void {
  if (link !== null) disk.events.followed(link, path);
}

/** `virtual` on a virtual disk, else the real function of the same name. */
function onPath<Result>(
  call: string,
  args: readonly unknown[],
  virtual: (found: Found, slot: Slot) => Result,
  walk: Pick<Walk, 'follow' | 'followed'> = {},
): Result {
  const found = find(args[0]);
  if (found === null) return Reflect.apply(Reflect.get(real, call) as (...all: unknown[]) => Result, real, args);
  found.disk.events.beforeCall(call, String(args[0]));
  return virtual(found, found.slot(call, walk));
}

function onFile<Result>(call: string, args: readonly unknown[], virtual: (disk: VirtualDisk, inode: Inode, fd: number) => Result): Result {
  const fd = Number(args[0]);
  const file = files.get(fd);
  if (file === undefined) {
    if (fd >= FIRST_FD) throw new FileError('EBADF', call, String(fd));
    return Reflect.apply(Reflect.get(real, call) as (...all: unknown[]) => Result, real, args);
  }
  file.disk.events.beforeCall(call, file.path);
  return virtual(file.disk, file.inode, fd);
}

interface StatOptions {
  readonly bigint?: boolean;
  readonly throwIfNoEntry?: boolean;
}

function stat(call: 'lstat' | 'stat', path: unknown, options: StatOptions = {}): unknown {
  const look = (): unknown =>
    onPath(`${call}Sync`, [path, options], ({ disk }, slot) => statOf(disk.need(slot, call, String(path)), options.bigint === true), {
      follow: call === 'stat',
    });
  try {
    return look();
  } catch (error) {
    if (options.throwIfNoEntry === false && error instanceof FileError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export const lstatSync = (path: unknown, options?: StatOptions): unknown => stat('lstat', path, options);
export const statSync = (path: unknown, options?: StatOptions): unknown => stat('stat', path, options);

export function existsSync(path: unknown): boolean {
  try {
    return stat('stat', path) !== undefined;
  } catch (error) {
    if (error instanceof Killed) throw error;
    return false;
  }
}

export function openSync(path: unknown, flags: unknown = 0, mode = 0o666): number {
  const bits =
    typeof flags === 'number' ? flags : flags === 'wx' ? O_WRONLY | O_CREAT | O_EXCL : flags === 'w' ? O_WRONLY | O_CREAT | O_TRUNC : 0;
  const has = (bit: number): boolean => (bits & bit) !== 0;
  const refuse = (code: string): never => {
    throw new FileError(code, 'open', String(path));
  };
  const open = ({ disk }: Found, slot: Slot): number => {
    if (slot.inode !== undefined && has(O_CREAT) && has(O_EXCL)) refuse('EEXIST');
    if (slot.inode === undefined && !has(O_CREAT)) refuse('ENOENT');
    const inode = slot.inode ?? disk.newInode('file', mode & 0o777 & ~UMASK);
    if (slot.inode === undefined) disk.link(slot, inode);
    if (has(O_DIRECTORY) && inode.type !== 'directory') refuse('ENOTDIR');
    if (inode.type === 'symlink') refuse('ELOOP');
    if (inode.type === 'directory' && has(O_WRONLY | O_RDWR | O_CREAT)) refuse('EISDIR');
    if (has(O_TRUNC) && inode.data.length > 0) disk.truncate(inode, 0);
    lastFd += 1;
    files.set(lastFd, { disk, inode, path: String(path), link: links[0] ?? null, position: 0 });
    return lastFd;
  };
  const links: Inode[] = [];
  const isForReading = !has(O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
  const follow = !has(O_NOFOLLOW) && !(has(O_CREAT) && has(O_EXCL));
  return onPath('openSync', [path, flags, mode], open, { follow, ...(isForReading ? { followed: (link) => void links.push(link) } : {}) });
}

export function closeSync(fd: number): void {
  onFile('closeSync', [fd], () => {
    files.delete(fd);
  });
}

export function fstatSync(fd: number, options: StatOptions = {}): unknown {
  return onFile('fstatSync', [fd, options], (_disk, inode) => statOf(inode, options.bigint === true));
}

export function fsyncSync(fd: number): void {
  onFile('fsyncSync', [fd], (disk, inode) => {
    disk.sync(inode);
  });
}

export function fdatasyncSync(fd: number): void {
  onFile('fdatasyncSync', [fd], (disk, inode) => {
    disk.sync(inode);
  });
}

export function fchmodSync(fd: number, mode: number): void {
  onFile('fchmodSync', [fd, mode], (disk, inode) => {
    disk.setMode(inode, mode);
  });
}

export function futimesSync(fd: number, atime: unknown, mtime: unknown): void {
  onFile('futimesSync', [fd, atime, mtime], (disk, inode) => {
    disk.setTimes(inode, Math.floor(Number(mtime) * 1000 + 1e-4));
  });
}

export function ftruncateSync(fd: number, length: number): void {
  onFile('ftruncateSync', [fd, length], (disk, inode) => {
    disk.truncate(inode, length);
  });
}

export function readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number {
  return onFile('readSync', [fd, buffer, offset, length, position], (_disk, { data }) => {
    const file = files.get(fd);
    if (file !== undefined) tellLink(file);
    const part = data.subarray(position, position + length);
    buffer.set(part, offset);
    return part.length;
  });
}

export function writeSync(fd: number, source: Uint8Array | string, offset = 0, length?: number, position = 0): number {
  const bytes = typeof source === 'string' ? Buffer.from(source) : source.subarray(offset, offset + (length ?? source.length));
  return onFile('writeSync', [fd, source, offset, length, position], (disk, inode) => {
    disk.write(inode, bytes, position);
    return bytes.length;
  });
}

export function readFileSync(target: unknown, options?: unknown): unknown {
  const encoding = typeof options === 'string' ? options : (options as { encoding?: string } | undefined)?.encoding;
  const decode = (data: Buffer): unknown => (encoding === undefined ? Buffer.from(data) : data.toString('utf8'));
  if (typeof target === 'number') return onFile('readFileSync', [target, options], (_disk, { data }) => decode(data));
  const read = ({ disk }: Found, slot: Slot): unknown => {
    const { type, data } = disk.need(slot, 'open', String(target));
    if (type === 'directory') throw new FileError('EISDIR', 'read', String(target));
    return decode(data);
  };
  return onPath('readFileSync', [target, options], read, { follow: true });
}

export function writeFileSync(target: unknown, content: string | Uint8Array, options?: unknown): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  if (typeof target === 'number') {
    onFile('writeFileSync', [target, content, options], (disk, inode) => {
      disk.write(inode, bytes, 0);
    });
    return;
  }
  if (find(target) === null) {
    real.writeFileSync(String(target), content);
    return;
  }
  const fd = openSync(target, O_WRONLY | O_CREAT | O_TRUNC, (options as { mode?: number } | undefined)?.mode);
  writeFileSync(fd, content);
  closeSync(fd);
}

export function readdirSync(path: unknown, options: { encoding?: string } = {}): unknown {
  const list = ({ disk }: Found, slot: Slot): unknown => {
    const inode = disk.need(slot, 'scandir', String(path));
    if (inode.type !== 'directory') throw new FileError('ENOTDIR', 'scandir', String(path));
    const names = [...inode.children.keys()].sort();
    return options.encoding === 'buffer' ? names.map((name) => Buffer.from(name)) : names;
  };
  return onPath('readdirSync', [path, options], list, { follow: true });
}

export function readlinkSync(path: unknown, options: { encoding?: string } = {}): unknown {
  return onPath('readlinkSync', [path, options], ({ disk }, slot) => {
    const { type, target } = disk.need(slot, 'readlink', String(path));
    if (type !== 'symlink') throw new FileError('EINVAL', 'readlink', String(path));
    return options.encoding === 'buffer' ? Buffer.from(target) : target;
  });
}

export function mkdirSync(path: unknown, options: { mode?: number; recursive?: boolean } = {}): void {
  onPath('mkdirSync', [path, options], ({ disk }, slot) => {
    if (slot.inode !== undefined) {
      if (options.recursive === true && slot.inode.type === 'directory') return;
      throw new FileError('EEXIST', 'mkdir', String(path));
    }
    disk.link(slot, disk.newInode('directory', (options.mode ?? 0o777) & ~UMASK));
  });
}

export function rmdirSync(path: unknown): void {
  onPath('rmdirSync', [path], ({ disk }, slot) => {
    const inode = disk.need(slot, 'rmdir', String(path));
    if (inode.type !== 'directory') throw new FileError('ENOTDIR', 'rmdir', String(path));
    if (inode.children.size > 0) throw new FileError('ENOTEMPTY', 'rmdir', String(path));
    disk.unlink(slot);
  });
}

export function unlinkSync(path: unknown): void {
  onPath('unlinkSync', [path], ({ disk }, slot) => {
    if (disk.need(slot, 'unlink', String(path)).type === 'directory') throw new FileError('EISDIR', 'unlink', String(path));
    disk.unlink(slot);
  });
}

export function rmSync(path: unknown, options: { force?: boolean; recursive?: boolean } = {}): void {
  try {
    onPath('rmSync', [path, options], ({ disk }, slot) => {
      disk.need(slot, 'rm', String(path));
      removeTree(disk, slot);
    });
  } catch (error) {
    if (options.force !== true || !(error instanceof FileError && error.code === 'ENOENT')) throw error;
  }
}

function removeTree(disk: VirtualDisk, slot: Slot): void {
  const { inode } = slot;
  if (inode === undefined) return;
  for (const [name, child] of [...inode.children]) removeTree(disk, { parent: inode, name, inode: child });
  disk.unlink(slot);
}

export function linkSync(from: unknown, to: unknown): void {
  onPath('linkSync', [from, to], ({ disk }, slot) => {
    const inode = disk.need(slot, 'link', String(from));
    const target = find(to)?.slot('link');
    if (target === undefined || target.inode !== undefined) throw new FileError('EEXIST', 'link', String(to));
    if (inode.type === 'directory') throw new FileError('EPERM', 'link', String(from));
    disk.link(target, inode);
  });
}

export function symlinkSync(target: string, path: unknown): void {
  onPath('symlinkSync', [path], ({ disk }, slot) => {
    if (slot.inode !== undefined) throw new FileError('EEXIST', 'symlink', String(path));
    disk.link(slot, disk.newInode('symlink', 0o777, target));
  });
}

export function chmodSync(path: unknown, mode: number): void {
  const change = ({ disk }: Found, slot: Slot): void => {
    disk.setMode(disk.need(slot, 'chmod', String(path)), mode);
  };
  onPath('chmodSync', [path, mode], change, { follow: true });
}

function renameAs(call: string, how: 'replace' | 'no-replace' | 'exchange', from: unknown, to: unknown): void {
  onPath(call, [from, to], ({ disk }, slot) => {
    const target = find(to);
    if (target?.disk !== disk) throw new FileError('EXDEV', 'rename', String(to));
    disk.rename(slot, target.slot('rename'), how, `${String(from)} -> ${String(to)}`);
  });
}

export function renameSync(from: unknown, to: unknown): void {
  renameAs('renameSync', 'replace', from, to);
}

/** What Node does not have: the calls of system-calls.ts on virtual disks. */
export const virtualSystemCalls = {
  renameNoReplace: (from: string, to: string) => renameAs('renameNoReplace', 'no-replace', from, to),
  exchange: (a: string, b: string) => renameAs('exchange', 'exchange', a, b),
  syncFileSystem: (fd: number) =>
    onFile('syncFileSystem', [fd], (disk) => {
      disk.syncAll();
    }),
  tryLock: () => true,
  setAllocator: null,
};

export function statfsSync(): { bavail: number; bsize: number } {
  return { bavail: 2 ** 20, bsize: 4096 };
}

export const watch = real.watch;
