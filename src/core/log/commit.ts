/**
 * A commit: one signed entry of a vault's log. The header names, for each node it changes, the
 * revision, the digest of the sealed record and the name tag; the records themselves travel beside it.
 */
import { fromHex, toHex } from '../base/bytes.js';
import { bytesOf, integerOf, listOf, mapOf, nullOr, oneOf, tupleOf } from '../base/cbor-fields.js';
import { decodeCbor, type CborValue } from '../base/cbor.js';
import { FsyncError } from '../base/errors.js';
import {
  parseAccountId,
  parseCommitHash,
  parseCredentialId,
  parseNameTag,
  parseNodeId,
  parseRecordDigest,
  parseVaultId,
  type AccountId,
  type CommitHash,
  type CredentialId,
  type NameTag,
  type NodeId,
  type RecordDigest,
  type VaultId,
} from '../base/ids.js';
import { verifySignature, type Credential } from '../account/credential.js';
import { decodeEnvelope, signEnvelope } from '../account/envelope.js';
import { sha256 } from '../crypto/hash.js';
import { bodyFromCbor, bodyToCbor, COMMIT_TYPES, type CommitBody } from './commit-body.js';

export interface CommitOp {
  readonly node: NodeId;
  readonly rev: number;
  readonly digest: RecordDigest;
  /** Null for a tombstone. */
  readonly tag: NameTag | null;
}

interface CommitCommon {
  /** Null in the genesis, whose hash is the vault id. */
  readonly vault: VaultId | null;
  /** 1 for the genesis. */
  readonly seq: number;
  readonly prev: CommitHash | null;
  /** Epoch of the vault key that its records are sealed with; starts at 1. A rotate commit carries the new one. */
  readonly epoch: number;
  readonly account: AccountId;
  /** Credential that signs. */
  readonly device: CredentialId;
  /** Length of the author's account chain as the author saw it. */
  readonly chainSeq: number;
  /** Grows with each commit that the device signs in this vault. */
  readonly counter: number;
  /** Hybrid stamp in milliseconds. */
  readonly stamp: number;
  readonly ops: readonly CommitOp[];
}

export type CommitHeader = CommitCommon & CommitBody;

export interface DecodedCommit {
  readonly header: CommitHeader;
  /** SHA-256 of the signed bytes. */
  readonly hash: CommitHash;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** Most operations of one commit. */
export const COMMIT_OPS_LIMIT = 5_000;
const WHAT = 'a commit';
const COMMIT_SIZE_LIMIT = 4 * 1024 * 1024;

/** Throws limit_exceeded for more than 5,000 operations. */
export function signCommit(credential: Credential, header: CommitHeader): Uint8Array {
  if (header.ops.length > COMMIT_OPS_LIMIT) throw new FsyncError('limit_exceeded', 'a commit would hold too many operations');
  return signEnvelope(credential, 'commit', headerToCbor(header));
}

/** Shape only: signature and place in the log are checked by acceptCommit. Throws integrity, limit_exceeded or unsupported_version. */
export function decodeCommit(signed: Uint8Array): DecodedCommit {
  if (signed.length > COMMIT_SIZE_LIMIT) throw new FsyncError('limit_exceeded', 'a commit is larger than any valid one');
  const { payload, signature } = decodeEnvelope(signed, WHAT);
  return { header: headerFromCbor(decodeCbor(payload)), hash: commitHash(signed), payload, signature };
}

export function commitHash(signed: Uint8Array): CommitHash {
  return parseCommitHash(toHex(sha256(signed)));
}

/** The id of the vault that a signed genesis commit founds. */
export function vaultIdOf(genesis: Uint8Array): VaultId {
  return parseVaultId(commitHash(genesis));
}

/** False for a wrong signature. Throws key_mismatch when the public key is refused. */
export function verifyCommitSignature(decoded: DecodedCommit, publicKey: Uint8Array): boolean {
  return verifySignature(publicKey, 'commit', decoded.payload, decoded.signature);
}

function headerToCbor(header: CommitHeader): CborValue {
  return {
    version: 1,
    vault: header.vault === null ? null : fromHex(header.vault),
    seq: header.seq,
    prev: header.prev === null ? null : fromHex(header.prev),
    epoch: header.epoch,
    account: fromHex(header.account),
    device: fromHex(header.device),
    chainSeq: header.chainSeq,
    counter: header.counter,
    stamp: header.stamp,
    type: header.type,
    body: bodyToCbor(header),
    ops: header.ops.map(({ node, rev, digest, tag }) => [fromHex(node), rev, fromHex(digest), tag === null ? null : fromHex(tag)]),
  };
}

const FIELDS = [
  'version',
  'vault',
  'seq',
  'prev',
  'epoch',
  'account',
  'device',
  'chainSeq',
  'counter',
  'stamp',
  'type',
  'body',
  'ops',
] as const;

function headerFromCbor(value: CborValue): CommitHeader {
  const map = mapOf(value, FIELDS, WHAT);
  if (map.version !== 1) throw new FsyncError('unsupported_version', 'a commit is of a version this client does not know');
  return {
    vault: nullOr(map.vault, (id) => parseVaultId(hex32(id))),
    seq: integerOf(map.seq, WHAT, 1),
    prev: nullOr(map.prev, (hash) => parseCommitHash(hex32(hash))),
    epoch: integerOf(map.epoch, WHAT, 1, 0xffffffff),
    account: parseAccountId(hex32(map.account)),
    device: parseCredentialId(toHex(bytesOf(map.device, 16, WHAT))),
    chainSeq: integerOf(map.chainSeq, WHAT, 1),
    counter: integerOf(map.counter, WHAT, 1),
    stamp: integerOf(map.stamp, WHAT),
    ops: listOf(map.ops, COMMIT_OPS_LIMIT, WHAT).map(opFromCbor),
    ...bodyFromCbor(oneOf(map.type, COMMIT_TYPES, WHAT), map.body),
  };
}

function opFromCbor(value: CborValue): CommitOp {
  const [node, rev, digest, tag] = tupleOf(value, 4, WHAT);
  return {
    node: parseNodeId(toHex(bytesOf(node, 16, WHAT))),
    rev: integerOf(rev, WHAT, 1),
    digest: parseRecordDigest(hex32(digest)),
    tag: nullOr(tag ?? null, (bytes) => parseNameTag(hex32(bytes))),
  };
}

function hex32(value: CborValue | undefined): string {
  return toHex(bytesOf(value, 32, WHAT));
}
