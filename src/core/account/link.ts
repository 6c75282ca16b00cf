/**
 * One link of an account's chain: who is added or revoked, and which per-user key is current.
 * This file is the wire form; chain.ts holds the rules by which links follow each other.
 */
import { fromHex, toHex } from '../base/bytes.js';
import { bytesOf, integerOf, listOf, mapOf, misfit, nullOr, oneOf, tupleOf } from '../base/cbor-fields.js';
import { decodeCbor, type CborValue } from '../base/cbor.js';
import { FsyncError } from '../base/errors.js';
import { parseAccountId, parseCredentialId, type AccountId, type CredentialId } from '../base/ids.js';
import { sha256 } from '../crypto/hash.js';
import { CREDENTIAL_KINDS, type CredentialKind } from './credential.js';
import { decodeEnvelope } from './envelope.js';
import { scopeFromCbor, scopeToCbor, type TokenScope } from './token-scope.js';

export interface PublicCredential {
  readonly kind: CredentialKind;
  readonly signPublicKey: Uint8Array;
  readonly boxPublicKey: Uint8Array;
}

/** What a credential that is to be added signs with its own key: that it wants to belong to this account. */
export interface EnrolmentProof extends PublicCredential {
  /** What a token may do; null for every other kind. */
  readonly scope: TokenScope | null;
  /** Domain "enrol" over CBOR([account, kind, sign key, box key]), for a token with its scope behind them. */
  readonly proof: Uint8Array;
}

export type LinkBody =
  | { readonly type: 'eldest'; readonly credential: PublicCredential }
  /** `boxHash`: SHA-256 of the box that gives the new credential the current per-user key; null for tokens. */
  | { readonly type: 'add'; readonly enrolment: EnrolmentProof; readonly boxHash: string | null }
  | { readonly type: 'revoke'; readonly credential: CredentialId }
  | {
      readonly type: 'user-key';
      readonly generation: number;
      readonly boxPublicKey: Uint8Array;
      /** SHA-256 of each credential's box, hex. */
      readonly boxHashes: ReadonlyMap<CredentialId, string>;
    };

export interface Link {
  /** 1 for the eldest. */
  readonly seq: number;
  /** Hash of the link before, hex; null in the eldest. */
  readonly prev: string | null;
  /** Null in the eldest, whose hash is the account id. */
  readonly account: AccountId | null;
  readonly signer: CredentialId;
  /** Epoch milliseconds on the signer's clock: for people only. */
  readonly at: number;
  readonly body: LinkBody;
}

export interface DecodedLink {
  readonly link: Link;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** SHA-256 of the signed link, hex. */
  readonly hash: string;
}

const LINK_SIZE_LIMIT = 64 * 1024;
const RECIPIENT_LIMIT = 1000;
const CREDENTIAL_KEYS = ['box', 'kind', 'sign'] as const;
const ADD_KEYS = [...CREDENTIAL_KEYS, 'proof', 'boxHash'] as const;

export function linkToCbor(link: Link): CborValue {
  return {
    version: 1,
    seq: link.seq,
    prev: link.prev === null ? null : fromHex(link.prev),
    account: link.account === null ? null : fromHex(link.account),
    signer: fromHex(link.signer),
    at: link.at,
    type: link.body.type,
    body: bodyToCbor(link.body),
  };
}

function bodyToCbor(body: LinkBody): CborValue {
  switch (body.type) {
    case 'eldest':
      return credentialToCbor(body.credential);
    case 'add':
      return {
        ...credentialToCbor(body.enrolment),
        proof: body.enrolment.proof,
        boxHash: body.boxHash === null ? null : fromHex(body.boxHash),
        ...(body.enrolment.scope === null ? {} : { scope: scopeToCbor(body.enrolment.scope) }),
      };
    case 'revoke':
      return { credential: fromHex(body.credential) };
    case 'user-key':
      return {
        generation: body.generation,
        box: body.boxPublicKey,
        boxes: [...body.boxHashes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, hash]) => [fromHex(id), fromHex(hash)]),
      };
  }
}

function credentialToCbor(credential: PublicCredential): Readonly<Record<string, CborValue>> {
  return { kind: credential.kind, sign: credential.signPublicKey, box: credential.boxPublicKey };
}

/** Shape only: signature and place in the chain are checked by verifyChain. Throws integrity or unsupported_version. */
export function decodeLink(signed: Uint8Array): DecodedLink {
  if (signed.length > LINK_SIZE_LIMIT) throw new FsyncError('limit_exceeded', 'an account link is larger than any valid one');
  const { payload, signature } = decodeEnvelope(signed, 'an account link');
  const what = 'an account link';
  const map = mapOf(decodeCbor(payload), ['version', 'seq', 'prev', 'account', 'signer', 'at', 'type', 'body'], what);
  if (map.version !== 1) throw new FsyncError('unsupported_version', 'an account link is of a version this client does not know');
  const link: Link = {
    seq: integerOf(map.seq, what, 1),
    prev: nullOr(map.prev, (value) => toHex(bytesOf(value, 32, what))),
    account: nullOr(map.account, (value) => parseAccountId(toHex(bytesOf(value, 32, what)))),
    signer: parseCredentialId(toHex(bytesOf(map.signer, 16, what))),
    at: integerOf(map.at, what),
    body: bodyFromCbor(oneOf(map.type, ['eldest', 'add', 'revoke', 'user-key'], what), map.body),
  };
  return { link, payload, signature, hash: toHex(sha256(signed)) };
}

function bodyFromCbor(type: LinkBody['type'], value: CborValue): LinkBody {
  const what = `the body of an ${type} link`;
  switch (type) {
    case 'eldest':
      return { type, credential: credentialFromCbor(mapOf(value, CREDENTIAL_KEYS, what), what) };
    case 'add': {
      const scope = scopeIn(value);
      const map = mapOf(value, scope === undefined ? ADD_KEYS : [...ADD_KEYS, 'scope' as const], what);
      const credential = credentialFromCbor(map, what);
      if ((credential.kind === 'token') !== (scope !== undefined)) throw misfit(what);
      const enrolment = { ...credential, scope: scope === undefined ? null : scopeFromCbor(scope), proof: bytesOf(map.proof, 64, what) };
      return { type, enrolment, boxHash: nullOr(map.boxHash, (hash) => toHex(bytesOf(hash, 32, what))) };
    }
    case 'revoke':
      return { type, credential: parseCredentialId(toHex(bytesOf(mapOf(value, ['credential'], what).credential, 16, what))) };
    case 'user-key':
      return userKeyFromCbor(value, what);
  }
}

/** The field that only tokens have. */
function scopeIn(value: CborValue): CborValue | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) return undefined;
  return (value as Readonly<Record<string, CborValue>>)['scope'];
}

function userKeyFromCbor(value: CborValue, what: string): LinkBody {
  const map = mapOf(value, ['generation', 'box', 'boxes'], what);
  const boxHashes = new Map<CredentialId, string>();
  for (const entry of listOf(map.boxes, RECIPIENT_LIMIT, what)) {
    const [id, hash] = tupleOf(entry, 2, what);
    boxHashes.set(parseCredentialId(toHex(bytesOf(id, 16, what))), toHex(bytesOf(hash, 32, what)));
  }
  return { type: 'user-key', generation: integerOf(map.generation, what, 1), boxPublicKey: bytesOf(map.box, 32, what), boxHashes };
}

function credentialFromCbor(map: Readonly<Record<(typeof CREDENTIAL_KEYS)[number], CborValue>>, what: string): PublicCredential {
  return {
    kind: oneOf(map.kind, CREDENTIAL_KINDS, what),
    signPublicKey: bytesOf(map.sign, 32, what),
    boxPublicKey: bytesOf(map.box, 32, what),
  };
}
