/**
 * What all devices have to agree on. Without ignore rules that is everything. With them it is what they do not hide, and what
 * no daemon says that it cannot sync. A directory that holds something hidden on one device stays there, whatever became of it,
 * also when what was hidden is gone: nobody looks at that.
 */
import { IGNORE_FILE, parseIgnoreRules } from '../../src/core/ignore/ignore-rules.js';
import type { Device } from './device.js';
import { treeOf, type Tree } from './folder-tree.js';
import type { Inode } from './inode.js';

export interface Sight {
  /** There are no ignore rules. */
  readonly isWhole: boolean;
  has(path: string, isDirectory: boolean): boolean;
  of(tree: Tree): Tree;
}

/** By the rules in the folder of the first device, which are those of all once everything is at rest. */
export function sightOf(devices: readonly Device[]): Sight {
  const rules = parseIgnoreRules(rulesText(devices[0]?.disk.root));
  const isWhole = rules.text === '';
  const stuck = isWhole ? [] : devices.flatMap(stuckOn);
  const isHidden = (path: string, isDirectory: boolean): boolean => rules.ignores(path, isDirectory);
  const holders = isWhole
    ? new Set<string>()
    : new Set(devices.flatMap((device) => holdersOf([...hiddenOn(device, isHidden), ...hiddenSince(device)])));
  const isHeld = (path: string, isDirectory: boolean): boolean => isDirectory && holders.has(path);
  const isStuck = (path: string): boolean => stuck.some((one) => `${path}/`.startsWith(`${one}/`));
  const has = (path: string, isDirectory: boolean): boolean => !isHidden(path, isDirectory) && !isHeld(path, isDirectory) && !isStuck(path);
  return { isWhole, has, of: (tree) => new Map([...tree].filter(([path, line]) => has(path, line === 'directory'))) };
}

/** Where it is, and where it should be. */
function stuckOn({ session }: Device): readonly string[] {
  if (session === null) return [];
  const { trees } = session.context;
  return session.status().unsyncable.flatMap(({ path }) => {
    const node = trees.local.nodeAt(path);
    return [path, node === undefined ? path : (trees.remotePath(node) ?? path)];
  });
}

type IsHidden = (path: string, isDirectory: boolean) => boolean;

function hiddenOn({ disk }: Device, isHidden: IsHidden): readonly string[] {
  return [...treeOf(disk.root)].filter(([path, line]) => isHidden(path, line === 'directory')).map(([path]) => path);
}

/** What was in sync before it was hidden. */
function hiddenSince({ session }: Device): readonly string[] {
  const local = session?.context.trees.local;
  return [...(local?.values() ?? [])].flatMap(({ node, status }) => (status === 'excluded' ? (local?.pathOf(node) ?? []) : []));
}

/** All directories that these paths are in. */
function holdersOf(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => path.split('/').map((_, depth, names) => names.slice(0, depth).join('/')));
}

function rulesText(root: Inode | undefined): string {
  const file = root?.children.get(IGNORE_FILE);
  return file?.type === 'file' ? file.data.toString('utf8') : '';
}
