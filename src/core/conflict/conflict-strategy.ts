/** The ways in which a conflict can be settled without a person. */

/** `lww` leaves the conflict copy to a person; the others settle it at once, each as `fsync resolve` does. */
export const CONFLICT_STRATEGIES = ['lww', 'keep-both', 'ours', 'theirs', 'merge'] as const;
export type ConflictStrategy = (typeof CONFLICT_STRATEGIES)[number];

export function isConflictStrategy(value: string): value is ConflictStrategy {
  return (CONFLICT_STRATEGIES as readonly string[]).includes(value);
}

/** What is no strategy leaves conflicts to a person. */
export function parseConflictStrategy(value: string): ConflictStrategy {
  return isConflictStrategy(value) ? value : 'lww';
}
