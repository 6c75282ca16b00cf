/** What this account may do in a vault. The verified log decides; the server's word counts until the log has been read. */
import { FsyncError } from '../../core/base/errors.js';
import type { Role } from '../../core/protocol/ipc.js';
import type { SessionDeps } from './session-ports.js';
import type { VaultLog } from './vault-log.js';

export interface RoleContext {
  readonly deps: Pick<SessionDeps, 'account' | 'info'>;
  readonly log: Pick<VaultLog, 'members'>;
}

/** 'reader' for an account that the log does not name any more: it sends nothing. A token may do no more than its scope says. */
export function roleHere({ deps, log }: RoleContext): Role {
  const members = log.members;
  const keys = deps.account.current();
  if (members === null || keys === null) return deps.info.role;
  const role = members.get(keys.account) ?? 'reader';
  if (keys.scope === null) return role;
  return keys.scope.write && role !== 'reader' ? 'writer' : 'reader';
}

/** @throws FsyncError forbidden when this account may only read */
export function requireWriter(context: RoleContext): void {
  if (roleHere(context) !== 'reader') return;
  if (context.deps.account.current()?.scope?.write === false) throw tokenMayRead(context.deps.info.name);
  throw new FsyncError('forbidden', `this account may only read the vault ${context.deps.info.name}`, {
    hints: ['An owner can give it another role: fsync share USER --role writer'],
  });
}

function tokenMayRead(vault: string): FsyncError {
  return new FsyncError('forbidden', `this token may only read ${vault}`, {
    hints: ['Make one that may write: fsync token create --write'],
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
