/** The Koa application: the routes, mounted at / and at /v1, behind the same few middlewares. */
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Logger } from '../../core/base/effects.js';
import { FsyncError } from '../../core/base/errors.js';
import type { AppState } from '../middleware/app-state.js';
import { accessMiddleware, enrolMiddleware, refuseTokens } from '../middleware/authenticate.js';
import { observeMiddleware } from '../middleware/observe.js';
import { problemMiddleware } from '../middleware/problem.js';
import type { RateLimiter } from '../ports.js';
import type { Login } from '../services/login.js';
import type { Sessions } from '../services/sessions.js';
import type { Tokens } from '../services/tokens.js';
import { errorFields } from '../telemetry/logger.js';
import type { ServerMetrics } from '../telemetry/metrics.js';
import type { AddressResolver } from './client-address.js';
import { readJsonBody } from './json-body.js';
import type { Access, Reply, Route } from './route.js';

export interface AppDeps {
  readonly routes: readonly Route[];
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly login: Login;
  readonly limiter: RateLimiter;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly resolveAddress: AddressResolver;
  readonly tls: boolean;
}

type Context = Parameters<Middleware<AppState>>[0];

const PREFIXES = ['', '/v1'] as const;

function send(context: Context, reply: Reply): void {
  context.status = reply.status;
  if (reply.stream !== undefined) {
    context.type = 'application/octet-stream';
    context.length = reply.stream.length;
    context.body = reply.stream.readable;
  } else if (reply.text !== undefined) {
    context.type = reply.text.type;
    context.body = reply.text.content;
  } else if (reply.body !== undefined) {
    context.body = reply.body;
  }
}

function mark(route: Route, limiter: RateLimiter): Middleware<AppState> {
  return async (context, next) => {
    const { state } = context;
    state.route = route.path;
    // Without a session the address is what is counted; with one, the device is, further down.
    if (route.access === 'public' || route.access === 'enrol')
      await limiter.take(route.limit, { key: state.client.address, local: state.client.local });
    await next();
  };
}

function run(route: Route, limiter: RateLimiter): Middleware<AppState> {
  return async (context) => {
    const { state, req, res } = context;
    if (state.caller !== undefined) await limiter.take(route.limit, { key: state.caller.device, local: state.client.local });
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    res.once('close', onClose);
    const params: unknown = context['params'];
    const reply = await route.run({
      params,
      query: context.query,
      readBody: (maxBytes) => readJsonBody(req, maxBytes),
      caller: state.caller ?? null,
      enrolling: state.enrolling ?? null,
      client: state.client,
      request: req,
      signal: gone.signal,
    });
    send(context, reply);
  };
}

function mount(router: Router<AppState>, route: Route, handlers: readonly Middleware<AppState>[]): void {
  for (const prefix of PREFIXES) router.register(`${prefix}${route.path}`, [route.method], [...handlers]);
}

export function createApp(deps: AppDeps): Koa<AppState> {
  const { limiter, tokens, sessions, login, logger } = deps;
  const app = new Koa<AppState>();
  const router = new Router<AppState>();
  const guards: Readonly<Record<Access, readonly Middleware<AppState>[]>> = {
    public: [],
    session: [...accessMiddleware(tokens, sessions), refuseTokens],
    vault: accessMiddleware(tokens, sessions),
    enrol: enrolMiddleware(tokens, sessions, login),
  };
  for (const route of deps.routes) mount(router, route, [mark(route, limiter), ...guards[route.access], run(route, limiter)]);
  app.use(observeMiddleware(deps));
  app.use(problemMiddleware(deps));
  app.use(async (context, next) => {
    await next();
    if (context.state.route === undefined && context.status === 404) throw new FsyncError('not_found', 'nothing is here');
  });
  app.use(router.routes());
  app.use(
    router.allowedMethods({
      throw: true,
      methodNotAllowed: () => new FsyncError('method_not_allowed', 'the method is not known here'),
      notImplemented: () => new FsyncError('method_not_allowed', 'the method is not known here'),
    }),
  );
  // What reaches here happened after the reply had begun, mostly a client that went away.
  app.on('error', (error: unknown) => logger.debug('a reply broke off', errorFields(error)));
  return app;
}
