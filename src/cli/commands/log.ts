/** log: the history of a vault or of one path. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpcParams, LogEntry, PendingChange } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { changeText } from '../output/status-text.js';
import { formatCount, formatTime, parseMoment } from '../output/quantities.js';
import { dim, yellow, type Text } from '../output/text.js';
import { findVault } from '../vault-root.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000_000;
const FOLLOW_MS = 500;

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
  const document = await daemon.call('vault.log', query);
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

function print({ output, now }: CommandContext, args: Arguments, entry: LogEntry): void {
  output.line([
    yellow(String(entry.commit)),
    `  ${formatTime(entry.at, now())}  ${entry.device.name === '' ? entry.device.id.slice(0, 8) : entry.device.name}  `,
    dim(summary(entry.changes)),
  ]);
  if (args.flag('stat')) for (const change of entry.changes) output.line(['    ', changeText(change)] satisfies Text);
}

/** 'modified a.txt', 'added photos and 12 more'. */
function summary(changes: readonly PendingChange[]): string {
  const [first] = changes;
  if (first === undefined) return 'no change of files';
  const name = first.from === undefined ? first.path : `${first.from} -> ${first.path}`;
  const rest = changes.length === 1 ? '' : ` and ${formatCount(changes.length - 1, 'more', 'more')}`;
  return `${first.change === 'attributes' ? 'changed attributes of' : first.change} ${name}${rest}`;
}
