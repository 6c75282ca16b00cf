/** status --watch: a live view on a terminal, else a line or a document on each change. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isFsyncError } from '../../core/base/errors.js';
import type { StatusDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { headline } from '../output/status-text.js';
import { findVault } from '../vault-root.js';

const POLL_MS = 250;
/** Plain lines are for logs: at most one every five seconds and vault. */
const PLAIN_MS = 5000;

export async function runStatusWatch(context: CommandContext, args: Arguments): Promise<number> {
  const roots = watchedRoots(context, args);
  if (args.flag('json') || !context.output.interactive || context.stdin.isTTY !== true) return watchPlainly(context, args, roots);
  const { runWatchView } = await import('../ui/watch-view.js');
  return runWatchView({ read: () => readAll(context, roots), color: context.output.color, signal: context.signal, now: context.now });
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
