/** How far each device holds a vault: kept as the devices signed it, for the members to read and verify. */
import { FsyncError } from '../../core/base/errors.js';
import type { VaultId } from '../../core/base/ids.js';
import { decodePosition, verifyPosition, type Position } from '../../core/log/position.js';
import type { Caller } from '../http/route.js';
import { inTransaction, type Queries } from '../store/database.js';
import { findCommit } from '../store/log-store.js';
import { dropPosition, listPositions, putPosition, readPosition, type PositionKey } from '../store/position-store.js';
import type { Chains } from './chains.js';
import type { ServiceContext } from './service-context.js';
import { requireLock, requireVault, type VaultCaller } from './vault-access.js';

export interface Positions {
  /**
   * Takes the place of the one that the calling device sent before. Throws history_changed for a commit that the log does not
   * have, rollback for one before that of the last position, and what verifyPosition throws.
   */
  put(caller: Caller, vault: VaultId, signed: Uint8Array): Promise<void>;
  /** The signed positions. */
  list(caller: VaultCaller, vault: VaultId): Promise<readonly Uint8Array[]>;
  /** The calling device has the vault no more. */
  remove(caller: Caller, vault: VaultId): Promise<void>;
}

export function createPositions({ database, chains }: Pick<ServiceContext, 'database'> & { readonly chains: Chains }): Positions {
  async function replace(trx: Queries, key: PositionKey, { position, signed }: { position: Position; signed: Uint8Array }): Promise<void> {
    const { no } = await requireLock(trx, key.vaultNo);
    const commit = await findCommit(trx, no, position.hash);
    if (commit?.seq !== position.seq) throw new FsyncError('history_changed', 'the log has no such commit');
    // A restored server has the positions that go with its log, so no device ever has to go back.
    if (((await readPosition(trx, key)) ?? 0) > position.seq) throw new FsyncError('rollback', 'the position of a device does not go back');
    await putPosition(trx, key, { seq: position.seq, signed });
  }

  return {
    async put(caller, vault, signed) {
      const { no } = await requireVault(database, caller, vault, 'reader');
      const decoded = decodePosition(signed);
      const { position } = decoded;
      if (position.account !== caller.account || position.device !== caller.device) {
        throw new FsyncError('forbidden', 'a position must be signed by the device that sends it');
      }
      if (position.vault !== vault) throw new FsyncError('invalid_input', 'the position is one in another vault');
      verifyPosition(decoded, await chains.stateOf(database, caller.account));
      const key = { vaultNo: no, account: caller.account, device: caller.device };
      await inTransaction(database, (trx) => replace(trx, key, { position, signed }));
    },

    async list(caller, vault) {
      return listPositions(database, (await requireVault(database, caller, vault, 'reader')).no);
    },

    async remove(caller, vault) {
      const { no } = await requireVault(database, caller, vault, 'reader');
      await dropPosition(database, { vaultNo: no, account: caller.account, device: caller.device });
    },
  };
}
