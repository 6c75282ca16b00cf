/** Accounts that were switched off by who runs the server let no device in. */
import { FsyncError } from '../../core/base/errors.js';
import type { AccountRow } from '../store/account-store.js';

/** @throws FsyncError forbidden; only said to who has shown to be of the account */
export function requireEnabled(account: AccountRow | null): void {
  if (account?.disabled !== true) return;
  throw new FsyncError('forbidden', 'the account is switched off on this server', { hints: ['Ask the person who runs the server.'] });
}
