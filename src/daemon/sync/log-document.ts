/** `fsync log`: the history of the vault, or of one path's node through its renames. */
import { FsyncError } from '../../core/base/errors.js';
import type { NodeId } from '../../core/base/ids.js';
import type { LogDocument } from '../../core/protocol/ipc.js';
import type { CycleContext } from './cycle.js';

/** @throws FsyncError not_found when nothing in the vault has that path; invalid_input for a time that is none */
export function logDocument(
  { deps, trees }: CycleContext,
  query: { path: string | null; limit: number; since: string | null },
): LogDocument {
  const node = query.path === null ? undefined : nodeAt(trees, query.path);
  const sinceMs = query.since === null ? undefined : Date.parse(query.since);
  if (Number.isNaN(sinceMs))
    throw new FsyncError('invalid_input', `not a time: ${query.since ?? ''}`, {
      hints: ['For example: --since 2026-11-22 or --since 2026-11-22T14:00:00Z'],
    });
  const entries = deps.folder.store.history({
    limit: query.limit,
    ...(node === undefined ? {} : { node }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  });
  return {
    schema: 'fsync/log/1',
    entries: entries.map(({ seq, at, device, deviceName, changes }) => ({
      commit: seq,
      at: new Date(at).toISOString(),
      device: { id: device, name: deviceName },
      changes: changes
        .filter((change) => node === undefined || change.node === node)
        .map(({ path, change, size, from }) => ({ path, change, size, ...(from === null ? {} : { from }) })),
    })),
  };
}

function nodeAt(trees: CycleContext['trees'], path: string): NodeId {
  const node = trees.local.nodeAt(path);
  if (node === undefined) throw new FsyncError('not_found', `nothing in this vault is at ${path}`);
  return node;
}
