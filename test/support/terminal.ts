/** A real terminal of a known size (tmux): keys in, the screen as a person sees it out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, until } from '../../scripts/harness/processes.mjs';
import { AT_A_DESK, isExpected } from './cli-process.js';
import type { Cleanup } from './temp-folder.js';

export const hasTmux = isExpected('tmux');

export interface Terminal {
  /** Names of keys as tmux has them ('Enter', 'C-c', 'Escape'), or characters. */
  press(...keys: readonly string[]): Promise<void>;
  /** Types a line and Enter. */
  type(line: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  screen(): Promise<string>;
  /** Waits until the text is there; returns the screen. */
  shows(text: string | RegExp): Promise<string>;
  /** What tmux knows about it: '#{cursor_flag}', '#{alternate_on}'. */
  ask(format: string): Promise<string>;
}

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A shell on a screen of its own. */
export async function openTerminal(atEnd: Cleanup, { columns, rows, cwd, env }: TerminalOptions): Promise<Terminal> {
  const folder = mkdtempSync(join(tmpdir(), 'fsync-tmux-'));
  const socket = join(folder, 'socket');
  const tmux = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run('tmux', ['-S', socket, '-f', '/dev/null', ...args], { cwd, timeoutMs: 20_000 });
    if (code !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const variables = Object.entries({ ...AT_A_DESK, TERM: 'screen-256color', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', PS1: '$ ', ...env });
  const settings = variables.flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  await tmux('-u', 'new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', cwd, ...settings, 'sh');
  atEnd(async () => {
    await tmux('kill-server');
    rmSync(folder, { recursive: true, force: true });
  });
  const screen = (): Promise<string> => tmux('capture-pane', '-p');
  return {
    press: async (...keys) => {
      await tmux('send-keys', ...keys);
    },
    type: async (line) => {
      await tmux('send-keys', '-l', `${line}\n`);
    },
    resize: async (width, height) => {
      await tmux('resize-window', '-x', String(width), '-y', String(height));
    },
    screen,
    shows: async (text) => {
      let last = '';
      try {
        return await until('the screen', async () => {
          last = await screen();
          return (typeof text === 'string' ? last.includes(text) : text.test(last)) && last;
        });
      } catch (cause) {
        throw new Error(`the screen never showed ${String(text)}:\n${last}`, { cause });
      }
    },
    ask: async (format) => (await tmux('display-message', '-p', format)).trim(),
  };
}
