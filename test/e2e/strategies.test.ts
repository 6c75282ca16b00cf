/** Conflicts of two real devices that a rule settles, so that nobody has to. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { requireBuild } from '../support/cli-process.js';
import { differences, openTwoDevices, settle, type TwoDevices } from '../support/two-devices.js';

const MINUTES = 180_000;
const LINES = Array.from({ length: 40 }, (_, index) => `line ${String(index + 1)}`);
const withLine = (number: number, text: string): string => `${LINES.with(number - 1, text).join('\n')}\n`;

const write = (root: string, files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};
const read = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');
const namesLike = (root: string, directory: string, start: string): readonly string[] =>
  readdirSync(join(root, directory)).filter((name) => name.startsWith(start));

/** Each file is written on both devices while they do not hear of each other; the second one finds the conflicts. */
async function bothWrite({ a, b }: TwoDevices, files: Readonly<Record<string, readonly [a: string, b: string]>>): Promise<void> {
  const side = (which: 0 | 1): Record<string, string> =>
    Object.fromEntries(Object.entries(files).map(([path, texts]) => [path, texts[which]]));
  await b.installation.must(['pause', b.root]);
  write(a.root, side(0));
  await a.installation.must(['sync', a.root]);
  write(b.root, side(1));
  await b.installation.must(['resume', b.root]);
}

async function conflictsOf({ b }: TwoDevices): Promise<readonly string[]> {
  const { conflicts } = await b.installation.json(['status', b.root]);
  return conflicts.map(({ path }: { path: string }) => path);
}

describe('conflict strategies', () => {
  beforeAll(requireBuild);

  it(
    'follow .fsyncattributes, path by path, and leave the rest to a person',
    async () => {
      const world = await openTwoDevices();
      onTestFinished(() => world.close());
      const { a, b } = world;
      write(a.root, {
        '.fsyncattributes': '*.md conflict=merge\n*.log conflict=keep-both\nmine/ conflict=ours\ntheirs/ conflict=theirs\n',
        'plan.md': withLine(1, 'line 1'),
        'same.md': withLine(1, 'line 1'),
        'app.log': 'begin\n',
        'mine/x': 'begin\n',
        'theirs/x': 'begin\n',
        'other.txt': 'begin\n',
      });
      await settle(world);
      await bothWrite(world, {
        'plan.md': [withLine(3, 'from a'), withLine(30, 'from b')],
        'same.md': [withLine(3, 'from a'), withLine(3, 'from b')],
        'app.log': ['from a\n', 'from b\n'],
        'mine/x': ['from a\n', 'from b\n'],
        'theirs/x': ['from a\n', 'from b\n'],
        'other.txt': ['from a\n', 'from b\n'],
      });
      await settle(world);
      expect(differences(world)).toEqual([]);
      expect(read(a.root, 'plan.md')).toBe(`${LINES.with(2, 'from a').with(29, 'from b').join('\n')}\n`);
      expect(namesLike(a.root, '', 'plan')).toEqual(['plan.md']);
      expect([read(a.root, 'mine/x'), namesLike(a.root, 'mine', 'x')]).toEqual(['from b\n', ['x']]);
      expect([read(a.root, 'theirs/x'), namesLike(a.root, 'theirs', 'x')]).toEqual(['from a\n', ['x']]);
      expect(
        namesLike(a.root, '', 'app')
          .map((name) => read(a.root, name))
          .toSorted(),
      ).toEqual(['from a\n', 'from b\n']);
      expect(await conflictsOf(world)).toEqual(['other.txt', 'same.md']);
      // What one rule could not settle, another one may.
      write(b.root, { '.fsyncattributes': '*.md conflict=keep-both\n' });
      await settle(world);
      expect([await conflictsOf(world), namesLike(b.root, '', 'same').length]).toEqual([['other.txt'], 2]);
      // What had to give way is in the history.
      const { entries } = await b.installation.json(['log', join(b.root, 'mine/x')]);
      expect(entries.length).toBeGreaterThanOrEqual(3);
    },
    MINUTES,
  );

  it(
    'follow the setting where no rule says anything; undo brings the conflict back, to stay',
    async () => {
      const world = await openTwoDevices();
      onTestFinished(() => world.close());
      const { a, b } = world;
      await b.installation.must(['config', 'set', 'conflict.strategy', 'ours']);
      write(a.root, { 'a.txt': 'begin\n' });
      await settle(world);
      await bothWrite(world, { 'a.txt': ['from a\n', 'from b\n'] });
      await b.installation.must(['sync', b.root]);
      expect(await conflictsOf(world)).toEqual([]);
      expect([read(b.root, 'a.txt'), namesLike(b.root, '', 'a')]).toEqual(['from b\n', ['a.txt']]);
      await b.installation.must(['undo'], { cwd: b.root, ok: [0, 3] });
      await b.installation.must(['sync', b.root], { ok: [0, 3] });
      await settle(world);
      expect(await conflictsOf(world)).toEqual(['a.txt']);
      expect(namesLike(a.root, '', 'a')).toHaveLength(2);
      expect(differences(world)).toEqual([]);
    },
    MINUTES,
  );

  it(
    'do not touch a conflict whose files were edited since',
    async () => {
      const world = await openTwoDevices();
      onTestFinished(() => world.close());
      const { a, b } = world;
      write(a.root, { 'a.txt': 'begin\n' });
      await settle(world);
      await bothWrite(world, { 'a.txt': ['from a\n', 'from b\n'] });
      await settle(world);
      expect(await conflictsOf(world)).toEqual(['a.txt']);
      write(a.root, { 'a.txt': 'edited since\n' });
      await settle(world);
      await b.installation.must(['config', 'set', 'conflict.strategy', 'theirs']);
      await settle(world);
      expect(await conflictsOf(world)).toEqual(['a.txt']);
      expect(read(b.root, 'a.txt')).toBe('edited since\n');
    },
    MINUTES,
  );
});
