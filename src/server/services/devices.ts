/** The devices of an account: enrolled with the token of a login, renamed, revoked. */
import { FsyncError } from '../../core/base/errors.js';
import type { AccountId, CredentialId } from '../../core/base/ids.js';
import type { Session } from '../../core/protocol/http.js';
import { findAccount, listDevices, updateDevice, upsertDevice, type DeviceRow, type UserKeyBox } from '../store/account-store.js';
import { inTransaction } from '../store/database.js';
import { dropPositionsOfDevice } from '../store/position-store.js';
import { activeCredential, type Chains } from './chains.js';
import { requireEnabled } from './enabled-account.js';
import type { ServiceContext } from './service-context.js';
import type { Sessions } from './sessions.js';

export interface EnrolRequest {
  readonly account: AccountId;
  readonly links: readonly Uint8Array[];
  readonly boxes: readonly UserKeyBox[];
  readonly device: { readonly id: CredentialId; readonly nameSealed: Uint8Array };
}

export interface Devices {
  /** Throws forbidden when the device is not active in the chain after the new links. */
  enrol(request: EnrolRequest): Promise<Session>;
  list(account: AccountId): Promise<readonly DeviceRow[]>;
  rename(account: AccountId, device: CredentialId, nameSealed: Uint8Array): Promise<void>;
  /** Ends the sessions of the device. Throws invalid_input when the links do not revoke it. */
  revoke(request: {
    readonly account: AccountId;
    readonly device: CredentialId;
    readonly links: readonly Uint8Array[];
    readonly boxes: readonly UserKeyBox[];
  }): Promise<void>;
}

function noDevice(): FsyncError {
  return new FsyncError('not_found', 'no such device');
}

export function createDevices(deps: ServiceContext & { readonly chains: Chains; readonly sessions: Sessions }): Devices {
  const { database, clock, chains, sessions } = deps;
  return {
    enrol: ({ account, links, boxes, device }) =>
      inTransaction(database, async (trx) => {
        const state = await chains.extend(trx, { account, links, boxes });
        requireEnabled(await findAccount(trx, account));
        const { kind } = activeCredential(state, device.id);
        if (kind !== 'device') throw new FsyncError('forbidden', 'only a device can be enrolled');
        await upsertDevice(trx, { account, id: device.id, nameSealed: device.nameSealed, now: clock.now() });
        return sessions.create(trx, account, device.id);
      }),

    list: (account) => listDevices(database, account),

    async rename(account, device, nameSealed) {
      if (!(await updateDevice(database, account, device, { nameSealed }))) throw noDevice();
    },

    async revoke({ account, device, links, boxes }) {
      const ended = await inTransaction(database, async (trx) => {
        if (!(await updateDevice(trx, account, device, { revokedAt: clock.now() }))) throw noDevice();
        const state = await chains.extend(trx, { account, links, boxes });
        if (state.credentials.get(device)?.revokedAtSeq === null) {
          throw new FsyncError('invalid_input', 'the links do not revoke the device');
        }
        await dropPositionsOfDevice(trx, account, device);
        return sessions.endDevice(trx, account, device);
      });
      sessions.announceEnd(ended);
    },
  };
}
