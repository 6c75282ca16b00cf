/** Who may do what with a vault. A vault of others and one that is not there look the same. */
import { FsyncError } from '../../core/base/errors.js';
import type { AccountId, VaultId } from '../../core/base/ids.js';
import type { Role } from '../../core/protocol/http.js';
import { inTransaction, type Database, type Queries } from '../store/database.js';
import { findVaultOf, lockVault, type LockedVault, type VaultWithRole } from '../store/vault-store.js';

const RANK: Readonly<Record<Role, number>> = { reader: 1, writer: 2, owner: 3 };

export function noVault(): FsyncError {
  return new FsyncError('not_found', 'no such vault');
}

/** @throws FsyncError not_found for a stranger, forbidden for a member of too low a role */
export async function requireVault(db: Queries, account: AccountId, vault: VaultId, least: Role): Promise<VaultWithRole> {
  const found = await findVaultOf(db, account, vault);
  if (found === null) throw noVault();
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
