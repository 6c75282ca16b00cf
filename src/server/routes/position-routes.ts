/** /vaults/{vault}/position and /positions. Tokens may read them, but are no devices and have none. */
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import { vaultPath } from '../../core/protocol/http.js';
import { POSITION_BODY_LIMIT, putPositionRequest } from '../../core/protocol/position-http.js';
import { callerOf, noBody, nothing, route, type Route } from '../http/route.js';
import type { Positions } from '../services/positions.js';

export function createPositionRoutes({ positions }: { readonly positions: Positions }): readonly Route[] {
  const common = { access: 'session', limit: 'metadata', params: vaultPath, query: nothing } as const;
  return [
    route({
      ...common,
      method: 'PUT',
      path: '/vaults/:vault/position',
      body: { schema: putPositionRequest, maxBytes: POSITION_BODY_LIMIT },
      async handle(input) {
        await positions.put(callerOf(input), input.params.vault, fromBase64Url(input.body.signed));
        return { status: 204 };
      },
    }),
    route({
      ...common,
      method: 'DELETE',
      path: '/vaults/:vault/position',
      body: noBody,
      async handle(input) {
        await positions.remove(callerOf(input), input.params.vault);
        return { status: 204 };
      },
    }),
    route({
      ...common,
      access: 'vault',
      method: 'GET',
      path: '/vaults/:vault/positions',
      body: noBody,
      async handle(input) {
        const signed = await positions.list(callerOf(input), input.params.vault);
        return { status: 200, body: { positions: signed.map((one) => ({ signed: toBase64Url(one) })) } };
      },
    }),
  ];
}
