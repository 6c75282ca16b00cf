import { describe, expect, it } from 'vitest';

import {
  buildAddLink,
  buildRevokeLink,
  headAfter,
  headOf,
  proveEnrolment,
  verifyChain,
  type AccountState,
} from '../../../../src/core/account/chain.js';
import { createCredential } from '../../../../src/core/account/credential.js';
import { decodeEnvelope, signEnvelope } from '../../../../src/core/account/envelope.js';
import { outsideScope, TOKEN_LIFETIME_MS, tokenScope, type TokenScope } from '../../../../src/core/account/token-scope.js';
import { createToken, openTokenName, parseToken, sealTokenName } from '../../../../src/core/account/token-secret.js';
import { decodeTokenText } from '../../../../src/core/account/token-text.js';
import { toHex } from '../../../../src/core/base/bytes.js';
import { decodeCbor, type CborValue } from '../../../../src/core/base/cbor.js';
import { parseVaultId, type VaultId } from '../../../../src/core/base/ids.js';
import { boxTokenVaultKey, openTokenVaultKeyBox } from '../../../../src/core/log/vault-key-box.js';
import { vaultKeyCheck } from '../../../../src/core/log/vault-keys.js';
import { codeOf, flipBit, seededRandom } from '../crypto/seeded-random.js';
import { foundTestAccount, TEST_TIME } from './account-fixture.js';

const random = seededRandom('token');
const alice = foundTestAccount('alice');
const someVault = (): VaultId => parseVaultId(toHex(random(32)));
const vault = someVault();
const scope = tokenScope([vault], { write: true, expiresAt: TEST_TIME + 1_000 });

describe('the token string', () => {
  const made = createToken(random);

  it('gives the same keys to whoever has it', () => {
    const parsed = parseToken(made.text);
    expect(made.text).toMatch(/^fst1_[A-Za-z0-9_-]{72}$/);
    expect(parsed.credential).toMatchObject({ kind: 'token', id: made.credential.id });
    expect([parsed.apiSecret, parsed.localKey, parsed.nameKey]).toEqual([made.apiSecret, made.localKey, made.nameKey]);
    expect(new Set([parsed.apiSecret, parsed.localKey, parsed.nameKey, decodeTokenText(made.text).secret].map(toHex)).size).toBe(4);
  });

  it('tells every single mistyped, missing and surplus character', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let index = 0; index < made.text.length; index += 1) {
      const others = alphabet.replace(made.text[index] ?? '', '');
      const other = others.charAt((random(1)[0] ?? 0) % others.length);
      expect(codeOf(() => decodeTokenText(`${made.text.slice(0, index)}${other}${made.text.slice(index + 1)}`))).toBe('usage');
      expect(codeOf(() => decodeTokenText(`${made.text.slice(0, index)}${made.text.slice(index + 1)}`))).toBe('usage');
    }
    for (const text of [
      '',
      'fst1_',
      ` ${made.text}`,
      `${made.text}\n`,
      `${made.text}A`,
      made.text.replace('fst1_', 'fst2_'),
      'x'.repeat(77),
    ]) {
      expect(codeOf(() => parseToken(text))).toBe('usage');
    }
  });

  it('is not quoted by the error', () => {
    expect(() => parseToken(`${made.text}A`)).toThrow(/^the token is not whole/);
    expect(() => parseToken(`${made.text}A`)).not.toThrow(made.text.slice(5, 30));
  });

  it('opens its own name only', () => {
    const sealed = sealTokenName(random, made, 'build 🚀');
    expect(openTokenName(parseToken(made.text), sealed)).toBe('build 🚀');
    expect(codeOf(() => openTokenName(createToken(random), sealed))).toBe('integrity');
    expect(sealTokenName(random, made, 'x'.repeat(63)).length).toBe(sealed.length);
    for (const name of ['', 'x'.repeat(64)]) expect(codeOf(() => sealTokenName(random, made, name))).toBe('invalid_input');
  });

  it('opens vault keys that are boxed to it, when the log names them', () => {
    const vaultKey = random(32);
    const context = { vault, epoch: 2, account: alice.state.accountId };
    const box = boxTokenVaultKey(random, made.credential, context, vaultKey);
    const check = vaultKeyCheck(vaultKey, 2);
    expect(openTokenVaultKeyBox(made.credential, context, box, check)).toEqual(vaultKey);
    expect(codeOf(() => openTokenVaultKeyBox(made.credential, context, box, vaultKeyCheck(random(32), 2)))).toBe('key_mismatch');
    for (const other of [{ vault: someVault() }, { epoch: 1 }, { account: foundTestAccount('bob').state.accountId }]) {
      expect(codeOf(() => openTokenVaultKeyBox(made.credential, { ...context, ...other }, box, check))).not.toBe('none');
    }
    expect(codeOf(() => openTokenVaultKeyBox(createToken(random).credential, context, box, check))).not.toBe('none');
  });
});

describe('a token in the account chain', () => {
  const { credential } = createToken(random);
  const head = headOf(alice.state);
  const add = (changes: Partial<TokenScope> = {}, at = TEST_TIME): Uint8Array =>
    buildAddLink({
      head,
      signer: alice.device,
      at,
      enrolment: proveEnrolment(credential, head.account, { ...scope, ...changes }),
      boxHash: null,
    });
  const stateWith = (link: Uint8Array): AccountState => verifyChain([...alice.links, link]);
  /** Signed anew by the device of the account, as a server could not. */
  const forged = (change: (body: Record<string, CborValue>) => Record<string, CborValue>): Uint8Array => {
    const link = decodeCbor(decodeEnvelope(add(), 'test').payload) as Record<string, CborValue>;
    return signEnvelope(alice.device, 'link', { ...link, body: change(link['body'] as Record<string, CborValue>) });
  };

  it('says what it may do', () => {
    expect(stateWith(add()).credentials.get(credential.id)).toMatchObject({ kind: 'token', scope, revokedAtSeq: null });
    expect(alice.state.credentials.get(alice.device.id)?.scope).toBeNull();
  });

  it('is never boxed a user key', () => {
    const enrolment = proveEnrolment(credential, head.account, scope);
    const link = buildAddLink({ head, signer: alice.device, at: TEST_TIME, enrolment, boxHash: '00'.repeat(32) });
    expect(codeOf(() => stateWith(link))).toBe('broken_chain');
    expect(stateWith(add()).userKey.boxHashes.has(credential.id)).toBe(false);
  });

  it('cannot be given another scope than it agreed to', () => {
    const wider = (decodeCbor(decodeEnvelope(add({ vaults: [vault, someVault()].sort() }), 'test').payload) as Record<string, CborValue>)[
      'body'
    ];
    const { scope: other = null } = wider as Record<string, CborValue>;
    expect(codeOf(() => stateWith(forged((body) => body)))).toBe('none');
    expect(codeOf(() => stateWith(forged((body) => ({ ...body, scope: other }))))).toBe('bad_signature');
    expect(codeOf(() => stateWith(flipBit(add(), add().length - 80)))).not.toBe('none');
  });

  it('has a scope, and nothing else has one', () => {
    expect(codeOf(() => stateWith(forged(({ scope: _scope, ...body }) => body)))).toBe('integrity');
    const device = createCredential('device', random(32));
    const enrolment = { ...proveEnrolment(device, head.account), scope };
    const link = buildAddLink({ head, signer: alice.device, at: TEST_TIME, enrolment, boxHash: null });
    expect(codeOf(() => stateWith(link))).toBe('integrity');
  });

  it.each<readonly [string, CborValue]>([
    ['no vaults', { vaults: [], write: true, expires: 5 }],
    ['one vault twice', { vaults: [new Uint8Array(32), new Uint8Array(32)], write: true, expires: 5 }],
    ['vaults out of order', { vaults: [new Uint8Array(32).fill(2), new Uint8Array(32).fill(1)], write: true, expires: 5 }],
    [
      'more vaults than there may be',
      { vaults: Array.from({ length: 65 }, (_, n) => new Uint8Array(32).fill(n)), write: true, expires: 5 },
    ],
    ['half a vault', { vaults: [new Uint8Array(16)], write: true, expires: 5 }],
    ['no end', { vaults: [new Uint8Array(32)], write: true, expires: null }],
    ['a word for write', { vaults: [new Uint8Array(32)], write: 'yes', expires: 5 }],
    ['a field too many', { vaults: [new Uint8Array(32)], write: true, expires: 5, admin: true }],
  ])('is refused with %s', (_, value) => {
    expect(['integrity', 'limit_exceeded']).toContain(codeOf(() => stateWith(forged((body) => ({ ...body, scope: value })))));
  });

  it('lasts a year at most', () => {
    expect(codeOf(() => stateWith(add({ expiresAt: TEST_TIME + TOKEN_LIFETIME_MS })))).toBe('none');
    expect(codeOf(() => stateWith(add({ expiresAt: TEST_TIME + TOKEN_LIFETIME_MS + 1 })))).toBe('broken_chain');
  });

  it('belongs to the account that it signed for: another chain cannot take it in', () => {
    const bob = foundTestAccount('bob');
    const enrolment = proveEnrolment(credential, alice.state.accountId, scope);
    const stolen = buildAddLink({ head: headOf(bob.state), signer: bob.device, at: TEST_TIME, enrolment, boxHash: null });
    expect(codeOf(() => verifyChain([...bob.links, stolen]))).toBe('bad_signature');
  });

  it('signs no links, not even its own end', () => {
    const link = add();
    const own = buildRevokeLink({ head: headAfter(link), signer: credential, at: TEST_TIME, revoked: credential.id });
    expect(codeOf(() => verifyChain([...alice.links, link, own]))).toBe('forbidden');
  });
});

describe('what is outside of a scope', () => {
  it.each<readonly [string, Partial<TokenScope>, { vault: VaultId | null; at: number }, boolean]>([
    ['its vault', {}, { vault, at: TEST_TIME }, false],
    ['writing, for a reader', { write: false }, { vault, at: TEST_TIME }, true],
    ['another vault', {}, { vault: someVault(), at: TEST_TIME }, true],
    ['a new vault', {}, { vault: null, at: TEST_TIME }, true],
    ['the last millisecond', {}, { vault, at: scope.expiresAt - 1 }, false],
    ['the end', {}, { vault, at: scope.expiresAt }, true],
  ])('%s', (_, changes, commit, outside) => {
    expect(outsideScope({ ...scope, ...changes }, commit) !== null).toBe(outside);
  });

  it('names each vault once, in one order', () => {
    const [a, b] = [someVault(), someVault()];
    expect(tokenScope([b, a, b], { write: false, expiresAt: 1 })).toEqual({ vaults: [a, b].sort(), write: false, expiresAt: 1 });
  });
});
