/** A device's folder as its user sees it. */
import type { Inode } from './inode.js';

/** Path → what is there, in one line: equal lines are equal entries. */
export type Tree = ReadonlyMap<string, string>;

export interface TreeFile {
  readonly path: string;
  readonly text: string;
}

export function entryLine(kind: string, executable: boolean, text: string): string {
  return kind === 'directory' ? 'directory' : kind === 'symlink' ? `link ${text}` : `file ${executable ? 'x ' : ''}${text}`;
}

export function treeOf(root: Inode): Tree {
  const tree = new Map<string, string>();
  walk(root, '', (path, inode) => {
    const text = inode.type === 'symlink' ? inode.target : inode.data.toString('utf8');
    tree.set(path, entryLine(inode.type, (inode.mode & 0o100) !== 0, text));
  });
  return tree;
}

export function filesOf(root: Inode): readonly TreeFile[] {
  const files: TreeFile[] = [];
  walk(root, '', (path, inode) => {
    if (inode.type === 'file') files.push({ path, text: inode.data.toString('utf8') });
  });
  return files;
}

/** What the files of the disk hold, the daemon's own ones included. */
export function allTexts(directory: Inode): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const child of directory.children.values()) {
    if (child.type === 'file') texts.add(child.data.toString('utf8'));
    for (const text of allTexts(child)) texts.add(text);
  }
  return texts;
}

/** Whether some file of the disk, the daemon's own ones included, holds this. */
export function hasText(directory: Inode, text: string): boolean {
  return [...directory.children.values()].some(
    (child) => (child.type === 'file' && child.data.toString('utf8') === text) || hasText(child, text),
  );
}

/** What the daemon keeps aside: replaced and displaced bytes. */
export function stashedTexts(root: Inode): readonly string[] {
  const aside = ['stash', 'tmp'].map((name) => root.children.get('.fsync')?.children.get(name));
  return aside.flatMap((directory) => [...(directory?.children.values() ?? [])].map(({ data }) => data.toString('utf8')));
}

function walk(directory: Inode, path: string, visit: (path: string, inode: Inode) => void): void {
  for (const [name, child] of [...directory.children].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (path === '' && name === '.fsync') continue;
    const at = path === '' ? name : `${path}/${name}`;
    visit(at, child);
    walk(child, at, visit);
  }
}

/** How two trees differ; empty when they do not. */
export function differences(a: Tree, b: Tree): readonly string[] {
  const show = (line: string | undefined): string => line?.slice(0, 60).replace(/\.+$/, '…') ?? 'nothing';
  const paths = [...new Set([...a.keys(), ...b.keys()])].sort();
  return paths.filter((path) => a.get(path) !== b.get(path)).map((path) => `${path}: ${show(a.get(path))} / ${show(b.get(path))}`);
}
