/**
 * Process edge of the command line: arguments, environment, streams and signals in; one exit code
 * out. Everything heavier than parsing is loaded by the command that needs it.
 */
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { FsyncError, isFsyncError } from '../core/base/errors.js';
import { homePaths } from '../core/home/home-paths.js';
import { createArguments } from './arguments.js';
import { createDaemonClient } from './client/daemon-client.js';
import type { CommandContext, Launchers } from './command-context.js';
import { COMMAND_LOADERS } from './command-loaders.js';
import { createOutput, type ColorChoice, type Output } from './output/output.js';
import { createProgram, type ParsedCommand } from './program.js';
import { COMMANDS } from './table/command-table.js';
import { reportError } from './report-error.js';
import { VERSION } from '../core/base/version.js';

/** First word of what the completion scripts ask; see commands/complete.ts. */
const COMPLETE = '__complete';

/** Runs one command line (without 'node' and the script) and resolves to the exit code. Never rejects. */
export async function main(argv: readonly string[], launchers: Launchers): Promise<number> {
  const listener = listenToProcess();
  const debug = argv.includes('--debug');
  let output = openOutput('auto');
  let exit = 0;
  const program = createProgram(argv, {
    version: VERSION,
    print: (text) => output.raw(text),
    complain: (text) => void process.stderr.write(text),
    run: async (command) => {
      output = openOutput(colorChoice(command));
      exit = await runCommand(command, { output, listener, launchers });
    },
  });
  try {
    if (argv[0] === COMPLETE) {
      const { printCompletions } = await import('./commands/complete.js');
      return await printCompletions(openContext({}, { output, listener, launchers }), argv.slice(1));
    }
    if (argv.length === 0) output.raw(program.helpInformation());
    else await program.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    return fail(error, { argv, output, debug, signal: listener.signal });
  }
}

interface Running {
  readonly output: Output;
  readonly listener: ProcessListener;
  readonly launchers: Launchers;
}

async function runCommand({ spec, operands, options }: ParsedCommand, running: Running): Promise<number> {
  const load = COMMAND_LOADERS[spec.name];
  if (load === undefined) throw new FsyncError('internal', `no such command: ${spec.name}`);
  const context = openContext(options, running);
  const run = await load();
  return run(context, createArguments({ spec, operands, options, env: context.env }));
}

/** @throws FsyncError usage when -C names no directory */
function openContext(options: ParsedCommand['options'], { output, listener, launchers }: Running): CommandContext {
  const { env } = process;
  const { signal } = listener;
  const uid = process.getuid?.() ?? 0;
  const paths = homePaths({ env, platform: process.platform, homedir: homedir(), uid, cwd: process.cwd() });
  const program = fileURLToPath(new URL('../../bin/fsyncd.js', import.meta.url));
  return {
    cwd: directoryOf(options['C']),
    env,
    paths,
    daemonProgram: program,
    output,
    daemon: createDaemonClient({ paths, program, env, uid, signal }),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    launchers,
    signal,
    handOver: listener.close,
    now: Date.now,
  };
}

/** @throws FsyncError usage when -C names no directory */
function directoryOf(option: unknown): string {
  if (typeof option !== 'string') return process.cwd();
  const directory = resolve(option);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return directory;
  throw new FsyncError('usage', `-C: no such directory: ${directory}`, { hints: ['Give an existing directory.'] });
}

function colorChoice({ options }: ParsedCommand): ColorChoice {
  const { color } = options;
  return color === 'always' || color === 'never' ? color : 'auto';
}

function openOutput(color: ColorChoice): Output {
  return createOutput({ stdout: process.stdout, stderr: process.stderr, env: process.env, now: Date.now }, color);
}

interface Failing {
  readonly argv: readonly string[];
  readonly output: Output;
  readonly debug: boolean;
  readonly signal: AbortSignal;
}

function fail(error: unknown, { argv, output, debug, signal }: Failing): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const known = error instanceof CommanderError ? usageError(error, argv) : error;
  if (known === null) return 2;
  if (signal.aborted && !isFsyncError(known, 'aborted')) return 130;
  const { lines, exit } = reportError(known, { debug });
  for (const line of lines) output.note(line);
  return exit;
}

/** Commander's words in this program's form; null when it has printed the help of a group instead. */
function usageError(error: CommanderError, argv: readonly string[]): FsyncError | null {
  if (error.code === 'commander.help') return null;
  const [message = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
  const near = suggestion.replace(/^\(|\)$/g, '');
  const spec = COMMANDS.findLast(({ name }) => name.split(' ').every((word) => argv.includes(word)));
  return new FsyncError('usage', message, {
    hints: [near === '' ? `See how it is used: fsync ${spec?.name ?? ''} --help`.replace('  ', ' ') : near],
  });
}

interface ProcessListener {
  /** Aborted by the first signal; the second one ends the process. */
  readonly signal: AbortSignal;
  readonly close: () => void;
}

function listenToProcess(): ProcessListener {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new FsyncError('aborted', 'interrupted'));
  };
  // A reader that went away (`fsync log | head`) is no failure.
  const onStreamError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  };
  const streams = [process.stdout, process.stderr];
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  for (const stream of streams) stream.on('error', onStreamError);
  return {
    signal: controller.signal,
    close: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      for (const stream of streams) stream.off('error', onStreamError);
    },
  };
}
