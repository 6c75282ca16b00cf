/** `fsync why`: everything the daemon knows about one path, from memory. */
import type { NodeId } from '../../core/base/ids.js';
import { parentPath, pathName } from '../../core/base/rel-path.js';
import type { StatusDocument } from '../../core/protocol/ipc.js';
import type { WhyDocument } from '../../core/protocol/vault-documents.js';
import { newestTree } from './committed-tree.js';
import type { CycleContext } from './cycle.js';

const NEWEST = 5;

export function whyDocument(context: CycleContext, status: StatusDocument, path: string): Omit<WhyDocument, 'devices'> {
  const { trees } = context;
  const remote = newestTree(trees).at(path);
  const node = trees.local.nodeAt(path) ?? remote?.node;
  const here = node === undefined ? undefined : trees.local.get(node);
  const waits = waitsFor(status, path);
  const unsyncable = status.unsyncable.find((entry) => entry.path === path)?.reason ?? null;
  const conflict = conflictAt(status, path);
  return {
    schema: 'fsync/why/1',
    path,
    kind: here?.kind ?? remote?.kind ?? null,
    state: stateOf(context, { path, node, waits, unsyncable, isCopy: conflict?.copy === path }),
    vault: { state: status.state, reason: status.reason },
    waits,
    unsyncable,
    failure: node === undefined ? null : failureOf(context, node),
    conflict,
    versions: versionsOf(context, node, path),
  };
}

function failureOf({ failures }: CycleContext, node: NodeId): WhyDocument['failure'] {
  const failure = failures.of(node);
  if (failure === null) return null;
  const { code, message, retryAtMs } = failure;
  return { code, message, retryAt: retryAtMs === 0 ? null : new Date(retryAtMs).toISOString() };
}

/** Of the file or of its copy. */
function conflictAt({ conflicts }: StatusDocument, at: string): WhyDocument['conflict'] {
  const found = conflicts.find(({ path, copy }) => path === at || copy === at);
  if (found === undefined) return null;
  const { path, copy, winner, loser } = found;
  return { path, copy, winner, loser };
}

function waitsFor({ pending }: StatusDocument, path: string): WhyDocument['waits'] {
  const up = pending.upload.find((change) => change.path === path);
  if (up !== undefined) return { ...up, direction: 'up' };
  const down = pending.download.find((change) => change.path === path);
  return down === undefined ? null : { ...down, direction: 'down' };
}

interface Known {
  readonly path: string;
  readonly node: NodeId | undefined;
  readonly waits: WhyDocument['waits'];
  readonly unsyncable: string | null;
  readonly isCopy: boolean;
}

function stateOf({ trees }: CycleContext, { path, node, waits, unsyncable, isCopy }: Known): WhyDocument['state'] {
  if (unsyncable !== null) return 'unsyncable';
  if (waits !== null) return waits.direction === 'up' ? 'upload' : 'download';
  if (node !== undefined) return isCopy ? 'conflict' : 'synced';
  const parent = trees.local.nodeAt(parentPath(path));
  return parent !== undefined && trees.local.untrackedIn(parent).get(pathName(path)) === 'ignored' ? 'ignored' : 'absent';
}

/** Of what is gone: the commits in which something happened at the path. */
function versionsOf({ deps }: CycleContext, node: NodeId | undefined, path: string): WhyDocument['versions'] {
  const { store } = deps.folder;
  const entries = store.history({ limit: NEWEST, ...(node === undefined ? { path } : { node }) });
  const count = node === undefined ? entries.length : store.logOps(node).length;
  return {
    count,
    newest: entries.map(({ seq, at, deviceName, changes }) => ({
      commit: seq,
      at: new Date(at).toISOString(),
      device: deviceName,
      change: changes.find((change) => node === undefined || change.node === node)?.change ?? null,
    })),
  };
}
