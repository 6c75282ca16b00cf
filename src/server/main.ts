/**
 * The edge of the server process: arguments and environment in, signals, exit status out. Called by
 * bin/fsync-server.js and by `fsync server`.
 */
import { FsyncError } from '../core/base/errors.js';
import { backupCommand, restoreCommand } from './care/backup-commands.js';
import type { CareCommand } from './care/care-command.js';
import { checkCommand } from './care/check-command.js';
import { gcCommand } from './care/gc-command.js';
import { userCommand } from './care/user-command.js';
import { migrateOnly, startServer } from './compose.js';
import { optionNames, readCommandLine, readServerOptions } from './config/options.js';
import { createServerLogger } from './telemetry/logger.js';
import { readVersion } from './version.js';

const USAGE = 2;
const FAILED = 1;
/** Of the commands of care: usage, not found, integrity, disk full, interrupted as everywhere; all else is 1. */
const CARE_EXITS: ReadonlySet<number> = new Set([USAGE, 4, 9, 11, 130]);
const INTERRUPTED = 130;
/** After this the process ends whatever is still open. */
const HARD_EXIT_MS = 55_000;

const CARE: Readonly<Record<string, CareCommand>> = {
  gc: gcCommand,
  check: checkCommand,
  backup: backupCommand,
  restore: restoreCommand,
  user: userCommand,
};

function help(): string {
  const options = optionNames().map(({ flag, variable }) => `  ${(flag ?? '(variable only)').padEnd(26)} ${variable}`);
  return [
    'Usage: fsync server <command> [options]',
    '',
    'Commands:',
    '  start      run the server (the default)',
    '  migrate    bring the database to the schema of this release, then exit',
    ...Object.values(CARE).map(({ usage }) => `  ${usage}`),
    '',
    'Options, each also as a variable; NAME_FILE names a file with the value:',
    ...options,
    '',
  ].join('\n');
}

/** Resolves at the first signal; a second one ends the process at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.exit(FAILED));
      });
    }
  });
}

async function runStart(argv: readonly string[]): Promise<number> {
  const options = readServerOptions(argv, process.env);
  const logger = createServerLogger(options.logLevel);
  const clock = { now: () => Date.now() };
  const stopped = untilSignal();
  const server = await startServer(options, { clock, logger, version: readVersion(), processMetrics: options.metrics !== 'off' });
  process.stdout.write(`fsync server listening on ${server.url}\n`);
  const signal = await stopped;
  logger.info('stopping', { signal });
  setTimeout(() => process.exit(FAILED), HARD_EXIT_MS).unref();
  await server.stop();
  return 0;
}

async function runMigrate(argv: readonly string[]): Promise<number> {
  const done = await migrateOnly(readServerOptions(argv, process.env));
  process.stdout.write(done.length === 0 ? 'the database is up to date\n' : `${done.join('\n')}\n`);
  return 0;
}

/** One of the commands of care; the first signal makes it stop at a good moment. */
async function runCare(command: CareCommand, argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, process.env, command.extras);
  const interrupted = new AbortController();
  void untilSignal().then((signal) => interrupted.abort(new FsyncError('aborted', `interrupted by ${signal}`)));
  try {
    return await command.run({
      line,
      logger: createServerLogger(line.options.logLevel, { write: (text) => void process.stderr.write(text) }),
      version: readVersion(),
      signal: interrupted.signal,
      print: (text) => void process.stdout.write(text),
    });
  } catch (error) {
    if (interrupted.signal.aborted) return INTERRUPTED;
    if (!(error instanceof FsyncError)) throw error;
    complain(error);
    return CARE_EXITS.has(error.kind.exit) ? error.kind.exit : FAILED;
  }
}

function complain(error: FsyncError): void {
  process.stderr.write(`fsync server: ${error.message}\n`);
  for (const hint of error.hints) process.stderr.write(`  ${hint}\n`);
}

async function dispatch(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(help());
    return 0;
  }
  const [first, ...rest] = argv;
  if (first === undefined || first.startsWith('-')) return runStart(argv);
  if (first === 'start') return runStart(rest);
  if (first === 'migrate') return runMigrate(rest);
  const care = Object.hasOwn(CARE, first) ? CARE[first] : undefined;
  if (care !== undefined) return runCare(care, rest);
  throw new FsyncError('usage', `unknown command: ${first}`, { hints: ['`fsync server --help` lists the commands'] });
}

/**
 * Runs `start`, `migrate` or a command of care until it is done, and returns the exit status.
 * Errors go to stderr as one line and hints.
 */
export async function runServer(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (error) {
    if (!(error instanceof FsyncError)) throw error;
    complain(error);
    return error.code === 'usage' ? USAGE : FAILED;
  }
}
