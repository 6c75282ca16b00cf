/** What a fake folder is made of. */
import type { Fingerprint, NodeKind } from '../../src/core/tree/node.js';

export interface Inode {
  readonly ino: number;
  readonly birthMs: number;
  readonly kind: NodeKind;
  readonly children: Map<string, Inode>;
  /** Whole text of a file, target of a symlink. */
  text: string;
  mode: number;
  mtimeMs: number;
  ctimeMs: number;
  nlink: number;
  /** The daemon may not read it. */
  denied: boolean;
}

export interface FakeEntry {
  readonly path: string;
  readonly kind: NodeKind;
  readonly text: string;
  readonly mode: number;
}

/** Everything below a directory, parents first, by name. */
export function walk(inode: Inode, path: string): FakeEntry[] {
  return [...inode.children]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, child]) => {
      const at = path === '' ? name : `${path}/${name}`;
      return [{ path: at, kind: child.kind, text: child.text, mode: child.mode }, ...walk(child, at)];
    });
}

export function fingerprintOf(inode: Inode): Fingerprint {
  const ns = (ms: number): string => String(BigInt(Math.round(ms)) * 1_000_000n);
  return {
    size: inode.text.length,
    mtimeNs: ns(inode.mtimeMs),
    ctimeNs: ns(inode.ctimeMs),
    birthtimeNs: ns(inode.birthMs),
    dev: '1',
    ino: String(inode.ino),
    nlink: inode.kind === 'directory' ? 2 + inode.children.size : inode.nlink,
    mode: inode.mode,
  };
}
