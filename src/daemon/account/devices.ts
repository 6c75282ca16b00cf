/** The devices of the signed-in account: what they are called, and which are let in no more. */
import { buildRevokeLink, buildUserKeyLink, headAfter, headOf } from '../../core/account/chain.js';
import { boxUserKey, createUserKey, openDeviceName, sealDeviceName, type UserKeyBox } from '../../core/account/user-key.js';
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import type { Clock, RandomBytes } from '../../core/base/effects.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { CredentialId } from '../../core/base/ids.js';
import { deviceList } from '../../core/protocol/http.js';
import type { DeviceEntry, DeviceListDocument, DeviceRenameDocument, DeviceRevokeDocument } from '../../core/protocol/account-documents.js';
import type { IpcParams } from '../../core/protocol/ipc.js';
import type { AccountKeys } from '../engine-deps.js';
import { readReply } from '../remote/http-client.js';
import type { AccountService } from './account-service.js';
import { boxBody } from './enrol.js';

export interface DevicesDeps {
  readonly account: Pick<AccountService, 'client' | 'require' | 'refreshChain' | 'rename'>;
  readonly random: RandomBytes;
  readonly clock: Clock;
}

interface Options {
  readonly signal: AbortSignal;
}

/** What the control API may ask about devices. A device is named by its name, its id or the beginning of its id. */
export interface DeviceCalls {
  list(options: Options): Promise<DeviceListDocument>;
  rename(params: IpcParams<'device.rename'>, options: Options): Promise<DeviceRenameDocument>;
  /** The device can neither sign in nor read or write any more; the others get a new user key. */
  revoke(params: IpcParams<'device.revoke'>, options: Options): Promise<DeviceRevokeDocument>;
}

export function createDeviceCalls(deps: DevicesDeps): DeviceCalls {
  return {
    list: async (options) => ({ schema: 'fsync/device-list/1', devices: await listDevices(deps, options) }),

    async rename({ device: wanted, name }, options) {
      const { id, name: before, current } = chooseDevice(await listDevices(deps, options), wanted);
      const nameSealed = toBase64Url(sealDeviceName(deps.random, currentUserKey(deps.account.require()), id, name));
      await deps.account.client.send({ method: 'PATCH', path: `/devices/${id}`, json: { nameSealed }, repeatable: true, ...options });
      if (current) deps.account.rename(name);
      return { schema: 'fsync/device-rename/1', id, before, name };
    },

    async revoke({ device: wanted }, options) {
      const { id, name, current } = chooseDevice(await listDevices(deps, options), wanted);
      if (current)
        throw new FsyncError('invalid_input', 'this is the device you are working on', {
          hints: ['Forget its keys with: fsync logout. To revoke it, use another device.'],
        });
      await sendRevocation(deps, id, options);
      await deps.account.refreshChain(options.signal);
      return { schema: 'fsync/device-revoke/1', id, name, revoked: true };
    },
  };
}

/** Those that are enrolled, this one first, then as they were last seen. */
async function listDevices(
  { account }: DevicesDeps,
  { signal }: Options,
): Promise<readonly (DeviceEntry & { readonly id: CredentialId })[]> {
  // Names are sealed with the newest user key, which another device may have made.
  await account.refreshChain(signal);
  const reply = readReply(deviceList, await account.client.send({ method: 'GET', path: '/devices', signal }));
  const keys = account.require();
  return reply.devices
    .filter(({ revoked }) => !revoked)
    .map(({ id, nameSealed, createdAt, lastSeenAt }) => ({
      id,
      name: openName(keys, id, fromBase64Url(nameSealed)),
      current: id === keys.device.id,
      createdAt: new Date(createdAt).toISOString(),
      lastSeenAt: new Date(lastSeenAt).toISOString(),
    }))
    .sort((a, b) => Number(b.current) - Number(a.current) || b.lastSeenAt.localeCompare(a.lastSeenAt));
}

/** Null for a name that no user key of the account opens: the server made it up. */
export function openName({ userKeys }: AccountKeys, id: CredentialId, sealed: Uint8Array): string | null {
  for (const userKey of [...userKeys.values()].reverse()) {
    try {
      return openDeviceName(userKey, id, sealed);
    } catch (error) {
      if (!isFsyncError(error)) throw error;
    }
  }
  return null;
}

const SHORTEST_ID = 4;

function chooseDevice<Entry extends DeviceEntry>(devices: readonly Entry[], wanted: string): Entry {
  const named = devices.filter(({ id, name }) => id === wanted || name === wanted);
  const begun = wanted.length < SHORTEST_ID ? [] : devices.filter(({ id }) => id.startsWith(wanted));
  const found = named.length > 0 ? named : begun;
  const [first] = found;
  const hints = ['See them with: fsync device list'];
  if (first === undefined) throw new FsyncError('not_found', `no device is called ${JSON.stringify(wanted)}`, { hints });
  if (found.length > 1)
    throw new FsyncError('invalid_input', `${String(found.length)} devices are called ${JSON.stringify(wanted)}`, {
      hints: ['Name one by its id: fsync device list'],
    });
  return first;
}

const MAX_ATTEMPTS = 3;

/** Signed on the newest chain; made anew when another device added a link meanwhile. */
async function sendRevocation(deps: DevicesDeps, device: CredentialId, { signal }: Options): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await deps.account.refreshChain(signal);
    const { links, boxes } = revocation(deps, device);
    const json = { links: links.map(toBase64Url), boxes: boxes.map(boxBody) };
    try {
      await deps.account.client.send({ method: 'DELETE', path: `/devices/${device}`, json, signal });
      return;
    } catch (error) {
      if (!isFsyncError(error, 'behind') || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

/** The link that revokes the device, and the next user key, boxed to all that hold one but the device. */
function revocation(
  { account, random, clock }: DevicesDeps,
  device: CredentialId,
): { readonly links: readonly Uint8Array[]; readonly boxes: readonly UserKeyBox[] } {
  const { chain, credential: signer } = account.require();
  const at = clock.now();
  const revoke = buildRevokeLink({ head: headOf(chain), signer, at, revoked: device });
  const holders = [...chain.credentials].filter(
    ([id, { kind, revokedAtSeq }]) => id !== device && revokedAtSeq === null && kind !== 'token',
  );
  const userKey = createUserKey(random, chain.userKey.generation + 1);
  const boxes = holders.map(([id, { boxPublicKey }]) => boxUserKey(random, userKey, chain.accountId, { id, boxPublicKey }));
  const boxHashes = new Map(boxes.map(({ credential, hash }) => [credential, hash]));
  const { generation, boxPublicKey } = userKey;
  const next = buildUserKeyLink({ head: headAfter(revoke), signer, at, generation, boxPublicKey, boxHashes });
  return { links: [revoke, next], boxes };
}

export function currentUserKey({ userKeys, chain }: AccountKeys): Parameters<typeof sealDeviceName>[1] {
  const key = userKeys.get(chain.userKey.generation);
  if (key === undefined) throw new FsyncError('key_mismatch', 'this device lacks the current user key of the account');
  return key;
}
