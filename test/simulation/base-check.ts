/** D5: a row of BASE was true of the disk, as a power loss would have left it, when it was written. */
import type { NodeState } from '../../src/core/tree/node.js';
import type { BaseNode } from '../../src/daemon/ports.js';
import { contentIdOfText } from './content-of-text.js';
import { pathOf, type Inode } from './inode.js';
import type { VirtualDisk } from './virtual-disk.js';

/** Says what is not on the disk for good. Rows of files that the user has changed or taken away since say nothing. */
export function baseAheadOfDisk(disk: VirtualDisk, rows: readonly BaseNode[]): readonly string[] {
  const durable = durableDirectories(disk.root);
  return rows.flatMap(({ state, diskName, fingerprint }) => {
    if (state.kind === 'directory') return [];
    const found = findInode(disk.root, fingerprint.ino);
    if (found === null || !isAsIn(found.inode, fingerprint)) return [];
    const unsynced = whatIsUnsynced(found, durable);
    return unsynced === null || isWrittenOver(found.inode, state) ? [] : [`D5: BASE has ${diskName}, whose ${unsynced} not synced`];
  });
}

function whatIsUnsynced({ inode, parent, name }: Found, durable: ReadonlySet<Inode>): string | null {
  if (inode.type === 'file' && inode.durableData !== inode.data) return 'bytes are';
  if (!durable.has(parent) || parent.durableChildren.get(name) !== inode) return `name in ${pathOf(parent)} is`;
  return null;
}

/** A second write in the millisecond of the first leaves the stamps as they were. */
function isWrittenOver(inode: Inode, { content }: NodeState): boolean {
  return inode.type === 'file' && content !== null && contentIdOfText(inode.data.toString('utf8')) !== content.id;
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

interface Found {
  readonly inode: Inode;
  readonly parent: Inode;
  readonly name: string;
}

function findInode(directory: Inode, ino: string): Found | null {
  for (const [name, inode] of directory.children) {
    if (name === '.fsync') continue;
    if (String(inode.ino) === ino) return { inode, parent: directory, name };
    const below = findInode(inode, ino);
    if (below !== null) return below;
  }
  return null;
}
