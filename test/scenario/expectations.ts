/** Compares the folders of all clients with each other and with what a scenario expects of them. Pure. */
import { isConflictCopy, isInConflictCopy } from './conflict-names.js';
import { compareTrees, showEntry, type FolderTree, type TreeEntry } from '../../scripts/harness/folder-tree.mjs';
import { contentBytes, contentDigest, showContent } from './generated-content.js';
import type { Content, Entry, Expectation, Scenario } from './scenario-file.js';

export interface Outcome {
  /** By client. */
  readonly trees: ReadonlyMap<string, FolderTree>;
  /** Paths a client says it cannot sync: they are not compared. */
  readonly unsyncable: ReadonlyMap<string, readonly string[]>;
  readonly outsideBefore: ReadonlyMap<string, FolderTree>;
  readonly outsideAfter: ReadonlyMap<string, FolderTree>;
}

export interface Checked {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

export function checkExpectations(scenario: Scenario, outcome: Outcome): Checked {
  const { expect } = scenario;
  const wanted = expect.only ?? [...outcome.trees.keys()];
  const trees = wanted.map((name) => ({
    name,
    tree: withoutUnsyncable(outcome.trees.get(name) ?? new Map(), outcome.unsyncable.get(name)),
  }));
  const [first, ...others] = trees;
  if (first === undefined) return { problems: ['no client to look at'], notes: [] };
  const problems = [
    ...others.flatMap((other) => compareTrees(first, other)),
    ...checkEntries(expect, first.tree),
    ...checkPaths(expect, first.tree),
    ...checkCopies(expect, first.tree),
    ...expect.nothingLost.filter((content) => holders(first.tree, content).length === 0).map((content) => `lost: ${showContent(content)}`),
    ...checkAbsentContent(expect, trees),
    ...checkModes(expect, first.tree),
    ...(expect.outsideUnchanged === true ? checkOutside(outcome) : []),
  ];
  return { problems, notes: checkRecommended(scenario.recommended ?? {}, first.tree) };
}

/** The part of a client's folder that can be compared. */
export function withoutUnsyncable(tree: FolderTree, unsyncable: readonly string[] = []): FolderTree {
  const out = unsyncable.map((path) => path.normalize('NFC'));
  return new Map([...tree].filter(([path]) => !out.some((hidden) => path === hidden || path.startsWith(`${hidden}/`))));
}

/** `all` is there; with `exact` nothing else is, except its parents and conflict copies. */
function checkEntries({ all, exact }: Expectation, tree: FolderTree): readonly string[] {
  if (all === undefined) return [];
  const problems: string[] = [];
  const allowed = new Set<string>();
  for (const [path, entry] of Object.entries(all)) {
    const normal = path.normalize('NFC');
    for (let end = normal.length; end > 0; end = normal.lastIndexOf('/', end - 1)) allowed.add(normal.slice(0, end));
    const found = tree.get(normal);
    if (found === undefined) problems.push(`missing: ${path}`);
    else if (!matches(found, entry)) problems.push(`${path} is ${showEntry(found)}`);
  }
  if (!exact) return problems;
  const extra = [...tree.keys()].filter((path) => !allowed.has(path) && !isInConflictCopy(path));
  return [...problems, ...extra.map((path) => `should not be there: ${path}`)];
}

function checkPaths({ present = [], absent = [] }: Expectation, tree: FolderTree): readonly string[] {
  return [
    ...present.filter((path) => !tree.has(path.normalize('NFC'))).map((path) => `missing: ${path}`),
    ...absent.filter((path) => tree.has(path.normalize('NFC'))).map((path) => `should be gone: ${path}`),
  ];
}

function checkCopies({ conflictCopies }: Expectation, tree: FolderTree): readonly string[] {
  const copies = [...tree.keys()].filter(isConflictCopy);
  if (conflictCopies === 'any') return [];
  const holds = typeof conflictCopies === 'number' ? copies.length === conflictCopies : copies.length >= Number(conflictCopies.slice(2));
  return holds ? [] : [`${copies.length} conflict copies, expected ${conflictCopies}: ${copies.join(', ')}`];
}

function checkAbsentContent({ contentAbsent = [] }: Expectation, trees: readonly { name: string; tree: FolderTree }[]): readonly string[] {
  return contentAbsent.flatMap((content) =>
    trees.flatMap(({ name, tree }) =>
      [...tree]
        .filter(([, entry]) => entry.text?.includes(content) === true)
        .map(([path]) => `${path} on ${name} holds ${showContent(content)}`),
    ),
  );
}

function checkModes({ mode = {} }: Expectation, tree: FolderTree): readonly string[] {
  return Object.entries(mode).flatMap(([path, octal]) => {
    const found = tree.get(path.normalize('NFC'))?.mode;
    return found === Number.parseInt(octal, 8) ? [] : [`mode of ${path} is ${found?.toString(8) ?? 'nothing'}, expected ${octal}`];
  });
}

function checkOutside({ outsideBefore, outsideAfter }: Outcome): readonly string[] {
  return [...outsideAfter].flatMap(([name, after]) => {
    const before = outsideBefore.get(name) ?? new Map<string, TreeEntry>();
    return compareTrees({ name: `${name} before`, tree: before }, { name: `${name} after`, tree: after }).map((line) => `outside: ${line}`);
  });
}

/** The paths to contents, `absent` paths, and contents that only one file may hold. */
function checkRecommended(recommended: Readonly<Record<string, unknown>>, tree: FolderTree): readonly string[] {
  return Object.entries(recommended).flatMap(([key, value]) => {
    if (key === 'absent')
      return texts(value)
        .filter((path) => tree.has(path))
        .map((path) => `recommended: ${path} is gone`);
    if (key === 'noDuplicates')
      return texts(value)
        .filter((content) => holders(tree, content).length !== 1)
        .map((content) => `recommended: one file with ${showContent(content)}`);
    const found = tree.get(key);
    return found !== undefined && found.text === value ? [] : [`recommended: ${key} is ${JSON.stringify(value)}`];
  });
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

function holders(tree: FolderTree, content: Content): readonly string[] {
  const digest = contentDigest(contentBytes(content));
  return [...tree].filter(([, entry]) => entry.digest === digest).map(([path]) => path);
}

function matches(found: TreeEntry, wanted: Entry): boolean {
  if (wanted === null) return found.kind === 'directory';
  if (typeof wanted === 'object' && 'symlink' in wanted) return found.kind === 'symlink' && found.target === wanted.symlink;
  return found.kind === 'file' && found.digest === contentDigest(contentBytes(wanted));
}
