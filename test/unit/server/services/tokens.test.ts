import { generateKeyPairSync, randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { parseAccountId, parseCredentialId } from '../../../../src/core/base/ids.js';
import { createTokens } from '../../../../src/server/services/tokens.js';

const secret = randomBytes(32);
const old = randomBytes(32);
const tokens = createTokens([
  { kid: 'new', secret },
  { kid: 'old', secret: old },
]);
const caller = {
  account: parseAccountId('ab'.repeat(32)),
  device: parseCredentialId('cd'.repeat(16)),
  session: 'ef'.repeat(16),
  isToken: false,
};
const now = Math.floor(Date.now() / 1000);
const claims = {
  sub: caller.account,
  dev: caller.device,
  sid: caller.session,
  iss: 'fsync',
  aud: 'fsync-access',
  iat: now,
  exp: now + 1800,
};
const forge = (payload: object, header: object, key: jwt.Secret = secret, algorithm: jwt.Algorithm = 'HS256'): string =>
  jwt.sign(payload, key, { algorithm, header: { alg: algorithm, typ: 'at+jwt', kid: 'new', ...header } });

const without = (claim: string): object => Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));

describe('access tokens', () => {
  it('say who calls', () => {
    expect(tokens.verifyAccess(tokens.signAccess(caller))).toMatchObject(caller);
  });

  it('are accepted under every key of the list, as during a rotation', () => {
    expect(tokens.verifyAccess(forge(claims, { kid: 'old' }, old))).toMatchObject(caller);
  });

  it.each([
    ['no algorithm', () => jwt.sign(claims, '', { algorithm: 'none', header: { alg: 'none', typ: 'at+jwt', kid: 'new' } })],
    ['another HMAC', () => forge(claims, {}, secret, 'HS512')],
    ['a public-key algorithm', () => forge(claims, {}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'RS256')],
    ['an unknown key', () => forge(claims, { kid: 'other' })],
    ['the wrong secret', () => forge(claims, {}, randomBytes(32))],
    ['a key of its own in the header', () => forge(claims, { jwk: { kty: 'oct' } })],
    ['a key address in the header', () => forge(claims, { jku: 'https://evil.example/keys' })],
    ['another type', () => forge(claims, { typ: 'JWT' })],
    ['another issuer', () => forge({ ...claims, iss: 'other' }, {})],
    ['another audience', () => forge({ ...claims, aud: 'fsync-enrol' }, {})],
    ['no end', () => forge(without('exp'), {})],
    ['an end behind it', () => forge({ ...claims, iat: now - 3600, exp: now - 1800 }, {})],
    ['too long a life', () => forge({ ...claims, exp: now + 1801 }, {})],
    ['a start long ago', () => forge({ ...claims, iat: now - 3600 }, {})],
    ['no session', () => forge(without('sid'), {})],
    ['nothing in it', () => 'a.b.c'],
  ])('with %s are refused', (_what, make) => {
    expect(() => tokens.verifyAccess(make())).toThrow(expect.objectContaining({ code: 'not_signed_in' }) as Error);
  });

  it('are not what an enrolment takes', () => {
    expect(() => tokens.verifyAccess(tokens.signEnrol(caller.account, 'ab'.repeat(32)))).toThrow('access token');
  });
});
