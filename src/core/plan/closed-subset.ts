/** Which of the operations to commit can go now: each with everything that has to be committed before it or with it. */
import type { CommitOp } from './operation.js';

/** The operations for which `ready` holds and whose dependencies, as far as they are still open, are among them. */
export function closedSubset(ops: readonly CommitOp[], ready: (op: CommitOp) => boolean): readonly CommitOp[] {
  const open = new Map(ops.map((op) => [op.node, op]));
  const chosen = new Map(ops.filter(ready).map((op) => [op.node, op]));
  let dropped = true;
  while (dropped) {
    dropped = false;
    for (const op of chosen.values()) {
      if (op.after.every((node) => !open.has(node) || chosen.has(node))) continue;
      chosen.delete(op.node);
      dropped = true;
    }
  }
  return [...chosen.values()];
}
