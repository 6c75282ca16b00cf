/** /auth/token, /tokens: tokens for automation. */
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import type { VaultId } from '../../core/base/ids.js';
import { HTTP_LIMITS } from '../../core/protocol/http.js';
import * as http from '../../core/protocol/token-http.js';
import { callerOf, noBody, nothing, route, type Route } from '../http/route.js';
import type { ListedToken, TokenCredentials, VaultKeyBox } from '../services/token-credentials.js';

const maxBytes = HTTP_LIMITS.authBody;

function keyBoxOf({ vault, epoch, box }: { vault: VaultId; epoch: number; box: string }): VaultKeyBox {
  return { vault, epoch, box: fromBase64Url(box) };
}

function tokenToWire({ id, nameSealed, createdAt, lastUsedAt, revoked, keys }: ListedToken): unknown {
  return { id, nameSealed: toBase64Url(nameSealed), createdAt, lastUsedAt, revoked, keys };
}

function createSignInRoute(tokens: TokenCredentials): Route {
  return route({
    method: 'POST',
    path: '/auth/token',
    access: 'public',
    limit: 'refresh',
    params: nothing,
    query: nothing,
    body: { schema: http.tokenSessionRequest, maxBytes },
    async handle({ body }) {
      const { links, nameSealed, ...session } = await tokens.signIn({
        ...body,
        secret: fromBase64Url(body.secret),
        signature: fromBase64Url(body.signature),
      });
      return { status: 200, body: { ...session, links: links.map(toBase64Url), nameSealed: toBase64Url(nameSealed) } };
    },
  });
}

export function createTokenRoutes({ tokenCredentials: tokens }: { readonly tokenCredentials: TokenCredentials }): readonly Route[] {
  const common = { access: 'session', limit: 'metadata', query: nothing } as const;
  return [
    createSignInRoute(tokens),
    route({
      ...common,
      method: 'POST',
      path: '/tokens',
      params: nothing,
      body: { schema: http.createTokenRequest, maxBytes },
      async handle(input) {
        const { links, token, keyBoxes } = input.body;
        await tokens.create(callerOf(input), {
          links: links.map(fromBase64Url),
          token: {
            id: token.id,
            secretHash: Buffer.from(token.secretHash, 'hex'),
            nameSealed: fromBase64Url(token.nameSealed),
            holderNameSealed: fromBase64Url(token.holderNameSealed),
          },
          keyBoxes: keyBoxes.map(keyBoxOf),
        });
        return { status: 204 };
      },
    }),
    route({
      ...common,
      method: 'GET',
      path: '/tokens',
      params: nothing,
      body: noBody,
      handle: async (input) => ({ status: 200, body: { tokens: (await tokens.list(callerOf(input).account)).map(tokenToWire) } }),
    }),
    route({
      ...common,
      method: 'DELETE',
      path: '/tokens/:token',
      params: http.tokenPath,
      body: { schema: http.revokeTokenRequest, maxBytes },
      async handle(input) {
        await tokens.revoke(callerOf(input), { token: input.params.token, links: input.body.links.map(fromBase64Url) });
        return { status: 204 };
      },
    }),
    route({
      ...common,
      method: 'PUT',
      path: '/tokens/:token/keys',
      params: http.tokenPath,
      body: { schema: http.tokenKeysRequest, maxBytes },
      async handle(input) {
        await tokens.lendKeys(callerOf(input), { token: input.params.token, keyBoxes: input.body.keyBoxes.map(keyBoxOf) });
        return { status: 204 };
      },
    }),
  ];
}
