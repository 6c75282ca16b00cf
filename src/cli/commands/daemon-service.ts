/** daemon install, uninstall: the daemon as a service of systemd or launchd, started with the session and after a crash. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { FsyncError } from '../../core/base/errors.js';
import { makeDirectories } from '../../core/home/make-directories.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { bold, dim } from '../output/text.js';
import { environmentOf, serviceDefinition, type ServiceDefinition } from '../service/service-definition.js';

const run = promisify(execFile);
/** A user manager that does not answer in this time is not there. */
const MANAGER_MS = 60_000;

export async function runDaemonInstall(context: CommandContext, args: Arguments): Promise<number> {
  const { daemon, output } = context;
  const service = definitionFor(context);
  const started = !args.flag('write-only');
  write(service);
  if (started) {
    // The one that a command has started would keep the service from starting.
    await daemon.stop();
    for (const command of service.activate) await manage(command, service);
  }
  const { manager, name, file } = service;
  if (args.flag('json')) {
    output.document({ schema: 'fsync/daemon-install/1', manager, name, file, started });
    return 0;
  }
  output.line(['Wrote ', bold(file)]);
  if (started) output.line(`The daemon runs as ${name}, and starts with your session.`);
  else output.line(dim(`Start it with: ${commandLine(service.activate.at(-1))}`));
  if (manager === 'systemd') output.line(dim('To keep it running while you are signed out: loginctl enable-linger'));
  return 0;
}

export async function runDaemonUninstall(context: CommandContext, args: Arguments): Promise<number> {
  const service = definitionFor(context);
  const { manager, name, file } = service;
  const removed = existsSync(file);
  if (removed) {
    // Fails when it was never started, or when there is no manager: the file goes either way.
    for (const command of service.deactivate) await manage(command, service).catch(() => undefined);
    rmSync(file, { force: true });
  }
  if (args.flag('json')) context.output.document({ schema: 'fsync/daemon-uninstall/1', manager, name, file, removed });
  else
    context.output.line(
      removed ? `Removed ${file}; the daemon starts when a command needs it.` : 'The daemon is not installed as a service.',
    );
  return 0;
}

function definitionFor({ env, daemonProgram }: CommandContext): ServiceDefinition {
  const machine = { platform: process.platform, env, homedir: homedir(), uid: process.getuid?.() ?? 0 };
  const service = serviceDefinition(machine, { command: [process.execPath, daemonProgram], environment: environmentOf(env) });
  if (service !== null) return service;
  throw new FsyncError('io_error', `no service manager is known for ${process.platform}`, {
    hints: ['Have yours run: fsync daemon run'],
  });
}

/** Whoever reads it meanwhile sees the old or the new one. */
function write({ file, content }: ServiceDefinition): void {
  makeDirectories(dirname(file), 0o777, { mkdirSync, statSync });
  const staged = `${file}.${String(process.pid)}`;
  writeFileSync(staged, content, { mode: 0o644 });
  renameSync(staged, file);
}

/** @throws FsyncError io_error with what the manager said */
async function manage([program, ...args]: readonly [string, ...string[]], { manager, file }: ServiceDefinition): Promise<void> {
  try {
    await run(program, args, { timeout: MANAGER_MS });
  } catch (error) {
    throw new FsyncError('io_error', `${manager} did not take the service: ${reasonOf(error)}`, {
      cause: error,
      hints: [`It is described in ${file}. Try: ${commandLine([program, ...args])}`],
    });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim().split('\n')[0] : undefined;
  return said === undefined || said === '' ? (error.message.split('\n')[0] ?? '') : said;
}

function commandLine(words: readonly string[] | undefined): string {
  return (words ?? []).join(' ');
}
