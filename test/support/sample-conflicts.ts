/** A conflict and its two versions, for what is tested without a daemon. */
import type { ConflictStatus } from '../../src/core/protocol/ipc.js';
import type { ConflictSide, ConflictSides } from '../../src/cli/resolve/conflict-sides.js';

const AT = '2026-11-22T14:02:11.120Z';

export function sampleConflict(path: string, copy = `${path} copy`): ConflictStatus {
  return { path, copy, winner: 'laptop', loser: 'desktop', at: AT, binary: false };
}

/** Null for what is no text. */
export function sampleSides(ours: string | null, theirs: string | null, path = 'a'): ConflictSides {
  const side = (device: string, at: string, text: string | null): ConflictSide => ({
    path: at,
    device,
    user: 'ada',
    at: AT,
    kind: 'file',
    size: text?.length ?? 2048,
    text,
  });
  return { ours: side('laptop', path, ours), theirs: side('desktop', `${path} copy`, theirs) };
}
