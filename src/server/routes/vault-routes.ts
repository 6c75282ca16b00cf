/** /vaults. */
import { fromBase64Url } from '../../core/base/bytes.js';
import * as http from '../../core/protocol/http.js';
import { callerOf, noBody, nothing, route, type Route } from '../http/route.js';
import type { Vaults } from '../services/vaults.js';
import { keyBoxFromWire } from './wire.js';

const maxBytes = http.HTTP_LIMITS.jsonBody;

function createCollectionRoutes(vaults: Vaults): readonly Route[] {
  const common = { access: 'session', limit: 'metadata', params: nothing, query: nothing } as const;
  return [
    route({
      ...common,
      method: 'POST',
      path: '/vaults',
      body: { schema: http.createVaultRequest, maxBytes },
      async handle(input) {
        const { genesis, nameSealed, keyBoxes } = input.body;
        const created = await vaults.create(callerOf(input), {
          genesis: fromBase64Url(genesis),
          nameSealed: fromBase64Url(nameSealed),
          keyBoxes: keyBoxes.map(keyBoxFromWire),
        });
        return { status: 201, body: created };
      },
    }),
    route({
      ...common,
      access: 'vault',
      method: 'GET',
      path: '/vaults',
      body: noBody,
      handle: async (input) => ({ status: 200, body: { vaults: await vaults.list(callerOf(input)) } }),
    }),
  ];
}

export function createVaultRoutes({ vaults }: { readonly vaults: Vaults }): readonly Route[] {
  const common = { access: 'session', limit: 'metadata', params: http.vaultPath, query: nothing } as const;
  return [
    ...createCollectionRoutes(vaults),
    route({
      ...common,
      access: 'vault',
      method: 'GET',
      path: '/vaults/:vault',
      body: noBody,
      handle: async (input) => ({ status: 200, body: await vaults.get(callerOf(input), input.params.vault) }),
    }),
    route({
      ...common,
      method: 'GET',
      path: '/vaults/:vault/members',
      body: noBody,
      async handle(input) {
        return { status: 200, body: { members: await vaults.members(callerOf(input), input.params.vault) } };
      },
    }),
    route({
      ...common,
      method: 'PATCH',
      path: '/vaults/:vault',
      body: { schema: http.renameVaultRequest, maxBytes },
      async handle(input) {
        await vaults.rename(callerOf(input), input.params.vault, fromBase64Url(input.body.nameSealed));
        return { status: 204 };
      },
    }),
    route({
      ...common,
      method: 'DELETE',
      path: '/vaults/:vault',
      body: noBody,
      async handle(input) {
        await vaults.remove(callerOf(input), input.params.vault);
        return { status: 204 };
      },
    }),
  ];
}
