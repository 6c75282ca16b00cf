/** status --watch: a live view on a terminal, else a line or a document on each change. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { StatusDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatCount } from '../output/quantities.js';
import { headline } from '../output/status-text.js';
import { findVault } from '../vault-root.js';

const POLL_MS = 250;
/** Plain lines are for logs: at most one every five seconds and vault. */
const PLAIN_MS = 5000;
/** Of the history, in the live view. */
const MOST_COMMITS = 200;
const INTERRUPTED = 130;

export async function runStatusWatch(context: CommandContext, args: Arguments): Promise<number> {
  const roots = watchedRoots(context, args);
  if (args.flag('json') || !context.output.interactive || context.stdin.isTTY !== true) return watchPlainly(context, args, roots);
  return watchLive(context, roots);
}

/** @throws what reading threw */
async function watchLive(context: CommandContext, roots: readonly string[] | null): Promise<number> {
  const { runWatchView } = await import('../ui/watch-view.js');
  const { openWatchState, selectedStatus, withNotice } = await import('../watch/watch-state.js');
  const { daemon, output, signal, now } = context;
  const reading = {
    read: () => readAll(context, roots),
    readLog: async (root: string) => (await daemon.call('vault.log', { root, path: null, limit: MOST_COMMITS, since: null })).entries,
    setPaused: async (root: string, paused: boolean) => {
      await daemon.call(paused ? 'vault.pause' : 'vault.resume', { root });
    },
  };
  let state = openWatchState();
  for (;;) {
    const left = await runWatchView({ ...reading, initial: state, color: output.color, signal, now });
    if (left.leaving === 'error') throw left.error;
    if (left.leaving === 'quit') return 0;
    const root = selectedStatus(left.state)?.vault.root;
    if (left.leaving === 'interrupt' || root === undefined) return INTERRUPTED;
    const told = await settle(context, root);
    if (told === null) return INTERRUPTED;
    state = withNotice(left.state, told);
  }
}

/** The interactive resolve; what came of it in a line, or null when it was interrupted. */
async function settle(context: CommandContext, root: string): Promise<string | null> {
  const { resolveInView } = await import('./resolve-interactive.js');
  try {
    const status = await context.daemon.call('vault.status', { root });
    const { conflicts } = status;
    if (conflicts.length === 0) return 'There is no conflict any more.';
    const document = await resolveInView(context, { status, conflicts });
    if (document === 'interrupt') return null;
    return document === null
      ? 'Nothing was applied.'
      : `Settled ${String(document.resolved.length)} of ${formatCount(conflicts.length, 'conflict')}.`;
  } catch (error) {
    if (error instanceof FsyncError && error.code !== 'aborted') return error.message;
    throw error;
  }
}

/** The vault around the path; outside of any vault, and with no path given: null for all of this device. */
function watchedRoots({ cwd }: CommandContext, args: Arguments): readonly string[] | null {
  try {
    return [findVault(cwd, args.operands[0] ?? '.').root];
  } catch (error) {
    if (args.operands.length === 0 && isFsyncError(error, 'not_a_vault')) return null;
    throw error;
  }
}

async function readAll({ daemon }: CommandContext, roots: readonly string[] | null): Promise<readonly StatusDocument[]> {
  const all = roots ?? (await daemon.call('daemon.status', {})).vaults.map(({ root }) => root);
  return Promise.all(all.map((root) => daemon.call('vault.status', { root })));
}

/** Ends with Ctrl-C only. */
async function watchPlainly(context: CommandContext, args: Arguments, roots: readonly string[] | null): Promise<number> {
  const printed = new Map<string, { readonly text: string; readonly at: number }>();
  for (;;) {
    for (const status of await readAll(context, roots)) {
      const text = JSON.stringify(status);
      const before = printed.get(status.vault.root);
      const now = context.now();
      if (before?.text === text || (!args.flag('json') && before !== undefined && now - before.at < PLAIN_MS)) continue;
      printed.set(status.vault.root, { text, at: now });
      if (args.flag('json')) context.output.document(status);
      else context.output.line([`${status.vault.name}: `, headline(status, now)]);
    }
    await sleep(POLL_MS, undefined, { signal: context.signal });
  }
}
