/** What this account may do in a vault. The verified log decides; the server's word counts until the log has been read. */
import { FsyncError } from '../../core/base/errors.js';
import type { Role } from '../../core/protocol/ipc.js';
import type { SessionDeps } from './session-ports.js';
import type { VaultLog } from './vault-log.js';

export interface RoleContext {
  readonly deps: Pick<SessionDeps, 'account' | 'info'>;
  readonly log: Pick<VaultLog, 'members'>;
}

/** 'reader' for an account that the log does not name any more: it sends nothing. */
export function roleHere({ deps, log }: RoleContext): Role {
  const members = log.members;
  const account = deps.account.current()?.account;
  if (members === null || account === undefined) return deps.info.role;
  return members.get(account) ?? 'reader';
}

/** @throws FsyncError forbidden when this account may only read */
export function requireWriter(context: RoleContext): void {
  if (roleHere(context) !== 'reader') return;
  throw new FsyncError('forbidden', `this account may only read the vault ${context.deps.info.name}`, {
    hints: ['An owner can give it another role: fsync share USER --role writer'],
  });
}

/** The server knows no such vault for this account: it looks the same whether the vault or the membership is gone. */
export function outOfReach(name: string): FsyncError {
  return new FsyncError(
    'forbidden',
    `this account cannot reach the vault ${name} any more: it was removed from it, or the vault was deleted`,
    {
      hints: ['The files in the folder stay. To stop syncing it: fsync detach'],
    },
  );
}
