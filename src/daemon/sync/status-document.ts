/** What status says about a vault, built from what the session knows; never looks at the disk or the server. */
import { joinPath } from '../../core/base/rel-path.js';
import { heldReason } from '../../core/plan/held-reason.js';
import type { ApplyOp, CommitOp } from '../../core/plan/operation.js';
import type { ConflictStatus, PendingChange, StatusDocument, UnsyncableStatus, VaultStateName } from '../../core/protocol/ipc.js';
import { sameContent } from '../../core/tree/node.js';
import type { CycleContext, CycleOutcome } from './cycle.js';
import type { PromptState } from '../folder/prompt-file.js';
import type { Failure } from './failures.js';
import { openConflicts } from './resolve-conflicts.js';
import { runningWork } from './running-work.js';
import type { SessionDeps } from './session-ports.js';
import type { Trouble } from './trouble.js';
import type { VaultLog } from './vault-log.js';
import { roleHere } from './vault-role.js';
import type { VaultTrees } from './vault-trees.js';

export interface StatusInput extends Pick<CycleContext, 'uploads' | 'downloads' | 'reading'> {
  /** The most entries of each list. */
  readonly listed: number;
  readonly deps: SessionDeps;
  readonly trees: VaultTrees;
  readonly log: VaultLog;
  /** What the last cycle found; null before the first. */
  readonly outcome: Pick<CycleOutcome, 'plan' | 'held' | 'waiting'> | null;
  readonly failures: readonly Failure[];
  readonly unreadable: readonly string[];
  readonly paused: boolean;
  /** Something is under way that is not in the plan: a scan, a file that keeps changing, a transfer. */
  readonly busy: boolean;
  readonly trouble: Pick<Trouble, 'state' | 'reason' | 'hint'> | null;
  readonly lastSyncedAtMs: number | null;
}

/** The most entries of each list that a status document carries. */
export const LISTED = 1000;

export function statusDocument(input: StatusInput): StatusDocument {
  const { deps, trees, log, listed } = input;
  const upload = (input.outcome?.plan.commit ?? []).map((op) => pendingUpload(trees, op));
  const stuck = new Set([...(input.outcome?.waiting ?? []).map(({ op }) => op.node), ...input.failures.map(({ node }) => node)]);
  const download = (input.outcome?.plan.apply ?? []).filter((op) => !stuck.has(op.node)).map((op) => pendingDownload(trees, op));
  const conflicts = listConflicts(input);
  const { state, reason, hint = null } = stateOf(input, { upload: upload.length, download: download.length, conflicts: conflicts.length });
  const { vault: id, name } = deps.info;
  const role = roleHere(input);
  return {
    schema: 'fsync/status/1',
    vault: { id, name, root: deps.root, server: deps.server, role, rotationPending: log.isRotationPending },
    device: deps.device,
    state,
    reason,
    hint,
    head: { commit: log.head.seq, at: isoTime(log.headAt) },
    lastSyncedAt: isoTime(input.lastSyncedAtMs),
    pending: {
      upload: upload.slice(0, listed),
      download: download.slice(0, listed),
      uploadCount: upload.length,
      downloadCount: download.length,
    },
    ...runningWork(input),
    conflicts,
    unsyncable: listUnsyncable(input),
    files: trees.local.files,
    unwatched: deps.folder.watcher.degraded(),
  };
}

interface Spoken {
  readonly state: VaultStateName;
  readonly reason: string | null;
  readonly hint?: string | null;
}

const PAUSED: Spoken = { state: 'paused', reason: 'paused: changes are noticed but not exchanged' };
const READ_ONLY: Spoken = {
  state: 'error',
  reason: 'this account may only read the vault: what was changed here stays here and is not sent',
};

function stateOf(input: StatusInput, counts: { upload: number; download: number; conflicts: number }): Spoken {
  const { trouble, paused, outcome, busy } = input;
  const stopped = whatStops(input);
  if (stopped !== null) return stopped;
  if (paused) return PAUSED;
  if (trouble !== null) return trouble;
  if (roleHere(input) === 'reader' && counts.upload > 0 && counts.download === 0) return READ_ONLY;
  if (counts.upload + counts.download > 0 || busy || outcome === null) return { state: 'syncing', reason: null };
  return { state: counts.conflicts > 0 ? 'conflicts' : 'synced', reason: null };
}

/** What needs somebody to do something before all goes on. */
function whatStops({ trouble, outcome }: StatusInput): Spoken | null {
  if (trouble !== null && trouble.state !== 'offline') return trouble;
  const held = outcome?.held ?? null;
  return held === null ? null : { state: 'guarded', reason: heldReason(held) };
}

function pendingUpload(trees: VaultTrees, { node, facets }: CommitOp): PendingChange {
  const before = trees.remoteState(node);
  const path = trees.local.pathOf(node) ?? trees.remotePath(node) ?? facets.name;
  const size = facets.content?.size ?? null;
  if (facets.deleted) return { path, change: 'deleted', size: null };
  if (before === undefined || before.deleted) return { path, change: 'added', size };
  if (!sameContent(before, facets)) return { path, change: 'modified', size };
  if (before.parent !== facets.parent || before.name !== facets.name) {
    const from = trees.remotePath(node);
    return { path, change: 'moved', size, ...(from === undefined ? {} : { from }) };
  }
  return { path, change: 'attributes', size };
}

function pendingDownload(trees: VaultTrees, op: ApplyOp): PendingChange {
  const path = (op.op === 'remove' ? undefined : trees.remotePath(op.node)) ?? trees.local.pathOf(op.node) ?? '';
  if (op.op === 'remove') return { path, change: 'deleted', size: null };
  const size = op.facets.content?.size ?? null;
  if (op.op === 'create') return { path, change: 'added', size };
  if (op.op === 'replace') return { path, change: 'modified', size };
  if (op.op === 'set-mode') return { path, change: 'attributes', size };
  const from = trees.local.pathOf(op.node);
  return { path, change: 'moved', size, ...(from === undefined ? {} : { from }) };
}

function listConflicts({ trees, deps }: StatusInput): readonly ConflictStatus[] {
  return openConflicts({ trees }, []).map(({ path, copyPath: copy, copy: { conflict } }) => {
    const { winner, loser, at } = conflict;
    return { path, copy, winner, loser, at: new Date(at).toISOString(), binary: deps.folder.looksBinary(copy) };
  });
}

function listUnsyncable(input: StatusInput): readonly UnsyncableStatus[] {
  const { trees, unreadable, failures, outcome } = input;
  const { local } = trees;
  const found: UnsyncableStatus[] = [
    ...unreadable.map((path) => ({ path, reason: 'unreadable' })),
    ...listUntracked(trees),
    ...failures.map(({ path, code }) => ({ path, reason: code.replaceAll('_', '-') })),
    ...(outcome?.waiting ?? []).map(({ op, reason }) => ({ path: local.pathOf(op.node) ?? trees.remotePath(op.node) ?? '', reason })),
    ...[...(outcome?.plan.blocked ?? [])].map(([node, reason]) => ({ path: local.pathOf(node) ?? '', reason })),
  ];
  const seen = new Set<string>();
  const once = found.filter(({ path }) => path !== '' && !seen.has(path) && seen.add(path));
  return once.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, input.listed);
}

/** Sockets, foreign file systems, bad names: what is in the folder and never syncs, ignored files aside. */
function listUntracked({ local }: VaultTrees): readonly UnsyncableStatus[] {
  return [...local.untracked()].flatMap(([directory, entries]) => {
    const parent = local.pathOf(directory);
    return parent === undefined
      ? []
      : [...entries].filter(([, reason]) => reason !== 'ignored').map(([name, reason]) => ({ path: joinPath(parent, name), reason }));
  });
}

/** The few words of it that a shell prompt shows. */
export function promptState({ state, pending, conflicts }: StatusDocument): PromptState {
  return { state, uploads: pending.uploadCount, downloads: pending.downloadCount, conflicts: conflicts.length };
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
