/**
 * Access and enrolment tokens: JWT, HS256 only, signed with the first key and verified with the key
 * that the header names. The type, issuer and audience are part of what is checked, so that one kind
 * of token is never taken for another.
 */
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { FsyncError } from '../../core/base/errors.js';
import { parseAccountId, parseCredentialId, type AccountId } from '../../core/base/ids.js';
import type { SigningKey } from '../config/secrets.js';
import type { AccessClaims } from '../http/route.js';

export const ACCESS_TOKEN_SECONDS = 1800;
export const ENROL_TOKEN_SECONDS = 600;
const ISSUER = 'fsync';
const SKEW_SECONDS = 30;
const ALGORITHMS: jwt.Algorithm[] = ['HS256'];

export type TokenKind = 'access' | 'enrol';
const TYPES = { access: 'at+jwt', enrol: 'enrol+jwt' } as const;
const SECONDS = { access: ACCESS_TOKEN_SECONDS, enrol: ENROL_TOKEN_SECONDS } as const;
const audienceOf = (kind: TokenKind): string => `fsync-${kind}`;

const accessPayload = z.object({
  sub: z.string().transform(parseAccountId),
  dev: z.string().transform(parseCredentialId),
  sid: z.string().regex(/^[0-9a-f]{32}$/),
  /** Of which kind `dev` is; absent for a device. */
  knd: z.literal('token').optional(),
  iat: z.number().int(),
  exp: z.number().int(),
});
const enrolPayload = z.object({
  sub: z.string().transform(parseAccountId),
  jti: z.string().regex(/^[0-9a-f]{64}$/),
});
const header = z.strictObject({ alg: z.literal('HS256'), typ: z.string(), kid: z.string() });

export interface Tokens {
  /** `seconds`: how long it is good for, when that is less than usual. */
  signAccess(claims: Omit<AccessClaims, 'expiresAt'>, seconds?: number): string;
  signEnrol(account: AccountId, id: string): string;
  /** The secret for a token of this kind with this header: what koa-jwt asks for. Throws not_signed_in. */
  secretFor(kind: TokenKind, tokenHeader: unknown): Buffer;
  /** What koa-jwt and `verifyAccess` check besides the signature. */
  verifyOptions(kind: TokenKind): { algorithms: jwt.Algorithm[]; issuer: string; audience: string; clockTolerance: number; maxAge: number };
  /** Throws not_signed_in. */
  claimsOf(payload: unknown): AccessClaims;
  enrolmentOf(payload: unknown): { readonly account: AccountId; readonly id: string };
  /** For what is no Koa request: the upgrade to a WebSocket. Throws not_signed_in. */
  verifyAccess(token: string): AccessClaims;
}

function refused(cause?: unknown): FsyncError {
  return new FsyncError('not_signed_in', 'the access token is missing or not valid', { cause });
}

function checked<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (!result.success) throw refused();
  return result.data;
}

export function createTokens(keys: readonly [SigningKey, ...SigningKey[]]): Tokens {
  const [signing] = keys;

  function sign(kind: TokenKind, subject: string, claims: Readonly<Record<string, string>>, seconds: number = SECONDS[kind]): string {
    return jwt.sign(claims, signing.secret, {
      header: { alg: 'HS256', typ: TYPES[kind], kid: signing.kid },
      algorithm: 'HS256',
      issuer: ISSUER,
      audience: audienceOf(kind),
      subject,
      expiresIn: seconds,
    });
  }

  return {
    signAccess: ({ account, device, session, isToken }, seconds = ACCESS_TOKEN_SECONDS) =>
      sign(
        'access',
        account,
        { dev: device, sid: session, ...(isToken ? { knd: 'token' } : {}) },
        Math.max(1, Math.min(ACCESS_TOKEN_SECONDS, Math.floor(seconds))),
      ),
    signEnrol: (account, id) => sign('enrol', account, { jti: id }),

    secretFor(kind, tokenHeader) {
      const { typ, kid } = checked(header, tokenHeader);
      const key = keys.find((candidate) => candidate.kid === kid);
      if (typ !== TYPES[kind] || key === undefined) throw refused();
      return key.secret;
    },

    verifyOptions: (kind) => ({
      algorithms: ALGORITHMS,
      issuer: ISSUER,
      audience: audienceOf(kind),
      clockTolerance: SKEW_SECONDS,
      maxAge: SECONDS[kind],
    }),

    claimsOf(payload) {
      const { sub, dev, sid, knd, iat, exp } = checked(accessPayload, payload);
      if (exp > iat + ACCESS_TOKEN_SECONDS) throw refused();
      return { account: sub, device: dev, isToken: knd === 'token', session: sid, expiresAt: exp * 1000 };
    },

    enrolmentOf(payload) {
      const { sub, jti } = checked(enrolPayload, payload);
      return { account: sub, id: jti };
    },

    verifyAccess(token) {
      const decoded = jwt.decode(token, { complete: true });
      const secret = this.secretFor('access', decoded?.header);
      try {
        return this.claimsOf(jwt.verify(token, secret, { ...this.verifyOptions('access') }));
      } catch (cause) {
        throw refused(cause);
      }
    },
  };
}
