// @ts-check
/** What a folder holds, in the terms by which two clients are compared. Nothing is followed through a link. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} TreeEntry
 * @property {'file' | 'directory' | 'symlink' | 'special'} kind
 * @property {string | null} digest SHA-256 of the content, for files
 * @property {string | null} text whole content of small files, to show and to search
 * @property {string | null} target
 * @property {boolean} executable
 * @property {number} mode permission bits
 */

/** By path in NFC, '/'-separated. @typedef {ReadonlyMap<string, TreeEntry>} FolderTree */

const SHOWN_BYTES = 65_536;

/**
 * Skips `.fsync` at the top.
 * @param {string} root
 * @returns {FolderTree}
 */
export function readFolderTree(root) {
  /** @type {Map<string, TreeEntry>} */
  const entries = new Map();
  walk(root, '', entries);
  return entries;
}

/**
 * @param {string} root
 * @param {string} directory
 * @param {Map<string, TreeEntry>} entries
 */
function walk(root, directory, entries) {
  for (const name of readdirSync(path.join(root, directory)).sort()) {
    if (directory === '' && name === '.fsync') continue;
    const relative = directory === '' ? name : `${directory}/${name}`;
    const entry = readEntry(path.join(root, relative));
    entries.set(relative.normalize('NFC'), entry);
    if (entry.kind === 'directory') walk(root, relative, entries);
  }
}

/**
 * @param {string} file
 * @returns {TreeEntry}
 */
function readEntry(file) {
  const stat = lstatSync(file);
  const mode = stat.mode & 0o777;
  const nothing = { digest: null, text: null, target: null, executable: false, mode };
  if (stat.isSymbolicLink()) return { ...nothing, kind: 'symlink', target: readlinkSync(file) };
  if (stat.isDirectory()) return { ...nothing, kind: 'directory' };
  if (!stat.isFile()) return { ...nothing, kind: 'special' };
  const bytes = readFileSync(file);
  const text = bytes.length <= SHOWN_BYTES ? bytes.toString() : null;
  return { ...nothing, kind: 'file', digest: createHash('sha256').update(bytes).digest('hex'), text, executable: (mode & 0o100) !== 0 };
}

/**
 * Differences in path, kind, content, link target and exec bit; empty when the folders are equal.
 * @param {{ name: string, tree: FolderTree }} a
 * @param {{ name: string, tree: FolderTree }} b
 * @returns {readonly string[]}
 */
export function compareTrees(a, b) {
  const differences = [];
  for (const file of new Set([...a.tree.keys(), ...b.tree.keys()])) {
    const [left, right] = [a.tree.get(file), b.tree.get(file)];
    if (left === undefined) differences.push(`${file} is on ${b.name} only`);
    else if (right === undefined) differences.push(`${file} is on ${a.name} only`);
    else if (identity(left) !== identity(right))
      differences.push(`${file} differs: ${showEntry(left)} on ${a.name}, ${showEntry(right)} on ${b.name}`);
  }
  return differences;
}

/** @param {TreeEntry} entry */
const identity = (entry) => JSON.stringify([entry.kind, entry.digest, entry.target, entry.kind === 'file' && entry.executable]);

/** @param {TreeEntry} entry */
export function showEntry(entry) {
  if (entry.kind === 'symlink') return `link to ${entry.target ?? ''}`;
  if (entry.kind !== 'file') return entry.kind;
  const content = entry.text === null ? `sha256 ${entry.digest?.slice(0, 12) ?? ''}` : JSON.stringify(entry.text.slice(0, 60));
  return `${entry.executable ? 'executable ' : ''}${content}`;
}
