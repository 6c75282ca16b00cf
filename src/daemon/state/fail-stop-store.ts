/**
 * A state database that may fail once. After a transaction that did not come through, the trees in
 * memory say more than the database does, so nothing may be written on top of them: every later one is
 * refused, and who opened the store is told, to open it anew from what is on the disk.
 * Crash-only: G. Candea, A. Fox, "Crash-Only Software", HotOS IX, 2003.
 */
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { StateStore } from '../ports.js';

/** `onFailure` is called once, inside the call that failed, which then throws the same error. */
export function failStop(store: StateStore, onFailure: (error: FsyncError) => void): StateStore {
  let failure: FsyncError | null = null;
  return {
    ...store,
    transaction(work) {
      if (failure !== null) throw failure;
      try {
        store.transaction(work);
      } catch (error) {
        failure = isFsyncError(error) ? error : new FsyncError('internal', 'a change of the state database failed', { cause: error });
        onFailure(failure);
        throw failure;
      }
    },
  };
}
