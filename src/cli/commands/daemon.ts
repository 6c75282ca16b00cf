/** daemon run, start, stop, restart, status. */
import { FsyncError } from '../../core/base/errors.js';
import type { DaemonStatusDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatBytes, formatTime } from '../output/quantities.js';
import { alignColumns, bold, dim, green } from '../output/text.js';

/** Runs in this process, so that a signal to it is a signal to the daemon. */
export function runDaemonRun({ launchers, handOver }: CommandContext): Promise<number> {
  handOver();
  return launchers.runDaemon([]);
}

export async function runDaemonStart(context: CommandContext, args: Arguments): Promise<number> {
  print(context, args, await context.daemon.call('daemon.status', {}));
  return 0;
}

export async function runDaemonStop({ daemon, output }: CommandContext, args: Arguments): Promise<number> {
  const stopped = await daemon.stop();
  if (args.flag('json')) output.document({ schema: 'fsync/daemon-stop/1', stopped });
  else output.line(stopped ? 'The daemon has stopped.' : 'The daemon was not running.');
  return 0;
}

export async function runDaemonRestart(context: CommandContext, args: Arguments): Promise<number> {
  await context.daemon.stop();
  return runDaemonStart(context, args);
}

export async function runDaemonStatus(context: CommandContext, args: Arguments): Promise<number> {
  const status = await context.daemon.callRunning('daemon.status', {});
  if (status === null) {
    throw new FsyncError('daemon_unreachable', 'the daemon is not running', { hints: ['Start it with: fsync daemon start'] });
  }
  print(context, args, status);
  return 0;
}

function print({ output, now }: CommandContext, args: Arguments, status: DaemonStatusDocument): void {
  if (args.flag('json')) {
    output.document(status);
    return;
  }
  const since = formatTime(status.startedAt, now());
  output.line([green('Running'), ` as process ${String(status.pid)} since ${since}, ${formatBytes(status.rssBytes)} of memory`]);
  output.line(dim(`fsync ${status.version}, socket ${status.socket}`));
  if (status.vaults.length === 0) return;
  output.line();
  const [head = '', ...lines] = alignColumns([
    ['VAULT', 'STATE', 'FOLDER'],
    ...status.vaults.map(({ name, state, root }) => [name, state, root]),
  ]);
  output.line(bold(head));
  for (const line of lines) output.line(line);
}
