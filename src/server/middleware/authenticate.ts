/** Bearer tokens. koa-jwt checks signature, algorithm, times, issuer and audience; then the session must be alive. */
import type { Middleware } from 'koa';
import koaJwt from 'koa-jwt';
import { FsyncError } from '../../core/base/errors.js';
import type { Login } from '../services/login.js';
import type { Sessions } from '../services/sessions.js';
import type { TokenKind, Tokens } from '../services/tokens.js';
import type { AppState } from './app-state.js';

function verifySignature(tokens: Tokens, kind: TokenKind, sessions: Sessions): Middleware<AppState> {
  return koaJwt({
    key: 'token',
    secret: (header: unknown) => Promise.resolve(tokens.secretFor(kind, header)),
    isRevoked: async (_context, payload) => kind === 'access' && !(await sessions.isActive(tokens.claimsOf(payload).session)),
    ...tokens.verifyOptions(kind),
  });
}

/** Sets `state.caller`. Throws a 401. */
export function accessMiddleware(tokens: Tokens, sessions: Sessions): readonly Middleware<AppState>[] {
  return [
    verifySignature(tokens, 'access', sessions),
    async (context, next) => {
      context.state.caller = await sessions.callerOf(tokens.claimsOf(context.state.token));
      await next();
    },
  ];
}

/** For routes that are for devices: everything but vaults, files and syncing. Behind `accessMiddleware`. */
export const refuseTokens: Middleware<AppState> = async (context, next) => {
  const { caller } = context.state;
  if (caller === undefined || caller.scope !== null) {
    throw new FsyncError('forbidden', 'a token may not do this', { hints: ['Use a device that is signed in.'] });
  }
  await next();
};

/** Sets `state.enrolling`; the token is used up by it. */
export function enrolMiddleware(tokens: Tokens, sessions: Sessions, login: Login): readonly Middleware<AppState>[] {
  return [
    verifySignature(tokens, 'enrol', sessions),
    async (context, next) => {
      const { account, id } = tokens.enrolmentOf(context.state.token);
      if (!(await login.takeEnrolment(account, id))) throw new FsyncError('not_signed_in', 'the token of that login was used already');
      context.state.enrolling = account;
      await next();
    },
  ];
}
