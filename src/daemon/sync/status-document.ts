/** What status says about a vault, built from what the session knows; never looks at the disk or the server. */
import type { ApplyOp, CommitOp, Plan } from '../../core/plan/operation.js';
import type {
  ConflictStatus,
  PendingChange,
  StatusDocument,
  TransferStatus,
  UnsyncableStatus,
  VaultStateName,
} from '../../core/protocol/ipc.js';
import { sameContent } from '../../core/tree/node.js';
import type { ApplyOutcome } from './apply-step.js';
import type { Failure } from './failures.js';
import type { SessionDeps } from './session-ports.js';
import type { VaultLog } from './vault-log.js';
import type { VaultTrees } from './vault-trees.js';

export interface StatusInput {
  readonly deps: SessionDeps;
  readonly trees: VaultTrees;
  readonly log: VaultLog;
  readonly plan: Plan | null;
  readonly waiting: ApplyOutcome['waiting'];
  readonly failures: readonly Failure[];
  readonly unreadable: readonly string[];
  readonly paused: boolean;
  /** Something is under way that is not in the plan: a scan, a file that keeps changing, a transfer. */
  readonly busy: boolean;
  readonly trouble: { readonly state: VaultStateName; readonly reason: string } | null;
  readonly transfer: TransferStatus | null;
  readonly lastSyncedAtMs: number | null;
}

const LIST_LIMIT = 1000;

export function statusDocument(input: StatusInput): StatusDocument {
  const { deps, trees, log } = input;
  const upload = (input.plan?.commit ?? []).map((op) => pendingUpload(trees, op));
  const stuck = new Set([...input.waiting.map(({ op }) => op.node), ...input.failures.map(({ node }) => node)]);
  const download = (input.plan?.apply ?? []).filter((op) => !stuck.has(op.node)).map((op) => pendingDownload(trees, op));
  const conflicts = listConflicts(input);
  const { state, reason } = stateOf(input, { pending: upload.length + download.length, conflicts: conflicts.length });
  const { vault: id, name, role } = deps.info;
  return {
    schema: 'fsync/status/1',
    vault: { id, name, root: deps.root, server: deps.server, role },
    device: deps.device,
    state,
    reason,
    head: { commit: log.head.seq, at: isoTime(log.headAt) },
    lastSyncedAt: isoTime(input.lastSyncedAtMs),
    pending: {
      upload: upload.slice(0, LIST_LIMIT),
      download: download.slice(0, LIST_LIMIT),
      uploadCount: upload.length,
      downloadCount: download.length,
    },
    transfer: input.transfer,
    conflicts,
    unsyncable: listUnsyncable(input),
    files: countFiles(trees),
  };
}

function stateOf(input: StatusInput, counts: { pending: number; conflicts: number }): { state: VaultStateName; reason: string | null } {
  if (input.trouble?.state === 'guarded' || input.trouble?.state === 'error') return input.trouble;
  if (input.paused) return { state: 'paused', reason: 'paused: changes are noticed but not exchanged' };
  if (input.trouble !== null) return input.trouble;
  if (counts.pending > 0 && input.deps.info.role === 'reader' && (input.plan?.apply.length ?? 0) === 0) {
    return { state: 'error', reason: 'this account may only read the vault; local changes stay here' };
  }
  if (counts.pending > 0 || input.busy || input.plan === null) return { state: 'syncing', reason: null };
  return counts.conflicts > 0 ? { state: 'conflicts', reason: null } : { state: 'synced', reason: null };
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
  const found: ConflictStatus[] = [];
  for (const node of trees.conflicts) {
    const copy = trees.remoteState(node);
    const original = copy?.conflict === null || copy === undefined ? undefined : trees.remoteState(copy.conflict.of);
    const copyPath = trees.remotePath(node);
    const path = original === undefined || original.deleted ? undefined : trees.remotePath(original.node);
    if (copy?.conflict == null || copyPath === undefined || path === undefined) continue;
    const { winner, loser, at } = copy.conflict;
    found.push({ path, copy: copyPath, winner, loser, at: new Date(at).toISOString(), binary: deps.folder.looksBinary(copyPath) });
  }
  return found.sort((a, b) => (a.copy < b.copy ? -1 : 1));
}

function listUnsyncable(input: StatusInput): readonly UnsyncableStatus[] {
  const { local } = input.trees;
  const found: UnsyncableStatus[] = input.unreadable.map((path) => ({ path, reason: 'unreadable' }));
  for (const [directory, entries] of local.untracked()) {
    const parent = local.pathOf(directory);
    for (const [name, reason] of entries) {
      if (reason !== 'ignored' && parent !== undefined) found.push({ path: parent === '' ? name : `${parent}/${name}`, reason });
    }
  }
  for (const { path, code } of input.failures) found.push({ path, reason: code.replaceAll('_', '-') });
  for (const { op, reason } of input.waiting) found.push({ path: local.pathOf(op.node) ?? input.trees.remotePath(op.node) ?? '', reason });
  for (const [node, reason] of input.plan?.blocked ?? []) {
    const path = local.pathOf(node);
    if (path !== undefined && !input.unreadable.includes(path)) found.push({ path, reason });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, LIST_LIMIT);
}

function countFiles({ local }: VaultTrees): StatusDocument['files'] {
  let count = 0;
  let bytes = 0;
  for (const { kind, fingerprint } of local.values()) {
    if (kind !== 'file') continue;
    count += 1;
    bytes += fingerprint.size;
  }
  return { count, bytes };
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
