/** The real command line as a process, against a home and a daemon of the test's choice. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectRoot, run, type RunResult } from '../../scripts/harness/processes.mjs';

const PROGRAM = join(projectRoot, 'bin', 'fsync.js');

export interface CliOptions {
  readonly home: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** Throws when the compiled program is missing: nothing could be learned from it. */
export function requireBuild(): void {
  if (statSync(join(projectRoot, 'dist', 'cli', 'main.js'), { throwIfNoEntry: false }) === undefined) {
    throw new Error('the command line is not built: npm run build');
  }
}

const PLAIN = { NO_COLOR: '', TERM: 'xterm-256color', FSYNC_PASSWORD: '', FSYNC_SERVER: '', FSYNC_USER: '', FSYNC_DEVICE: '' };

function environment({ home, env }: CliOptions): NodeJS.ProcessEnv {
  return { ...PLAIN, FSYNC_HOME: home, ...env };
}

export function fsync(args: readonly string[], options: CliOptions): Promise<RunResult> {
  const { cwd = options.home, input } = options;
  return run(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: environment(options),
    timeoutMs: 60_000,
    ...(input === undefined ? {} : { input }),
  });
}

/** Starts it without waiting; stdin stays open. */
export function startFsync(args: readonly string[], options: CliOptions): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], {
    cwd: options.cwd ?? options.home,
    env: { ...process.env, ...environment(options) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** On a build machine the live view would not be drawn, terminal or not. */
export const AT_A_DESK = { CI: 'false', CONTINUOUS_INTEGRATION: 'false' };

export const hasTerminal = process.platform === 'linux' && isInstalled('script');

/**
 * On a pseudo terminal (util-linux `script`): stdout and stderr come as one text, as on a screen.
 * `type` answers each prompt, in turn, when its text has appeared.
 */
export async function fsyncOnTerminal(
  args: readonly string[],
  options: CliOptions & { readonly type?: readonly (readonly [prompt: string, keys: string])[] },
): Promise<{ readonly code: number; readonly screen: string }> {
  const words = [process.execPath, PROGRAM, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const command = `stty cols 100 rows 40; exec ${words.join(' ')}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: options.cwd ?? options.home,
    env: { ...process.env, ...AT_A_DESK, ...environment(options) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = [...(options.type ?? [])];
  let screen = '';
  let seen = 0;
  child.stdout.on('data', (data: Buffer) => {
    screen += data.toString('utf8');
    const [next] = answers;
    const found = next === undefined ? -1 : screen.indexOf(next[0], seen);
    if (next === undefined || found < 0) return;
    answers.shift();
    seen = found + next[0].length;
    child.stdin.write(next[1]);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code: code ?? -1, screen };
}

/** A folder that looks attached: the command line only looks for its marker. */
export function attachedFolder(root: string): string {
  mkdirSync(join(root, '.fsync'), { recursive: true });
  writeFileSync(join(root, '.fsync', 'vault.json'), '{}');
  return root;
}

/** For tests that need it: on a build machine its absence is no excuse. */
export function isExpected(program: string): boolean {
  return isInstalled(program) || process.env['CI'] === 'true';
}

export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
