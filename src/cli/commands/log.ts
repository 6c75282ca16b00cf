/** log: the history of a vault or of one path. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpcParams, LogEntry } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { changeText } from '../output/status-text.js';
import { changeTotals, entryLine } from '../output/log-text.js';
import { parseMoment } from '../output/quantities.js';
import { dim, type Text } from '../output/text.js';
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

function print({ output, now }: CommandContext, args: Arguments, entry: LogEntry): void {
  output.line(entryLine(entry, now()));
  if (!args.flag('stat')) return;
  for (const change of entry.changes) output.line(['    ', changeText(change)] satisfies Text);
  if (entry.changes.length > 0) output.line(dim(`    ${changeTotals(entry.changes)}`));
}
