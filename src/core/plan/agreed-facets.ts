/**
 * The facets of a node that the folder and the server agree on while others are still on their way: a file
 * that was moved and edited has its new name here before its new content has come. BASE takes over what is
 * agreed, facet by facet: else the move that the server asked for would pass for one of this folder's, and
 * outlive a deletion that comes before the content does.
 */
import type { BaseNode } from '../tree/base-tree.js';
import type { LocalNode } from '../tree/local-tree.js';
import { nameKey } from '../tree/name-key.js';
import type { NodeState } from '../tree/node.js';
import { sameContent } from '../tree/node.js';
import { moved } from './merge-facets.js';

/** The BASE row with these facets; null when it has them all. Its revision stays: the node is not in sync yet. */
export function agreedFacets(base: BaseNode, local: LocalNode, remote: NodeState): BaseNode | null {
  const placed = withPlace(base, local, remote);
  // What cannot be read has its last content beside a newer fingerprint.
  const row = local.status === 'present' ? withContent(withMode(placed, local, remote), local, remote) : placed;
  return row === base ? null : row;
}

function withPlace(row: BaseNode, local: LocalNode, remote: NodeState): BaseNode {
  const { parent, name } = remote;
  const isAgreed = local.parent === parent && nameKey(local.diskName) === nameKey(name);
  return isAgreed && moved(row.state, remote) ? { ...row, diskName: local.diskName, state: { ...row.state, parent, name } } : row;
}

function withMode(row: BaseNode, { mode }: LocalNode, remote: NodeState): BaseNode {
  return mode === remote.mode && mode !== row.state.mode ? { ...row, state: { ...row.state, mode } } : row;
}

/** The fingerprint follows the content alone, so that a scan never takes other bytes for those of the row. */
function withContent(row: BaseNode, local: LocalNode, remote: NodeState): BaseNode {
  if (!sameContent(local, remote) || sameContent(row.state, remote)) return row;
  const { fingerprint, verifiedAtMs, mtimeMs } = local;
  const { content, target, stamp } = remote;
  return { ...row, fingerprint, verifiedAtMs, state: { ...row.state, content, target, mtimeMs, stamp } };
}
