/** What a folder holds, in the terms by which two clients are compared. Nothing is followed through a link. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { contentDigest } from './generated-content.js';

export interface SnapshotEntry {
  readonly kind: 'file' | 'directory' | 'symlink' | 'special';
  /** SHA-256 of the content, for files. */
  readonly digest: string | null;
  /** Whole content of small files, to show and to search. */
  readonly text: string | null;
  readonly target: string | null;
  readonly executable: boolean;
  readonly mode: number;
}

/** By path in NFC, '/'-separated. */
export type Snapshot = ReadonlyMap<string, SnapshotEntry>;

const SHOWN_BYTES = 65_536;

/** Skips `.fsync` at the top. */
export function snapshotFolder(root: string): Snapshot {
  const entries = new Map<string, SnapshotEntry>();
  walk(root, '', entries);
  return entries;
}

function walk(root: string, directory: string, entries: Map<string, SnapshotEntry>): void {
  for (const name of readdirSync(path.join(root, directory)).sort((a, b) => (a < b ? -1 : 1))) {
    if (directory === '' && name === '.fsync') continue;
    const relative = directory === '' ? name : `${directory}/${name}`;
    const entry = readEntry(path.join(root, relative));
    entries.set(relative.normalize('NFC'), entry);
    if (entry.kind === 'directory') walk(root, relative, entries);
  }
}

function readEntry(file: string): SnapshotEntry {
  const stat = lstatSync(file);
  const mode = stat.mode & 0o777;
  const nothing = { digest: null, text: null, target: null, executable: false, mode };
  if (stat.isSymbolicLink()) return { ...nothing, kind: 'symlink', target: readlinkSync(file) };
  if (stat.isDirectory()) return { ...nothing, kind: 'directory' };
  if (!stat.isFile()) return { ...nothing, kind: 'special' };
  const bytes = readFileSync(file);
  return {
    ...nothing,
    kind: 'file',
    digest: contentDigest(bytes),
    text: bytes.length <= SHOWN_BYTES ? bytes.toString() : null,
    executable: (mode & 0o100) !== 0,
  };
}

/** Differences in path, kind, content, link target and exec bit; empty when the folders are equal. */
export function compareSnapshots(a: { name: string; tree: Snapshot }, b: { name: string; tree: Snapshot }): readonly string[] {
  const differences: string[] = [];
  for (const path of new Set([...a.tree.keys(), ...b.tree.keys()])) {
    const [left, right] = [a.tree.get(path), b.tree.get(path)];
    if (left === undefined) differences.push(`${path} is on ${b.name} only`);
    else if (right === undefined) differences.push(`${path} is on ${a.name} only`);
    else if (identity(left) !== identity(right))
      differences.push(`${path} differs: ${showEntry(left)} on ${a.name}, ${showEntry(right)} on ${b.name}`);
  }
  return differences;
}

const identity = (entry: SnapshotEntry): string =>
  JSON.stringify([entry.kind, entry.digest, entry.target, entry.kind === 'file' && entry.executable]);

export function showEntry(entry: SnapshotEntry): string {
  if (entry.kind === 'symlink') return `link to ${entry.target ?? ''}`;
  if (entry.kind !== 'file') return entry.kind;
  const content = entry.text === null ? `sha256 ${entry.digest?.slice(0, 12) ?? ''}` : JSON.stringify(entry.text.slice(0, 60));
  return `${entry.executable ? 'executable ' : ''}${content}`;
}

/** One line an entry, for the report of a failed scenario. */
export function showSnapshot(tree: Snapshot): string {
  return [...tree].map(([path, entry]) => `    ${path}: ${showEntry(entry)}`).join('\n');
}
