/** Who may do what with a vault. A vault of others and one that is not there look the same. */
import { FsyncError } from '../../core/base/errors.js';
import type { VaultId } from '../../core/base/ids.js';
import type { Role } from '../../core/protocol/http.js';
import { inTransaction, type Database, type Queries } from '../store/database.js';
import type { Caller } from '../http/route.js';
import { findToken } from '../store/token-store.js';
import { findVaultOf, lockVault, type LockedVault, type VaultWithRole } from '../store/vault-store.js';

const RANK: Readonly<Record<Role, number>> = { reader: 1, writer: 2, owner: 3 };

export function noVault(): FsyncError {
  return new FsyncError('not_found', 'no such vault');
}

/** Whose vaults are meant: an account's, or those that a token of it may reach. */
export type VaultCaller = Pick<Caller, 'account' | 'device' | 'scope'>;

export function isInScope({ scope }: Pick<Caller, 'scope'>, vault: VaultId): boolean {
  return scope === null || scope.vaults.includes(vault);
}

/** A token can do at most what its account can. */
export function roleOf({ scope }: Pick<Caller, 'scope'>, role: Role): Role {
  if (scope === null) return role;
  return scope.write && role !== 'reader' ? 'writer' : 'reader';
}

/** @throws FsyncError not_found for a stranger, forbidden for a member of too low a role, session_expired for a revoked token */
export async function requireVault(db: Queries, caller: VaultCaller, vault: VaultId, least: Role): Promise<VaultWithRole> {
  const member = isInScope(caller, vault) ? await findVaultOf(db, caller.account, vault) : null;
  if (member === null) throw noVault();
  // A request may wait for minutes; its token may be revoked meanwhile.
  if (caller.scope !== null && (await findToken(db, caller.device))?.revoked !== false) {
    throw new FsyncError('session_expired', 'the token was revoked');
  }
  const found = { ...member, role: roleOf(caller, member.role) };
  if (RANK[found.role] < RANK[least]) {
    throw new FsyncError('forbidden', `this needs the role ${least}`, { hints: ['ask the owner of the vault'] });
  }
  return found;
}

/** Locks the vault; the first statement of a transaction. Throws not_found when it was deleted meanwhile. */
export async function requireLock(trx: Queries, vaultNo: number): Promise<LockedVault> {
  const locked = await lockVault(trx, vaultNo);
  if (locked === null) throw noVault();
  return locked;
}

/** A transaction that begins with the vault's lock; null when the vault was deleted. */
export function underLock<Result>(
  database: Database,
  vaultNo: number,
  work: (trx: Queries, vault: LockedVault) => Promise<Result>,
): Promise<Result | null> {
  return inTransaction(database, async (trx) => {
    const vault = await lockVault(trx, vaultNo);
    return vault === null ? null : work(trx, vault);
  });
}
