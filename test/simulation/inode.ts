/** What a virtual disk is made of. */

export type InodeType = 'file' | 'directory' | 'symlink';

export interface Inode {
  readonly ino: number;
  readonly type: InodeType;
  readonly birthMs: number;
  data: Buffer;
  readonly target: string;
  mode: number;
  mtimeMs: number;
  ctimeMs: number;
  nlink: number;
  readonly children: Map<string, Inode>;
  /** Where a directory is; null when it was removed, and for the root. */
  parent: Inode | null;
  name: string;
  /** What a power loss leaves: bytes and entries that were brought to the disk. */
  durableData: Buffer;
  durableChildren: ReadonlyMap<string, Inode>;
}

const TYPE_BITS = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;

/** Both kinds of Node's Stats in one shape. */
export function statOf(inode: Inode, bigint: boolean): object {
  const size = inode.type === 'symlink' ? Buffer.byteLength(inode.target) : inode.data.length;
  const nlink =
    inode.type === 'directory' ? 2 + [...inode.children.values()].filter(({ type }) => type === 'directory').length : inode.nlink;
  const number = bigint ? BigInt : Number;
  const ns = (ms: number): bigint => BigInt(Math.floor(ms)) * 1_000_000n;
  return {
    dev: number(1),
    ino: number(inode.ino),
    mode: number(TYPE_BITS[inode.type] | inode.mode),
    nlink: number(nlink),
    size: number(size),
    mtimeMs: number(Math.floor(inode.mtimeMs)),
    ctimeMs: number(Math.floor(inode.ctimeMs)),
    birthtimeMs: number(Math.floor(inode.birthMs)),
    ...(bigint ? { mtimeNs: ns(inode.mtimeMs), ctimeNs: ns(inode.ctimeMs), birthtimeNs: ns(inode.birthMs) } : {}),
    isFile: () => inode.type === 'file',
    isDirectory: () => inode.type === 'directory',
    isSymbolicLink: () => inode.type === 'symlink',
  };
}

export function pathOf(inode: Inode): string {
  const names: string[] = [];
  for (let at = inode; at.parent !== null; at = at.parent) names.push(at.name);
  return names.reverse().join('/');
}
