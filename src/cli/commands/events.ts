/** events: what happens in the vaults, one JSON object a line. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isFsyncError } from '../../core/base/errors.js';
import type { LogEntry, StatusDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { findVault } from '../vault-root.js';

const POLL_MS = 250;
const MOST_COMMITS = 1_000;

/** What is told of a vault, and compared from one look to the next. */
interface Seen {
  readonly state: StatusDocument['state'];
  readonly reason: string | null;
  readonly head: number;
  readonly conflicts: ReadonlySet<string>;
  readonly problems: ReadonlyMap<string, string>;
  readonly transfer: string;
}

export async function runEvents(context: CommandContext, args: Arguments): Promise<number> {
  const roots = watchedRoots(context, args);
  const seen = new Map<string, Seen>();
  for (;;) {
    for (const root of roots ?? (await context.daemon.call('daemon.status', {})).vaults.map((vault) => vault.root)) {
      const status = await context.daemon.call('vault.status', { root });
      await tell(context, status, seen.get(root) ?? null);
      seen.set(root, seenIn(status));
    }
    if (!args.flag('follow')) return 0;
    await sleep(POLL_MS, undefined, { signal: context.signal });
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

type Happening = readonly [event: string, fields: object];

async function tell({ output, daemon, now }: CommandContext, status: StatusDocument, before: Seen | null): Promise<void> {
  const { id, name, root } = status.vault;
  const commits = before !== null && status.head.commit > before.head ? await commitsAfter(daemon, root, before.head) : [];
  const happenings: readonly Happening[] = [
    ...commits.map((commit): Happening => ['commit', { commit }]),
    ...stateChange(status, before),
    ...conflictChanges(status, before),
    ...problemsSince(status, before),
    ...transferChange(status, before),
  ];
  const at = new Date(now()).toISOString();
  for (const [event, fields] of happenings) output.document({ schema: 'fsync/event/1', at, vault: { id, name, root }, event, ...fields });
}

function stateChange({ state, reason, head }: StatusDocument, before: Seen | null): readonly Happening[] {
  if (before?.state === state && before.reason === reason) return [];
  return [['state', { state, reason, head: head.commit }]];
}

function conflictChanges({ conflicts }: StatusDocument, before: Seen | null): readonly Happening[] {
  const known = before?.conflicts ?? new Set<string>();
  const open = new Set(conflicts.map(({ copy }) => copy));
  return [
    ...conflicts
      .filter(({ copy }) => !known.has(copy))
      .map(({ path, copy, winner, loser }): Happening => ['conflict', { path, copy, winner, loser }]),
    ...[...known].filter((copy) => !open.has(copy)).map((copy): Happening => ['settled', { copy }]),
  ];
}

function problemsSince({ unsyncable }: StatusDocument, before: Seen | null): readonly Happening[] {
  return unsyncable
    .filter(({ path, reason }) => before?.problems.get(path) !== reason)
    .map(({ path, reason }): Happening => ['problem', { path, reason }]);
}

function transferChange({ transfer }: StatusDocument, before: Seen | null): readonly Happening[] {
  return transfer === null || before?.transfer === JSON.stringify(transfer) ? [] : [['transfer', { transfer }]];
}

/** Oldest first. */
async function commitsAfter(daemon: CommandContext['daemon'], root: string, head: number): Promise<readonly LogEntry[]> {
  const { entries } = await daemon.call('vault.log', { root, path: null, limit: MOST_COMMITS, since: null });
  return entries.filter(({ commit }) => commit > head).toReversed();
}

function seenIn({ state, reason, head, conflicts, unsyncable, transfer }: StatusDocument): Seen {
  return {
    state,
    reason,
    head: head.commit,
    conflicts: new Set(conflicts.map(({ copy }) => copy)),
    problems: new Map(unsyncable.map(({ path, reason: why }) => [path, why])),
    transfer: JSON.stringify(transfer),
  };
}
