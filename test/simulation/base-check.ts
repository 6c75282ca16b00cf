/** D5: a row of BASE was true of the disk, as a power loss would have left it, when it was written. */
import type { BaseNode } from '../../src/daemon/ports.js';
import { pathOf, type Inode } from './inode.js';
import type { VirtualDisk } from './virtual-disk.js';

/** Says what is not on the disk for good. Rows of files that the user has changed or taken away since say nothing. */
export function baseAheadOfDisk(disk: VirtualDisk, rows: readonly BaseNode[]): readonly string[] {
  const durable = durableDirectories(disk.root);
  return rows.flatMap(({ state, diskName, fingerprint }) => {
    if (state.kind === 'directory') return [];
    const found = findInode(disk.root, fingerprint.ino);
    if (found === null || !isAsIn(found.inode, fingerprint)) return [];
    const { inode, parent } = found;
    if (inode.type === 'file' && inode.durableData !== inode.data) return [`D5: BASE has ${diskName}, whose bytes are not synced`];
    if (!durable.has(parent) || parent.durableChildren.get(found.name) !== inode)
      return [`D5: BASE has ${diskName}, whose name in ${pathOf(parent)} is not synced`];
    return [];
  });
}

function isAsIn(inode: Inode, { birthtimeNs, mtimeNs, ctimeNs }: BaseNode['fingerprint']): boolean {
  const ns = (ms: number): string => String(BigInt(Math.floor(ms)) * 1_000_000n);
  return ns(inode.birthMs) === birthtimeNs && ns(inode.mtimeMs) === mtimeNs && ns(inode.ctimeMs) === ctimeNs;
}

/** Those that a power loss leaves, wherever: the user may have moved one and not synced that, with what is in it. */
function durableDirectories(directory: Inode): ReadonlySet<Inode> {
  const below = [...directory.durableChildren.values()].filter(({ type }) => type === 'directory');
  return new Set([directory, ...below.flatMap((child) => [...durableDirectories(child)])]);
}

function findInode(directory: Inode, ino: string): { inode: Inode; parent: Inode; name: string } | null {
  for (const [name, inode] of directory.children) {
    if (name === '.fsync') continue;
    if (String(inode.ino) === ino) return { inode, parent: directory, name };
    const below = findInode(inode, ino);
    if (below !== null) return below;
  }
  return null;
}
