/** Every small case: two names in every kind, each side doing one of everything to them, either side first. */
import { describe, it } from 'vitest';
import type { FakeFolder } from '../support/fake-folder.js';
import { PlannerWorld } from '../support/planner-world.js';

const KINDS = ['absent', 'file', 'directory', 'full', 'link'] as const;
type Kind = (typeof KINDS)[number];

function put(folder: FakeFolder, path: string, kind: Kind, text: string): void {
  if (kind === 'file') folder.write(path, text);
  else if (kind === 'link') folder.symlink(path, text);
  else if (kind === 'directory') folder.mkdir(path);
  else if (kind === 'full') folder.write(`${path}/in`, text);
}

function drop(folder: FakeFolder, path: string): void {
  const entry = folder.entries().find((found) => found.path === path);
  if (entry?.kind === 'directory') folder.rmdir(path);
  else if (entry !== undefined) folder.rm(path);
}

function replaceBy(kind: Kind): Change {
  return (folder, text) => {
    drop(folder, 'x');
    put(folder, 'x', kind, text);
  };
}

function moveTo(to: string, over: boolean): Change {
  return (folder) => {
    if (over) drop(folder, to);
    folder.mv('x', to);
  };
}

type Change = (folder: FakeFolder, text: string) => void;

/** What a user may do to `x`, given `y` beside it. A change that makes no sense throws and counts as nothing done. */
const CHANGES: Readonly<Record<string, Change>> = {
  nothing: () => undefined,
  delete: replaceBy('absent'),
  'be a file': replaceBy('file'),
  'be an empty directory': replaceBy('directory'),
  'be a full directory': replaceBy('full'),
  'be a link': replaceBy('link'),
  'edit in place': (folder, text) => {
    if (folder.read('x') !== undefined) folder.write('x', text);
    else folder.write('x/in', text);
  },
  'add inside': (folder, text) => folder.write('x/new', text),
  rename: moveTo('z', false),
  'move over the other': moveTo('y', true),
  'move into the other': moveTo('y/x', false),
  swap: (folder) => {
    folder.mv('x', 't');
    folder.mv('y', 'x');
    folder.mv('t', 'y');
  },
  'move and make anew': (folder, text) => {
    folder.mv('x', 'z');
    folder.write('x', text);
  },
};

function tryTo(change: Change, folder: FakeFolder, text: string): void {
  try {
    change(folder, text);
  } catch (error) {
    if (!(error instanceof Error) || !/^E[A-Z]+ /.test(error.message)) throw error;
  }
}

function playCase(x: Kind, y: Kind, changes: readonly [string, string], first: 'A' | 'B'): void {
  const world = new PlannerWorld(['A', 'B']);
  const [a, b] = [world.client('A'), world.client('B')];
  put(a.folder, 'x', x, 'old x');
  put(a.folder, 'y', y, 'old y');
  world.sync();
  tryTo(CHANGES[changes[0]] ?? replaceBy('absent'), a.folder, 'new a');
  tryTo(CHANGES[changes[1]] ?? replaceBy('absent'), b.folder, 'new b');
  const owed = ['new a', 'new b'].filter((text) => [a, b].some(({ folder }) => folder.entries().some((entry) => entry.text === text)));
  world.sync(first === 'A' ? [a, b] : [b, a]);
  const held = new Set(world.converged().map(({ text }) => text));
  for (const text of owed) if (!held.has(text)) throw new Error(`lost: ${text}\n${world.show()}`);
}

describe.each(KINDS)('x is %s', (x) => {
  it.each(KINDS)('and y is %s: all pairs of changes come together and lose nothing', (y) => {
    for (const here of Object.keys(CHANGES)) {
      for (const there of Object.keys(CHANGES)) {
        for (const first of ['A', 'B'] as const) {
          try {
            playCase(x, y, [here, there], first);
          } catch (error) {
            throw new Error(`A: ${here}, B: ${there}, ${first} first: ${String(error)}`, { cause: error });
          }
        }
      }
    }
  });
});
