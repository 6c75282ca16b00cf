/** log: the history of a vault or of one path. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpcParams, LogEntry, PendingChange } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { changeText } from '../output/status-text.js';
import { formatBytes, formatCount, formatTime, parseMoment } from '../output/quantities.js';
import { dim, yellow, type Text } from '../output/text.js';
import { personName } from '../output/person.js';
import { findVault } from '../vault-root.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000_000;
const FOLLOW_MS = 500;
const NETWORK_IDLE_MS = 120_000;

export async function runLog(context: CommandContext, args: Arguments): Promise<number> {
  const { output, daemon, cwd, now } = context;
  const { root, path } = findVault(cwd, args.operands[0] ?? '.');
  const since = args.text('since');
  const query: IpcParams<'vault.log'> = {
    root,
    path: args.operands.length === 0 || path === '' ? null : path,
    limit: Math.min(args.integer('number', 0) ?? (since === null ? DEFAULT_LIMIT : MAX_LIMIT), MAX_LIMIT),
    since: since === null ? null : parseMoment(since, now()),
  };
  // What was replaced before this device read the log is asked of the server.
  const document = await daemon.call('vault.log', query, { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: output.event });
  if (args.flag('follow')) return follow(context, args, { query, seen: document.entries });
  if (args.flag('json')) output.document(document);
  else for (const entry of document.entries) print(context, args, entry);
  if (document.entries.length === 0) output.note(dim('No commits yet that match.'));
  return 0;
}

interface Following {
  readonly query: IpcParams<'vault.log'>;
  /** Newest first. */
  readonly seen: readonly LogEntry[];
}

/** Ends with Ctrl-C only. */
async function follow(context: CommandContext, args: Arguments, { query, seen }: Following): Promise<number> {
  const show = (entry: LogEntry): void => {
    if (args.flag('json')) context.output.document({ schema: 'fsync/log/1', entries: [entry] });
    else print(context, args, entry);
  };
  for (const entry of seen.toReversed()) show(entry);
  let last = seen[0]?.commit ?? 0;
  for (;;) {
    await sleep(FOLLOW_MS, undefined, { signal: context.signal });
    const { entries } = await context.daemon.call('vault.log', { ...query, limit: MAX_FOLLOWED });
    for (const entry of entries.filter(({ commit }) => commit > last).toReversed()) show(entry);
    last = Math.max(last, entries[0]?.commit ?? 0);
  }
}

const MAX_FOLLOWED = 1000;

/** '2 added, 1 deleted, 12 KiB'. */
function totals(changes: readonly PendingChange[]): string {
  const counts = new Map<string, number>();
  for (const { change } of changes) counts.set(change, (counts.get(change) ?? 0) + 1);
  const bytes = changes.reduce((sum, { change, size }) => sum + (change === 'added' || change === 'modified' ? (size ?? 0) : 0), 0);
  const parts = [...counts].map(([change, count]) => `${String(count)} ${change === 'attributes' ? 'with other attributes' : change}`);
  return [...parts, ...(bytes > 0 ? [formatBytes(bytes)] : [])].join(', ');
}

function print({ output, now }: CommandContext, args: Arguments, entry: LogEntry): void {
  output.line([
    yellow(String(entry.commit)),
    `  ${formatTime(entry.at, now())}  ${personName(entry.author)}  ${entry.device.name === '' ? entry.device.id.slice(0, 8) : entry.device.name}  `,
    dim(summary(entry)),
  ]);
  if (!args.flag('stat')) return;
  for (const change of entry.changes) output.line(['    ', changeText(change)] satisfies Text);
  if (entry.changes.length > 0) output.line(dim(`    ${totals(entry.changes)}`));
}

/** 'gave grace the role writer', 'gave grace the role reader (was writer)', 'removed grace (was reader)'. */
function memberText(member: NonNullable<LogEntry['member']>): string {
  const was = member.before === null ? '' : ` (was ${member.before})`;
  return member.role === null ? `removed ${personName(member)}${was}` : `gave ${personName(member)} the role ${member.role}${was}`;
}

/** 'modified a.txt', 'added photos and 12 more'. */
function summary({ changes, untold, member, commit }: LogEntry): string {
  if (member !== null) return commit === 1 ? 'made the vault' : memberText(member);
  const [first] = changes;
  if (first === undefined)
    return untold > 0
      ? formatCount(untold, 'change that only the server knows', 'changes that only the server knows')
      : 'no change of files';
  const name = first.from === undefined ? first.path : `${first.from} -> ${first.path}`;
  const rest = changes.length === 1 ? '' : ` and ${formatCount(changes.length - 1, 'more', 'more')}`;
  return `${first.change === 'attributes' ? 'changed attributes of' : first.change} ${name}${rest}`;
}
