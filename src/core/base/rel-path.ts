/**
 * Paths inside a vault: relative, '/'-separated, '' for the root itself, compared by components and
 * never by prefix. Whoever takes a path from outside parses it here first.
 */
import { FsyncError } from './errors.js';

/** Deeper trees are refused: no system can work with them by their full path. */
export const MAX_DEPTH = 128;

/**
 * Checks a path that names something below the root.
 * @throws FsyncError invalid_input for '', '.', '..', NUL, absolute and drive paths, climbing by backslashes, over MAX_DEPTH
 */
export function parseRelPath(text: string): string {
  const problem = pathProblem(text);
  if (problem !== null)
    throw new FsyncError('invalid_input', `not a path inside the vault (${problem}): ${JSON.stringify(text.slice(0, 200))}`);
  return text;
}

/** Why the text is not a path below the root, or null. */
export function pathProblem(text: string): string | null {
  if (text === '') return 'empty';
  if (text.startsWith('/')) return 'absolute';
  const components = text.split('/');
  if (components.length > MAX_DEPTH) return 'too deep';
  for (const component of components) {
    if (component === '') return 'empty component';
    if (component === '.' || component === '..') return 'dots';
    if (component.includes('\0')) return 'NUL';
    if (climbs(component)) return 'climbs by backslashes';
  }
  return null;
}

/**
 * True for a name that is harmless here and leaves the folder on systems that separate by backslash
 * or have drives: '..\x', '\x', 'C:\x'. A backslash inside an ordinary name is not one of them.
 */
export function climbs(name: string): boolean {
  if (!name.includes('\\')) return false;
  return /^\\|^[A-Za-z]:\\/.test(name) || name.split('\\').some((part) => part === '.' || part === '..');
}

/** The path of `name` in the directory `parent`. */
export function joinPath(parent: string, name: string): string {
  return parent === '' ? name : `${parent}/${name}`;
}

/** The directory that holds it; '' for a top-level entry and for the root itself. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The last component; '' for the root. */
export function pathName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** From the top down; none for the root. */
export function pathComponents(path: string): readonly string[] {
  return path === '' ? [] : path.split('/');
}

/** True when `path` is below `directory`; nothing is inside itself, and all but the root is inside the root. */
export function isInside(path: string, directory: string): boolean {
  if (directory === '') return path !== '';
  return path.length > directory.length && path.startsWith(directory) && path.charAt(directory.length) === '/';
}

/** True when `path` is the directory or below it. */
export function isAtOrInside(path: string, directory: string): boolean {
  return path === directory || isInside(path, directory);
}

/**
 * True when a symlink in the directory `parent` cannot lead out of the root, read lexically: the
 * target is relative, never climbs above the root, and does not name the private folder.
 */
export function linkStaysInside(parent: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0') || climbs(target)) return false;
  const at = [...pathComponents(parent)];
  for (const component of target.split('/')) {
    if (component === '' || component === '.') continue;
    if (component !== '..') at.push(component);
    else if (at.pop() === undefined) return false;
  }
  return at[0] !== '.fsync';
}
