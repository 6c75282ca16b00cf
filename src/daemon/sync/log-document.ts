/** `fsync log`: the history of the vault, or of one path's node through its renames. */
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { NodeId } from '../../core/base/ids.js';
import type { IpcParams, LogDocument } from '../../core/protocol/ipc.js';
import type { EngineCallOptions } from '../engine.js';
import type { HistoryEntry, HistoryQuery } from '../vault-history.js';
import { newestTree } from './committed-tree.js';
import { completeHistory } from './complete-history.js';
import type { CycleContext } from './cycle.js';
import { lastCommitWith } from './find-version.js';

/** @throws FsyncError not_found when nothing in the vault has or had that path; invalid_input for a time that is none */
export async function logDocument(
  context: CycleContext,
  query: Pick<IpcParams<'vault.log'>, 'path' | 'limit' | 'since'>,
  options: EngineCallOptions,
): Promise<LogDocument> {
  const { contacts } = context.deps;
  const sinceMs = query.since === null ? undefined : parseTime(query.since);
  const found = await findEntries(context, { ...query, sinceMs }, options);
  await nameEveryone(context, found, options.signal);
  const { device: own } = context.deps;
  // A commit without records carries no name of its device.
  const names = new Map([
    ...found.flatMap(({ device, deviceName }) => (deviceName === '' ? [] : [[device, deviceName] as const])),
    [own.id, own.name],
  ]);
  return {
    schema: 'fsync/log/1',
    entries: found.map(({ seq, at, account, device, deviceName, member, changes, untold }) => ({
      commit: seq,
      at: new Date(at).toISOString(),
      author: contacts.person(account),
      device: { id: device, name: deviceName === '' ? (names.get(device) ?? '') : deviceName },
      member: member === null ? null : { ...contacts.person(member.account), role: member.role, before: member.before },
      changes: changes.map(({ path, change, size, from }) => ({ path, change, size, ...(from === null ? {} : { from }) })),
      untold: untold.length,
    })),
  };
}

/** Asks the server about accounts that have no name here yet; it need not answer. */
async function nameEveryone({ deps }: CycleContext, entries: readonly HistoryEntry[], signal: AbortSignal): Promise<void> {
  const accounts = entries.flatMap(({ account, member }) => (member === null ? [account] : [account, member.account]));
  if (accounts.every((account) => deps.contacts.person(account).user !== null)) return;
  try {
    await deps.contacts.learnMembers(deps.info.vault, { signal });
  } catch (error) {
    if (!isFsyncError(error) || !['network', 'auth', 'user'].includes(error.kind.category)) throw error;
    deps.logger.debug('the members of the vault could not be asked for', { error });
  }
}

function parseTime(text: string): number {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw new FsyncError('invalid_input', `not a time: ${text}`, {
    hints: ['For example: --since 2026-11-22 or --since 2026-11-22T14:00:00Z'],
  });
}

interface Wanted {
  readonly path: string | null;
  readonly limit: number;
  readonly sinceMs: number | undefined;
}

async function findEntries(context: CycleContext, wanted: Wanted, options: EngineCallOptions): Promise<readonly HistoryEntry[]> {
  const { store } = context.deps.folder;
  const query: HistoryQuery = { limit: wanted.limit, ...(wanted.sinceMs === undefined ? {} : { sinceMs: wanted.sinceMs }) };
  if (wanted.path === null) return completed(context, store.history(query), options);
  const state = newestTree(context.trees).at(wanted.path);
  if (state === undefined) return historyOfGone(context, wanted.path, { query, options });
  if (state.kind === 'directory') {
    await completed(context, store.history({ ...query, limit: Number.MAX_SAFE_INTEGER }), options);
    return store.history({ ...query, path: wanted.path });
  }
  return historyOfNode(context, state.node, { query, options });
}

interface Asked {
  readonly query: HistoryQuery;
  readonly options: EngineCallOptions;
}

/** The node is found by the last commit that had it at the path; a directory's history is that of its path. */
async function historyOfGone(context: CycleContext, path: string, { query, options }: Asked): Promise<readonly HistoryEntry[]> {
  const { store } = context.deps.folder;
  const seq = await lastCommitWith(context, path, options.signal);
  const [last] = store.history({ limit: 1, path, untilSeq: seq + 1 });
  const node = last?.changes.find((change) => change.kind !== 'directory' && (change.path === path || change.from === path))?.node;
  return node === undefined ? store.history({ ...query, path }) : historyOfNode(context, node, { query, options });
}

async function historyOfNode(context: CycleContext, node: NodeId, { query, options }: Asked): Promise<readonly HistoryEntry[]> {
  const { store } = context.deps.folder;
  const commits = new Set(store.logOps(node).map(({ seq }) => seq));
  const untold = [...commits].flatMap((seq) => store.history({ limit: 1, untilSeq: seq })).filter((entry) => entry.untold.includes(node));
  await completed(context, untold, { ...options, of: node });
  return store.history({ ...query, node });
}

/** What the server has to be asked for is left untold when it cannot be reached. */
async function completed(
  context: CycleContext,
  entries: readonly HistoryEntry[],
  { signal, onEvent, of }: EngineCallOptions & { readonly of?: NodeId },
): Promise<readonly HistoryEntry[]> {
  try {
    return await completeHistory(context, entries, { signal, ...(of === undefined ? {} : { of }) });
  } catch (error) {
    if (!isFsyncError(error, 'server_unreachable', 'not_signed_in', 'session_expired')) throw error;
    onEvent?.({ kind: 'warning', text: `a part of the history is only on the server: ${error.message}` });
    return entries;
  }
}
