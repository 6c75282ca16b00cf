/** What those who wait for a session are told while the guard holds something back. */
import { FsyncError } from '../../core/base/errors.js';
import type { Held } from '../../core/plan/guard.js';
import { heldReason } from '../../core/plan/held-reason.js';

export function heldBack(held: Held): FsyncError {
  return new FsyncError('guarded', `held back until you decide: ${heldReason(held)}`, {
    hints: ['See it: fsync guard show. Let it happen: fsync guard approve. Put things back: fsync guard reject.'],
  });
}
