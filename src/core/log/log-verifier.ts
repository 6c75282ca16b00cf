/**
 * Decides whether a commit may follow the ones accepted so far. Pure: the same rules run on every
 * client, so a server that accepts what it must not is found out by the first client that reads it.
 */
import { fromHex, toHex } from '../base/bytes.js';
import { bytesOf, flagOf, integerOf, listOf, mapOf, oneOf, tupleOf } from '../base/cbor-fields.js';
import { decodeCbor, encodeCbor, type CborValue } from '../base/cbor.js';
import { FsyncError } from '../base/errors.js';
import {
  parseAccountId,
  parseCommitHash,
  parseCredentialId,
  parseVaultId,
  type AccountId,
  type CommitHash,
  type CredentialId,
  type NodeId,
  type RecordDigest,
  type VaultId,
} from '../base/ids.js';
import type { AccountState, ChainCredential } from '../account/chain.js';
import { outsideScope } from '../account/token-scope.js';
import { SUITE } from '../crypto/seal.js';
import type { Role } from '../protocol/ipc.js';
import { ROLES, type GenesisBody, type MemberBody, type RotateBody } from './commit-body.js';
import { verifyCommitSignature, type CommitHeader, type CommitOp, type DecodedCommit } from './commit.js';

/** How files are cut and when names are equal: the only values this client knows. */
export const CHUNKER = 1;
export const NAME_RULE = 1;

const WHAT = 'the stored state of a log';
const ENTRY_LIMIT = 1_000_000;
const FIELDS = ['version', 'vault', 'seq', 'hash', 'epoch', 'members', 'chainSeqs', 'counters', 'keyChecks'] as const;
/** Since version 2. */
const FIELDS_2 = [...FIELDS, 'rotationPending'] as const;

export interface LogState {
  readonly vault: VaultId;
  readonly head: { readonly seq: number; readonly hash: CommitHash };
  readonly epoch: number;
  readonly members: ReadonlyMap<AccountId, Role>;
  /** Per author: the longest account chain that any of its commits was made against. Never goes back. */
  readonly chainSeqs: ReadonlyMap<AccountId, number>;
  /** Per device: the counter of its newest commit. */
  readonly counters: ReadonlyMap<CredentialId, number>;
  /** Per epoch: the commitment (hex) to its vault key. */
  readonly keyChecks: ReadonlyMap<number, string>;
  /** Someone who was removed holds the key of the current epoch. */
  readonly rotationPending: boolean;
}

/** What the log has named last for a node, tombstones included. */
export type RevisionOf = (node: NodeId) => { readonly rev: number; readonly digest: RecordDigest } | null;

/**
 * Verifies one commit against the state before it (`null` before the genesis) and the author's
 * verified account chain, and returns the state after it.
 *
 * Throws broken_chain (gap, fork, wrong vault, revision that is not the next), bad_signature,
 * forbidden (role, revoked credential, old epoch), counter_reused, rollback (the log or the
 * author's chain goes back), unsupported_version.
 */
export function acceptCommit(state: LogState | null, decoded: DecodedCommit, author: AccountState, revisionOf: RevisionOf): LogState {
  const { header } = decoded;
  checkAuthor(state, decoded, author);
  if (state === null) return acceptGenesis(decoded, author);
  checkPlace(state, header);
  checkCounter(state, header);
  checkRole(state, header);
  checkOps(header.ops, revisionOf);
  const after: LogState = {
    ...state,
    head: { seq: header.seq, hash: decoded.hash },
    chainSeqs: new Map(state.chainSeqs).set(header.account, observedChainSeq(state, header)),
    counters: new Map(state.counters).set(header.device, header.counter),
  };
  switch (header.type) {
    case 'data':
      return after;
    case 'member':
      return acceptMember(after, header.body);
    case 'rotate':
      return acceptRotate(after, header.epoch, header.body);
    case 'genesis':
      throw broken('a second genesis commit in a log');
    case 'checkpoint':
      throw new FsyncError('unsupported_version', 'this client does not know checkpoint commits');
  }
}

/**
 * The signature is by a credential that the author had at the chain head it observed, and that no
 * head observed by an earlier commit of the author had revoked already.
 */
function checkAuthor(state: LogState | null, decoded: DecodedCommit, author: AccountState): void {
  const { header } = decoded;
  if (header.account !== author.accountId)
    throw new FsyncError('key_mismatch', 'the chain offered for an author belongs to another account');
  const observed = observedChainSeq(state, header);
  if (observed > author.seq) throw new FsyncError('rollback', "an author's account chain is shorter than the log says");
  const credential = author.credentials.get(header.device);
  if (credential === undefined || credential.addedAtSeq > header.chainSeq) throw forbidden('a commit is signed by an unknown device');
  if (credential.revokedAtSeq !== null && credential.revokedAtSeq <= observed) throw forbidden('a commit is signed by a revoked device');
  checkToken(credential, header);
  if (!verifyCommitSignature(decoded, credential.signPublicKey)) {
    throw new FsyncError('bad_signature', 'the signature of a commit is wrong');
  }
}

/**
 * A token signs data commits within its scope. The time it claims is the commit's counter: it follows
 * the clock and only grows, while stamps follow the files and the clocks of others.
 */
function checkToken({ kind, scope }: ChainCredential, header: CommitHeader): void {
  if (kind !== 'token') return;
  if (header.type !== 'data') throw forbidden('a token may only sign data commits');
  const outside = scope === null ? 'a token without a scope' : outsideScope(scope, { vault: header.vault, at: header.counter });
  if (outside !== null) throw forbidden(`a commit is signed by ${outside}`);
}

/** Devices of one author learn of new links at different times, so only the longest chain seen counts. */
function observedChainSeq(state: LogState | null, header: CommitHeader): number {
  return Math.max(header.chainSeq, state?.chainSeqs.get(header.account) ?? 0);
}

function acceptGenesis(decoded: DecodedCommit, author: AccountState): LogState {
  const { header, hash } = decoded;
  if (header.type !== 'genesis') throw broken('a log does not begin with a genesis commit');
  const { body } = header;
  if (header.seq !== 1 || header.prev !== null || header.vault !== null || header.epoch !== 1 || header.ops.length > 0) {
    throw broken('a genesis commit that claims to follow something');
  }
  if (body.owner !== header.account || author.linkHashes[header.chainSeq - 1] !== body.ownerChainHead) {
    throw broken('a genesis commit is not by the owner it names');
  }
  checkChoices(body);
  return {
    vault: parseVaultId(hash),
    head: { seq: 1, hash },
    epoch: 1,
    members: new Map([[body.owner, 'owner']]),
    chainSeqs: new Map([[header.account, header.chainSeq]]),
    counters: new Map([[header.device, header.counter]]),
    keyChecks: new Map([[1, body.keyCheck]]),
    rotationPending: false,
  };
}

function checkChoices(body: GenesisBody): void {
  if (body.suite !== SUITE || body.chunker !== CHUNKER || body.nameRule !== NAME_RULE) {
    throw new FsyncError('unsupported_version', 'the vault was made with choices this client does not know', { hints: ['update fsync'] });
  }
}

function checkPlace(state: LogState, header: CommitHeader): void {
  if (header.vault !== state.vault) throw broken('a commit belongs to another vault');
  if (header.seq <= state.head.seq) throw new FsyncError('rollback', 'the log goes back to a commit seen before');
  if (header.seq !== state.head.seq + 1) throw broken('a commit is missing from the log');
  if (header.prev !== state.head.hash) throw broken('a commit does not follow the one seen before it: the log was forked');
  const epoch = header.type === 'rotate' ? state.epoch + 1 : state.epoch;
  if (header.epoch !== epoch) throw forbidden('a commit is sealed under an epoch that is not the current one');
}

function checkCounter(state: LogState, header: CommitHeader): void {
  if (header.counter <= (state.counters.get(header.device) ?? 0)) {
    throw new FsyncError('counter_reused', 'a device signed two commits with one counter');
  }
}

/** Readers write nothing; only owners change members and keys. */
function checkRole(state: LogState, header: CommitHeader): void {
  const role = state.members.get(header.account);
  if (role === undefined) throw forbidden('a commit is by someone who is not a member');
  if (role === 'reader') throw forbidden('a commit is by a member who may only read');
  if (role !== 'owner' && header.type !== 'data') throw forbidden('a commit that only an owner may make');
  if (header.type !== 'data' && header.ops.length > 0) throw broken('a commit of this type changes no nodes');
}

/** Each node at most once, each revision the next one. */
function checkOps(ops: readonly CommitOp[], revisionOf: RevisionOf): void {
  const nodes = new Set<NodeId>();
  const tags = new Set<string>();
  for (const { node, rev, tag } of ops) {
    if (nodes.has(node)) throw broken('a commit names a node twice');
    nodes.add(node);
    if (rev !== (revisionOf(node)?.rev ?? 0) + 1) throw broken("a commit skips or repeats a node's revision");
    if (tag === null) continue;
    if (tags.has(tag)) throw broken('a commit gives two nodes one name');
    tags.add(tag);
  }
}

function acceptMember(state: LogState, body: MemberBody): LogState {
  const members = new Map(state.members);
  if (body.role === null) {
    if (!members.delete(body.account)) throw broken('a commit removes someone who is not a member');
  } else {
    members.set(body.account, body.role);
  }
  if (![...members.values()].includes('owner')) throw forbidden('a commit would leave the vault without an owner');
  return { ...state, members, rotationPending: state.rotationPending || body.role === null };
}

function acceptRotate(state: LogState, epoch: number, body: RotateBody): LogState {
  const recipients = new Set(body.members.map(({ account }) => account));
  const complete = recipients.size === body.members.length && recipients.size === state.members.size;
  if (!complete || ![...recipients].every((account) => state.members.has(account))) {
    throw broken('a new vault key is not boxed to exactly the members');
  }
  return { ...state, epoch, keyChecks: new Map(state.keyChecks).set(epoch, body.keyCheck), rotationPending: false };
}

function broken(message: string): FsyncError {
  return new FsyncError('broken_chain', message);
}

function forbidden(message: string): FsyncError {
  return new FsyncError('forbidden', message);
}

// ---------------------------------------------------------------- stored form

/** For the state database: one state has one encoding. */
export function encodeLogState(state: LogState): Uint8Array {
  return encodeCbor({
    version: 2,
    vault: fromHex(state.vault),
    seq: state.head.seq,
    hash: fromHex(state.head.hash),
    epoch: state.epoch,
    members: entriesOf(state.members),
    chainSeqs: entriesOf(state.chainSeqs),
    counters: entriesOf(state.counters),
    keyChecks: [...state.keyChecks].sort(([a], [b]) => a - b).map(([epoch, check]) => [epoch, fromHex(check)]),
    rotationPending: state.rotationPending,
  });
}

/** Throws integrity for bytes that encodeLogState did not make, unsupported_version for those of a newer client. */
export function decodeLogState(bytes: Uint8Array): LogState {
  const value = decodeCbor(bytes);
  const { rotationPending, ...map } = isVersionOne(value)
    ? { ...mapOf(value, FIELDS, WHAT), rotationPending: false }
    : mapOf(value, FIELDS_2, WHAT);
  if (map.version !== 1 && map.version !== 2) {
    throw new FsyncError('unsupported_version', `${WHAT} is of a version this client does not know`);
  }
  const pairs = (value: CborValue): (readonly CborValue[])[] => listOf(value, ENTRY_LIMIT, WHAT).map((entry) => tupleOf(entry, 2, WHAT));
  return {
    vault: parseVaultId(hex(map.vault, 32)),
    head: { seq: integerOf(map.seq, WHAT, 1), hash: parseCommitHash(hex(map.hash, 32)) },
    epoch: integerOf(map.epoch, WHAT, 1),
    members: new Map(pairs(map.members).map(([id, role]) => [parseAccountId(hex(id, 32)), oneOf(role, ROLES, WHAT)])),
    chainSeqs: new Map(pairs(map.chainSeqs).map(([id, seq]) => [parseAccountId(hex(id, 32)), integerOf(seq, WHAT, 1)])),
    counters: new Map(pairs(map.counters).map(([id, count]) => [parseCredentialId(hex(id, 16)), integerOf(count, WHAT, 1)])),
    keyChecks: new Map(pairs(map.keyChecks).map(([epoch, check]) => [integerOf(epoch, WHAT, 1), hex(check, 32)])),
    rotationPending: flagOf(rotationPending, WHAT),
  };
}

/** Written before a member could be removed. */
function isVersionOne(value: CborValue): boolean {
  return typeof value === 'object' && value !== null && 'version' in value && value['version'] === 1;
}

function entriesOf(map: ReadonlyMap<string, CborValue>): CborValue {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, value]) => [fromHex(id), value]);
}

function hex(value: CborValue | undefined, length: number): string {
  return toHex(bytesOf(value, length, WHAT));
}
