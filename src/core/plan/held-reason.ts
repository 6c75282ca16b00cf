/** What the guard holds back, in one sentence for people. */
import type { Destruction, GuardedSide, Held } from './guard.js';

export interface HeldCount {
  readonly deleted: number;
  readonly modified: number;
}

/** Files only: the directories that go with them are not counted. */
export function countHeld(changes: readonly Destruction[], side: GuardedSide): HeldCount {
  const files = changes.filter((change) => change.side === side && change.counts);
  const deleted = files.filter(({ change }) => change === 'deleted').length;
  return { deleted, modified: files.length - deleted };
}

const PLACE: Readonly<Record<GuardedSide, string>> = { server: 'on the server', folder: 'in this folder' };

/** 'of 300 files, 200 would be deleted and 3 rewritten on the server' */
export function heldReason({ cause, changes, files }: Held): string {
  const parts = (['server', 'folder'] as const).flatMap((side) => {
    const { deleted, modified } = countHeld(changes, side);
    const acts = [
      ...(deleted > 0 ? [`${String(deleted)} would be deleted`] : []),
      ...(modified > 0 ? [`${String(modified)} rewritten`] : []),
    ];
    if (deleted === 0 && modified > 0) acts[0] = `${String(modified)} would be rewritten`;
    return acts.length === 0 ? [] : [`${acts.join(' and ')} ${PLACE[side]}`];
  });
  const what = parts.length === 0 ? 'its directories would be deleted on the server' : `of ${String(files)} files, ${parts.join(', and ')}`;
  return cause === 'emptied-folder' ? `the folder was emptied: ${what}` : what;
}
