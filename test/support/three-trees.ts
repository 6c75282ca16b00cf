/** All small three-tree states: two names, each absent, one of two files, a directory or a link, on either side also with the names swapped. */
import type { FakeFolder } from './fake-folder.js';
import type { Scene } from './planner-scene.js';
import { PlannerWorld } from './planner-world.js';

const KINDS = ['absent', 'c1', 'c2', 'directory', 'link'] as const;
type Kind = (typeof KINDS)[number];
const NAMES = ['a', 'b'] as const;

/** What is under the two names, and whether what was under them in BASE changed places first. */
export interface Side {
  readonly a: Kind;
  readonly b: Kind;
  readonly moved: boolean;
}

export const BASES: readonly Side[] = KINDS.flatMap((a) => KINDS.map((b) => ({ a, b, moved: false })));
export const SIDES: readonly Side[] = [...BASES, ...BASES.map((side) => ({ ...side, moved: true }))];

export function showSide({ a, b, moved }: Side): string {
  return `${moved ? 'swapped, ' : ''}a ${a}, b ${b}`;
}

export function isAs(side: Side, base: Side): boolean {
  return !side.moved && side.a === base.a && side.b === base.b;
}

function become(folder: FakeFolder, side: Side): void {
  if (side.moved) swap(folder);
  for (const name of NAMES) {
    const wanted = side[name];
    const kind = wanted === 'c1' || wanted === 'c2' ? 'file' : wanted === 'link' ? 'symlink' : wanted;
    const there = folder.entries().find(({ path }) => path === name);
    if (there !== undefined && there.kind !== kind) remove(folder, name, there.kind);
    if (kind === 'file' && there?.text !== wanted) folder.write(name, wanted);
    else if (kind === 'directory') folder.mkdir(name);
    else if (kind === 'symlink' && there?.kind !== kind) folder.symlink(name, 'target');
  }
}

function remove(folder: FakeFolder, name: string, kind: string): void {
  if (kind === 'directory') folder.rmdir(name);
  else folder.rm(name);
}

function swap(folder: FakeFolder): void {
  for (const [from, to] of [
    ['a', 'aside'],
    ['b', 'a'],
    ['aside', 'b'],
  ] as const)
    if (folder.has(from)) folder.mv(from, to);
}

/** `there` came first and is done, `here` has looked and heard of it: BASE, LOCAL and REMOTE are as told. */
export function threeTrees(base: Side, sides: { readonly here: Side; readonly there: Side }): Scene {
  const world = new PlannerWorld(['A', 'B']);
  const [there, here] = [world.client('A'), world.client('B')];
  become(there.folder, base);
  world.sync();
  become(there.folder, sides.there);
  become(here.folder, sides.here);
  there.stale = here.stale = true;
  there.cycle();
  here.observe();
  here.pull();
  return { world, there, here };
}
