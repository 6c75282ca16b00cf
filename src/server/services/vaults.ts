/** Vaults: made with their genesis commit, listed for their members, renamed and deleted by an owner. */
import { randomUUID } from 'node:crypto';
import { toBase64Url } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';
import type { CommitHash, VaultId } from '../../core/base/ids.js';
import { decodeCommit, vaultIdOf } from '../../core/log/commit.js';
import { acceptCommit, encodeLogState } from '../../core/log/log-verifier.js';
import type { VaultReply } from '../../core/protocol/http.js';
import type { Caller } from '../http/route.js';
import { inTransaction, isDuplicateKey } from '../store/database.js';
import { insertCommit } from '../store/log-store.js';
import { countMembers, listMembers, putKeyBoxes, putMember, readKeyBoxes, type Member } from '../store/member-store.js';
import { countPositions } from '../store/position-store.js';
import { readTokenKeys } from '../store/token-store.js';
import { findVaultOf, insertVault, listVaultsOf, updateVault, type KeyBox, type VaultWithRole } from '../store/vault-store.js';
import { activeCredential, type Chains } from './chains.js';
import type { ServiceContext } from './service-context.js';
import { isInScope, requireLock, requireVault, roleOf, type VaultCaller } from './vault-access.js';

export interface CreateVaultRequest {
  readonly genesis: Uint8Array;
  readonly nameSealed: Uint8Array;
  readonly keyBoxes: readonly KeyBox[];
}

export interface CreatedVault {
  readonly vault: VaultId;
  readonly historyId: string;
  readonly head: { readonly seq: number; readonly hash: CommitHash };
}

export interface Vaults {
  /** Sending the same genesis again gives the same answer. Throws what acceptCommit throws. */
  create(caller: Caller, request: CreateVaultRequest): Promise<CreatedVault>;
  list(caller: VaultCaller): Promise<readonly VaultReply[]>;
  get(caller: VaultCaller, vault: VaultId): Promise<VaultReply>;
  members(caller: VaultCaller, vault: VaultId): Promise<readonly Member[]>;
  rename(caller: VaultCaller, vault: VaultId, nameSealed: Uint8Array): Promise<void>;
  /** Gone for everyone at once; its rows and packs are purged later. */
  remove(caller: VaultCaller, vault: VaultId): Promise<void>;
}

export function createVaults(deps: ServiceContext & { readonly chains: Chains }): Vaults {
  const { database, clock, bus, chains } = deps;

  /** The keys that the caller can open, by number of the vault. */
  async function boxesFor(
    caller: VaultCaller,
    vaults: readonly number[],
  ): Promise<ReadonlyMap<number, readonly Omit<KeyBox, 'account'>[]>> {
    if (caller.scope === null) return readKeyBoxes(database, vaults, caller.account);
    const boxes = await readTokenKeys(database, caller.device);
    return new Map(
      vaults.map((no) => [no, boxes.filter((one) => one.vaultNo === no).map(({ epoch, box }) => ({ epoch, generation: 0, box }))]),
    );
  }

  async function views(caller: VaultCaller, vaults: readonly VaultWithRole[]): Promise<readonly VaultReply[]> {
    const numbers = vaults.map((vault) => vault.no);
    const members = await countMembers(database, numbers);
    const devices = await countPositions(database, numbers);
    const boxes = await boxesFor(caller, numbers);
    return vaults.map((vault) => ({
      vault: vault.id,
      role: roleOf(caller, vault.role),
      owner: vault.owner,
      head: vault.head,
      historyId: vault.historyId,
      usedBytes: vault.usedBytes,
      members: members.get(vault.no) ?? 0,
      devices: devices.get(vault.no) ?? 0,
      nameSealed: toBase64Url(vault.nameSealed),
      keyBoxes: (boxes.get(vault.no) ?? []).map(({ epoch, generation, box }) => ({ epoch, generation, box: toBase64Url(box) })),
    }));
  }

  async function insertGenesis(caller: Caller, request: CreateVaultRequest): Promise<CreatedVault> {
    const decoded = decodeCommit(request.genesis);
    const author = await chains.stateOf(database, caller.account);
    activeCredential(author, decoded.header.device);
    if (decoded.header.account !== caller.account || decoded.header.device !== caller.device) {
      throw new FsyncError('forbidden', 'a commit must be signed by the device that sends it');
    }
    const state = acceptCommit(null, decoded, author, () => null);
    if (request.keyBoxes.some((one) => one.account !== caller.account || one.epoch !== 1)) {
      throw new FsyncError('invalid_input', 'the key of a new vault is boxed to its owner');
    }
    const now = clock.now();
    const historyId = randomUUID();
    await inTransaction(database, async (trx) => {
      const { vault: id, head } = state;
      const { nameSealed } = request;
      const no = await insertVault(trx, { id, owner: caller.account, historyId, head, logState: encodeLogState(state), nameSealed, now });
      await insertCommit(trx, no, { seq: 1, hash: decoded.hash, signed: request.genesis, at: now });
      await putMember(trx, { vaultNo: no, account: caller.account, role: 'owner', now });
      await putKeyBoxes(trx, no, request.keyBoxes);
    });
    return { vault: state.vault, historyId, head: state.head };
  }

  return {
    async create(caller, request) {
      try {
        return await insertGenesis(caller, request);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const existing = await findVaultOf(database, caller.account, vaultIdOf(request.genesis));
        if (existing === null) throw new FsyncError('already_exists', 'that vault was there before', { cause: error });
        return { vault: existing.id, historyId: existing.historyId, head: existing.head };
      }
    },

    async list(caller) {
      const vaults = await listVaultsOf(database, caller.account);
      return views(
        caller,
        vaults.filter(({ id }) => isInScope(caller, id)),
      );
    },

    async get(caller, vault) {
      const [view] = await views(caller, [await requireVault(database, caller, vault, 'reader')]);
      if (view === undefined) throw new FsyncError('internal', 'a vault without a view');
      return view;
    },

    async members(caller, vault) {
      return listMembers(database, (await requireVault(database, caller, vault, 'reader')).no);
    },

    async rename(caller, vault, nameSealed) {
      const { no } = await requireVault(database, caller, vault, 'owner');
      await updateVault(database, no, { nameSealed, now: clock.now() });
    },

    async remove(caller, vault) {
      const { no } = await requireVault(database, caller, vault, 'owner');
      const members = await inTransaction(database, async (trx) => {
        await requireLock(trx, no);
        await updateVault(trx, no, { deleted: true, now: clock.now() });
        return listMembers(trx, no);
      });
      for (const member of members) bus.publish({ type: 'access', vault, account: member.account });
    },
  };
}
