/** Conflicts of two real devices, settled by a person at a terminal, by a merge and by a tool. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireBuild } from '../support/cli-process.js';
import { atTerminal, withConflicts } from '../support/conflicting-devices.js';
import { hasTmux } from '../support/terminal.js';
import { differences, settle } from '../support/two-devices.js';

const MINUTES = 180_000;
const LINES = Array.from({ length: 40 }, (_, index) => `line ${String(index + 1)}`);

const withLine = (number: number, text: string): string => `${LINES.with(number - 1, text).join('\n')}\n`;

const names = (root: string): readonly string[] => readdirSync(root).filter((name) => name !== '.fsync');
const read = (root: string, name: string): string => readFileSync(join(root, name), 'utf8');

describe('resolve', () => {
  beforeAll(requireBuild);

  it(
    'merges line by line from the true base, and leaves what cannot be merged',
    async () => {
      const world = await withConflicts({
        'plan.md': [withLine(1, 'line 1'), withLine(3, 'from a'), withLine(30, 'from b')],
        'same.md': [withLine(1, 'line 1'), withLine(3, 'from a'), withLine(3, 'from b')],
      });
      const { a, b } = world;
      const document = await b.installation.json(['resolve', '--merge'], { cwd: b.root, ok: [3] });
      expect(document.resolved.map(({ path }: { path: string }) => path)).toEqual(['plan.md']);
      expect(document.remaining).toMatchObject([{ path: 'same.md', reason: expect.stringContaining('same place') }]);
      await settle(world);
      const merged = `${LINES.with(2, 'from a').with(29, 'from b').join('\n')}\n`;
      expect([read(a.root, 'plan.md'), read(b.root, 'plan.md')]).toEqual([merged, merged]);
      expect(names(a.root).filter((name) => name.startsWith('plan'))).toEqual(['plan.md']);
      expect(names(a.root).filter((name) => name.startsWith('same'))).toHaveLength(2);
      expect(differences(world)).toEqual([]);
    },
    MINUTES,
  );

  it(
    'keeps what a tool made of both, and nothing when it fails or leaves markers',
    async () => {
      const world = await withConflicts({ 'todo.md': ['one\n', 'from a\n', 'from b\n'] });
      const { a, b } = world;
      for (const tool of ['false', 'true']) {
        const { remaining } = await b.installation.json(['resolve', '--tool', tool], { cwd: b.root, ok: [3] });
        expect(remaining).toMatchObject([{ path: 'todo.md' }]);
      }
      const tool = 'cat "$LOCAL" "$REMOTE" > "$MERGED"';
      expect((await b.installation.json(['resolve', '--tool', tool], { cwd: b.root })).remaining).toEqual([]);
      await settle(world);
      expect(read(a.root, 'todo.md')).toBe('from b\nfrom a\n');
      expect([names(a.root), names(b.root)]).toEqual([['todo.md'], ['todo.md']]);
    },
    MINUTES,
  );
});

describe.skipIf(!hasTmux)('resolve at a terminal (tmux)', () => {
  beforeAll(requireBuild);

  it(
    'shows both versions, collects choices, and applies them when they are confirmed',
    async () => {
      const world = await withConflicts({
        'app.bin': [Buffer.from([0, 1]), Buffer.from([0, 2, 2]), Buffer.from([0, 3, 3, 3])],
        'edit.md': ['one\n', 'from a\n', 'from b\n'],
        'plan.md': [withLine(1, 'line 1'), withLine(3, 'from a'), withLine(30, 'from b')],
        'todo.md': ['one\n', 'from a \u001b[2J\n', 'from b\n'],
      });
      const { a, b } = world;
      const terminal = await atTerminal(world, { EDITOR: "printf 'edited by hand\\n' >" });
      await terminal.type(`${process.execPath} ${b.installation.program} resolve; echo "exit $?"`);

      await terminal.shows('4 conflicts in notes');
      await terminal.press('Enter');
      const binary = await terminal.shows('Not compared as text');
      expect(binary).toContain('app.bin  (1 of 4)');
      expect(binary).toMatch(/- ours {4}(ada on )?desktop .* 4 B/);
      expect(binary).toMatch(/\+ theirs {2}(ada on )?laptop .* 3 B/);
      await terminal.press('b');
      await terminal.shows('Chosen: keep both');
      await terminal.press('n');
      await terminal.shows('edit.md  (2 of 4)');
      await terminal.shows('- from b');
      await terminal.press('e');
      await terminal.shows('Chosen: keep the text that you edited');
      await terminal.press('n');
      const unified = await terminal.shows('plan.md  (3 of 4)');
      expect(unified.split('\n').every((line) => line.length <= 80)).toBe(true);
      await terminal.shows('equal lines');
      await terminal.press('m', 'n');
      const hostile = await terminal.shows('from a \\x1b[2J');
      expect(hostile).toContain('- from b');

      await terminal.resize(120, 30);
      await terminal.shows(/- from b {30,}│ \+ from a \\x1b\[2J/);
      await terminal.resize(60, 14);
      await terminal.shows(/todo\.md {2}\(4 of 4\)[^]*- from b\n\+ from a/);
      await terminal.resize(80, 24);
      await terminal.press('t', 'a');
      const summary = await terminal.shows('Settle 4 conflicts?');
      expect(summary).toMatch(/both +app\.bin[^]*edited +edit\.md[^]*merge +plan\.md[^]*theirs +todo\.md/);
      const before = await b.installation.json(['status', b.root]);
      expect(before.conflicts).toHaveLength(4);

      await terminal.press('y');
      const after = await terminal.shows('exit 0');
      expect(after.match(/settled/g)).toHaveLength(4);
      await settle(world);
      expect(differences(world)).toEqual([]);
      for (const { root } of [a, b]) {
        expect(names(root).filter((name) => !name.startsWith('app'))).toEqual(['edit.md', 'plan.md', 'todo.md']);
        expect(names(root).filter((name) => name.startsWith('app'))).toHaveLength(2);
        expect(read(root, 'edit.md')).toBe('edited by hand\n');
        expect(read(root, 'plan.md')).toBe(`${LINES.with(2, 'from a').with(29, 'from b').join('\n')}\n`);
        expect(read(root, 'todo.md')).toBe('from a \u001b[2J\n');
      }
    },
    MINUTES,
  );

  it(
    'applies nothing on Ctrl-C, and leaves the terminal as it was',
    async () => {
      const world = await withConflicts({ 'todo.md': ['one\n', 'from a\n', 'from b\n'] });
      const { b } = world;
      const present = [...names(b.root)];
      const terminal = await atTerminal(world);
      const settings = join(world.base, 'stty');
      await terminal.type(`stty -a > ${settings}.before; ${process.execPath} ${b.installation.program} resolve; echo "exit $?"`);
      await terminal.shows('1 conflict in notes');
      expect(await terminal.ask('#{alternate_on} #{cursor_flag}')).toBe('1 0');
      await terminal.press('t', 'a');
      await terminal.shows('Settle 1 conflict?');
      await terminal.press('C-c');
      await terminal.shows('exit 130');
      expect(await terminal.ask('#{alternate_on} #{cursor_flag}')).toBe('0 1');
      await terminal.type(`stty -a > ${settings}.after; echo "status $?"`);
      await terminal.shows('status 0');
      expect(readFileSync(`${settings}.after`, 'utf8')).toBe(readFileSync(`${settings}.before`, 'utf8'));
      expect((await b.installation.json(['status', b.root])).conflicts).toHaveLength(1);
      expect(names(b.root)).toEqual(present);
    },
    MINUTES,
  );
});
