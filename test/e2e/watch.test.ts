/** The live view of status --watch on a real terminal, with a real daemon behind it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../scripts/harness/processes.mjs';
import { requireBuild } from '../support/cli-process.js';
import { atTerminal, withConflicts } from '../support/conflicting-devices.js';
import { hasTmux, type Terminal } from '../support/terminal.js';
import type { TwoDevices } from '../support/two-devices.js';

const MINUTES = 180_000;

const watchCommand = ({ b }: TwoDevices): string => `${process.execPath} ${b.installation.program} status --watch; echo "exit $?"`;

/** The screen is that of the shell again, with its cursor. */
async function expectShell(terminal: Terminal, code: number): Promise<void> {
  const screen = await terminal.shows(`exit ${String(code)}`);
  expect(screen).not.toContain('pause/resume');
  expect(await terminal.ask('#{cursor_flag} #{alternate_on}')).toBe('1 0');
}

describe.skipIf(!hasTmux)('status --watch at a terminal (tmux)', () => {
  beforeAll(requireBuild);

  it(
    'shows a vault live, pauses it, settles its conflicts, and leaves the terminal as it was',
    async () => {
      const world = await withConflicts({ 'plan.md': ['one\n', 'from a\n', 'from b\n'], 'todo.md': ['one\n', 'from a\n', 'from b\n'] });
      const { a, b } = world;
      const terminal = await atTerminal(world);
      await terminal.type(watchCommand(world));
      const first = await terminal.shows(/2 conflicts; all else is in sync[^]*C plan\.md from desktop, and a copy from laptop[^]*Recent\n/);
      expect(first).toContain('p pause/resume  r resolve  l log  ? help  q quit');
      expect(await terminal.ask('#{cursor_flag} #{alternate_on}')).toBe('0 1');

      await terminal.press('p');
      await terminal.shows(/Paused: nothing waits here[^]*Paused notes; p goes on/);
      expect((await b.installation.json(['status', b.root])).state).toBe('paused');
      await terminal.press('p');
      await terminal.shows(/2 conflicts; all else[^]*notes goes on/);

      await terminal.press('l');
      await terminal.shows(/^History of notes\n\n\d+ .*ada/);
      await terminal.press('Escape', '?');
      await terminal.shows('leave; the daemon goes on syncing');
      await terminal.press('?');

      await terminal.resize(120, 40);
      await terminal.shows(/^(?:[^\n]*\n){38}p pause\/resume/);
      await terminal.resize(50, 8);
      const small = await terminal.shows(/^notes [^]*Conflicts \(2\)\n {2}C plan\.md/);
      expect(small.match(/pause\/resume/g)).toHaveLength(1);
      await terminal.resize(80, 24);

      await terminal.press('r');
      await terminal.shows(/^2 conflicts in notes/);
      await terminal.press('t', 'o', 'a');
      await terminal.shows('Settle 2 conflicts?');
      await terminal.press('y');
      const after = await terminal.shows(/^notes [^]*In sync with[^]*Settled 2 of 2 conflicts/);
      expect(after).not.toContain('Conflicts');

      await b.installation.must(['pause', b.root]);
      writeFileSync(join(a.root, 'far.txt'), 'x');
      await a.installation.must(['sync', a.root]);
      await b.installation.must(['resume', b.root]);
      await terminal.shows(/Recent\n {2}\d+ .* added far\.txt/);
      await terminal.press('q');
      await expectShell(terminal, 0);

      await terminal.type(`clear; ${watchCommand(world)}`);
      await terminal.shows('q quit');
      await terminal.press('C-c');
      await expectShell(terminal, 130);
    },
    MINUTES,
  );

  it(
    'shows all vaults of the device outside of any, each with what it moves',
    async () => {
      const world = await withConflicts({});
      const { b } = world;
      const second = join(world.base, 'b', 'photos');
      mkdirSync(second, { recursive: true });
      await b.installation.must(['init', second, '--name', 'photos']);
      const terminal = await atTerminal(world);
      await terminal.type(`cd ..; ${watchCommand(world)}`);
      await terminal.shows(/^> notes .*In sync[^]*\n {2}photos .*In sync/);
      writeFileSync(join(second, 'big.bin'), Buffer.alloc(150_000_000, 'x'));
      await terminal.press('Down');
      await terminal.shows(/^ {2}notes [^]*\n> photos .*[^]*\nphotos {2}\//);
      await until('it is on the server', async () => (await b.installation.json(['status', second])).head.commit >= 2, {
        timeoutMs: 60_000,
      });
      await terminal.shows(/Recent\n {2}2 .* added big\.bin/);
      await terminal.press('q');
      await expectShell(terminal, 0);
    },
    MINUTES,
  );
});
