/**
 * Settles conflicts: one commit that gives the original the chosen version and takes the copy away.
 * The folder follows like after any other commit, so a resolve is as safe as a remote change.
 */
import { FsyncError } from '../../core/base/errors.js';
import type { CommitOp, MergedFacets } from '../../core/plan/operation.js';
import type { ResolveChoice } from '../../core/protocol/ipc.js';
import type { ConflictMark, NodeState } from '../../core/tree/node.js';
import type { CycleContext } from './cycle.js';
import { mergeText } from './merge-text.js';

export interface OpenConflict {
  readonly path: string;
  readonly copyPath: string;
  readonly original: NodeState;
  readonly copy: NodeState & { readonly conflict: ConflictMark };
}

/** All conflicts that are not settled; `paths` picks those whose original, copy or a directory above is named. */
export function openConflicts({ trees }: Pick<CycleContext, 'trees'>, paths: readonly string[]): readonly OpenConflict[] {
  const found = [...trees.conflicts].flatMap((node) => {
    const copy = trees.remoteState(node);
    const conflict = copy?.conflict ?? null;
    const original = conflict === null ? undefined : trees.remoteState(conflict.of);
    const path = original === undefined ? undefined : trees.remotePath(original.node);
    const copyPath = trees.remotePath(node);
    if (
      copy === undefined ||
      conflict === null ||
      original === undefined ||
      original.deleted ||
      path === undefined ||
      copyPath === undefined
    )
      return [];
    return [{ path, copyPath, original, copy: { ...copy, conflict } }];
  });
  const wanted = (at: string): boolean => paths.some((path) => path === '' || at === path || at.startsWith(`${path}/`));
  return found
    .filter(({ path, copyPath }) => paths.length === 0 || wanted(path) || wanted(copyPath))
    .sort((a, b) => (a.copyPath < b.copyPath ? -1 : 1));
}

/**
 * The operations of one resolution. 'ours' is the version of this device; where neither or both are,
 * the version that kept the name.
 * @throws FsyncError unresolved_conflicts when a merge is not clean or not possible
 */
export async function resolution(
  context: CycleContext,
  conflict: OpenConflict,
  choice: ResolveChoice,
  signal: AbortSignal,
): Promise<readonly CommitOp[]> {
  const { original, copy } = conflict;
  if (choice === 'both') return [commitOp(copy, { ...facets(copy), conflict: null })];
  if (copy.kind === 'directory') {
    throw new FsyncError('unresolved_conflicts', 'two directories wanted one name; move their files together by hand, or keep both', {
      hints: [`fsync resolve --both ${conflict.copyPath}`],
    });
  }
  const removal = commitOp(copy, { ...facets(copy), deleted: true, content: null, target: null, conflict: null });
  if (choice === 'merge') {
    const content = await mergeText(context, conflict, signal);
    return [commitOp(original, { ...facets(original), content }), removal];
  }
  const copyIsOurs = copy.conflict.loserDevice === context.deps.device.id && original.device !== context.deps.device.id;
  if (copyIsOurs !== (choice === 'ours')) return [removal];
  const { content, target, mode, mtimeMs } = copy;
  if (original.kind !== copy.kind) {
    throw new FsyncError('unresolved_conflicts', 'a directory holds the name; the file can only be kept under another name', {
      hints: [`fsync resolve --both ${conflict.copyPath}`],
    });
  }
  return [commitOp(original, { ...facets(original), content, target, mode, mtimeMs }), removal];
}

function facets({ parent, name, kind, deleted, mode, mtimeMs, content, target, conflict }: NodeState): MergedFacets {
  return { parent, name, kind, deleted, mode, mtimeMs, content, target, conflict };
}

/** The local side is not accounted for by it (`rebase` empty): the folder follows as after a remote change. */
function commitOp(state: NodeState, next: MergedFacets): CommitOp {
  return { node: state.node, facets: next, stamp: state.stamp + 1, after: [], needsUpload: false, rebase: [] };
}
