/** Which files in the folder may already hold the bytes of a content: older versions, the other side of a conflict, copies. */
import type { NodeId } from '../../core/base/ids.js';
import type { FileContent } from '../../core/tree/node.js';
import type { DownloadItem } from '../ports.js';
import type { VaultTrees } from './vault-trees.js';

type Source = DownloadItem['sources'][number];

/** At most a few: the node's own file, the node it conflicts with, and any file that shares its first chunk. */
export function contentSources(trees: VaultTrees, node: NodeId, content: FileContent, conflictOf: NodeId | null): readonly Source[] {
  if (content.inline !== null) return [];
  const own = [node, conflictOf].flatMap((candidate) => (candidate === null ? [] : (source(trees, candidate) ?? [])));
  return own.length > 0 ? own : copies(trees, content);
}

function source(trees: VaultTrees, node: NodeId): Source | undefined {
  const local = trees.local.get(node);
  const path = trees.local.pathOf(node);
  return local?.status !== 'present' || local.content === null || local.content.inline !== null || path === undefined
    ? undefined
    : { path, content: local.content };
}

function copies(trees: VaultTrees, content: FileContent): readonly Source[] {
  // A walk over every file is worth it only when that may save a large transfer.
  if (content.size < 1024 * 1024) return [];
  for (const local of trees.local.values()) {
    if (local.content?.id !== content.id) continue;
    const found = source(trees, local.node);
    if (found !== undefined) return [found];
  }
  return [];
}
