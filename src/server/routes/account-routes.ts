/** /account, /accounts, /devices. */
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';
import * as http from '../../core/protocol/http.js';
import { callerOf, noBody, nothing, route, type Route } from '../http/route.js';
import type { Accounts } from '../services/accounts.js';
import type { Devices } from '../services/devices.js';
import type { DeviceRow } from '../store/account-store.js';
import { boxFromWire, boxToWire } from './wire.js';

const maxBytes = http.HTTP_LIMITS.authBody;

function deviceToWire({ id, nameSealed, createdAt, lastSeenAt, revoked }: DeviceRow): unknown {
  return { id, nameSealed: toBase64Url(nameSealed), createdAt, lastSeenAt, revoked };
}

export function createAccountRoutes({ accounts }: { readonly accounts: Accounts }): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/account',
      access: 'session',
      limit: 'metadata',
      params: nothing,
      query: nothing,
      body: noBody,
      async handle(input) {
        const { links, boxes, ...view } = await accounts.view(callerOf(input));
        return { status: 200, body: { ...view, boxes: boxes.map(boxToWire), chain: links.map(toBase64Url) } };
      },
    }),
    route({
      method: 'GET',
      path: '/accounts/:account/chain',
      access: 'vault',
      limit: 'metadata',
      params: http.accountPath,
      query: nothing,
      body: noBody,
      async handle(input) {
        const links = await accounts.chain(callerOf(input), input.params.account);
        return { status: 200, body: { links: links.map(toBase64Url) } };
      },
    }),
    route({
      method: 'POST',
      path: '/accounts/lookup',
      access: 'session',
      limit: 'lookup',
      params: nothing,
      query: nothing,
      body: { schema: http.lookupRequest, maxBytes },
      async handle({ body }) {
        const { accountId, links } = await accounts.lookup(body.user);
        return { status: 200, body: { accountId, links: links.map(toBase64Url) } };
      },
    }),
  ];
}

export function createDeviceRoutes({ devices }: { readonly devices: Devices }): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/devices',
      access: 'enrol',
      limit: 'login-address',
      params: nothing,
      query: nothing,
      body: { schema: http.enrolDeviceRequest, maxBytes },
      async handle({ body, enrolling }) {
        if (enrolling === null) throw new FsyncError('not_signed_in', 'this needs the token of a login');
        const session = await devices.enrol({
          account: enrolling,
          links: body.links.map(fromBase64Url),
          boxes: body.boxes.map(boxFromWire),
          device: { id: body.device.id, nameSealed: fromBase64Url(body.device.nameSealed) },
        });
        return { status: 201, body: { session } };
      },
    }),
    route({
      method: 'GET',
      path: '/devices',
      access: 'session',
      limit: 'metadata',
      params: nothing,
      query: nothing,
      body: noBody,
      async handle(input) {
        const list = await devices.list(callerOf(input).account);
        return { status: 200, body: { devices: list.map(deviceToWire) } };
      },
    }),
    route({
      method: 'PATCH',
      path: '/devices/:device',
      access: 'session',
      limit: 'metadata',
      params: http.devicePath,
      query: nothing,
      body: { schema: http.renameDeviceRequest, maxBytes },
      async handle(input) {
        await devices.rename(callerOf(input).account, input.params.device, fromBase64Url(input.body.nameSealed));
        return { status: 204 };
      },
    }),
    route({
      method: 'DELETE',
      path: '/devices/:device',
      access: 'session',
      limit: 'metadata',
      params: http.devicePath,
      query: nothing,
      body: { schema: http.revokeDeviceRequest, maxBytes },
      async handle(input) {
        await devices.revoke({
          account: callerOf(input).account,
          device: input.params.device,
          links: input.body.links.map(fromBase64Url),
          boxes: (input.body.boxes ?? []).map(boxFromWire),
        });
        return { status: 204 };
      },
    }),
  ];
}
