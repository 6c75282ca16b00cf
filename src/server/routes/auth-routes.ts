/** /auth: registration, login, refresh, logout. */
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import * as http from '../../core/protocol/http.js';
import { nothing, route, type Route } from '../http/route.js';
import type { Login, LoginResult } from '../services/login.js';
import type { RateLimiter } from '../ports.js';
import type { Registration } from '../services/registration.js';
import type { Sessions } from '../services/sessions.js';
import { boxFromWire, boxToWire } from './wire.js';

const none = { params: nothing, query: nothing } as const;
const maxBytes = http.HTTP_LIMITS.authBody;

function loginReply(result: LoginResult): unknown {
  return {
    accountId: result.accountId,
    enrolToken: result.enrolToken,
    links: result.links.map(toBase64Url),
    boxes: result.boxes.map(boxToWire),
    card: toBase64Url(result.card),
  };
}

function registrationRoutes(registration: Registration): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/auth/register/start',
      access: 'public',
      limit: 'register',
      ...none,
      body: { schema: http.registerStartRequest, maxBytes },
      handle: ({ body }) => Promise.resolve({ status: 200, body: { response: registration.start(body.user, body.request) } }),
    }),
    route({
      method: 'POST',
      path: '/auth/register',
      access: 'public',
      limit: 'register',
      ...none,
      body: { schema: http.registerRequest, maxBytes },
      handle: async ({ body }) => ({
        status: 201,
        body: await registration.finish({
          user: body.user,
          record: body.record,
          links: body.links.map(fromBase64Url),
          boxes: body.boxes.map(boxFromWire),
          cards: { password: fromBase64Url(body.cards.password), paper: fromBase64Url(body.cards.paper) },
          device: { id: body.device.id, nameSealed: fromBase64Url(body.device.nameSealed) },
        }),
      }),
    }),
  ];
}

function loginRoutes(login: Login, limiter: RateLimiter): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/auth/login/start',
      access: 'public',
      limit: 'login-address',
      ...none,
      body: { schema: http.loginStartRequest, maxBytes },
      async handle({ body, client }) {
        await limiter.take('login-account', { key: body.user, local: client.local });
        return { status: 200, body: await login.start(body.user, body.request) };
      },
    }),
    route({
      method: 'POST',
      path: '/auth/login',
      access: 'public',
      limit: 'login-address',
      ...none,
      body: { schema: http.loginRequest, maxBytes },
      handle: async ({ body }) => ({ status: 200, body: loginReply(await login.finish(body.loginId, body.finish)) }),
    }),
  ];
}

function sessionRoutes(sessions: Sessions): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/auth/refresh',
      access: 'public',
      limit: 'refresh',
      ...none,
      body: { schema: http.refreshRequest, maxBytes },
      async handle({ body }) {
        const session = await sessions.refresh({ ...body, signature: fromBase64Url(body.signature) });
        return { status: 200, body: { session } };
      },
    }),
    route({
      method: 'POST',
      path: '/auth/logout',
      access: 'public',
      limit: 'refresh',
      ...none,
      body: { schema: http.logoutRequest, maxBytes },
      async handle({ body }) {
        await sessions.logout(body.refreshToken);
        return { status: 204 };
      },
    }),
  ];
}

export function createAuthRoutes(deps: {
  readonly registration: Registration;
  readonly login: Login;
  readonly sessions: Sessions;
  readonly limiter: RateLimiter;
}): readonly Route[] {
  return [...registrationRoutes(deps.registration), ...loginRoutes(deps.login, deps.limiter), ...sessionRoutes(deps.sessions)];
}
