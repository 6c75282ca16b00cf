/**
 * The account chain: a signed list of links that says which credentials belong to an account and
 * what its per-user key is. The account id is the hash of the first link, so a server can withhold
 * the chain but not make up another one for the same id.
 */
import { fromHex } from '../base/bytes.js';
import { encodeCbor } from '../base/cbor.js';
import { FsyncError } from '../base/errors.js';
import { parseAccountId, type AccountId, type CredentialId } from '../base/ids.js';
import { importBoxPublicKey } from '../crypto/public-key.js';
import { credentialId, verifySignature, type Credential } from './credential.js';
import { signEnvelope } from './envelope.js';
import { scopeToCbor, TOKEN_LIFETIME_MS, type TokenScope } from './token-scope.js';
import { decodeLink, linkToCbor, type DecodedLink, type EnrolmentProof, type Link, type LinkBody, type PublicCredential } from './link.js';

export interface ChainCredential extends PublicCredential {
  readonly addedAtSeq: number;
  readonly revokedAtSeq: number | null;
  /** What a token may do; null for every other kind. */
  readonly scope: TokenScope | null;
}

export interface AccountState {
  readonly accountId: AccountId;
  /** Number of links. */
  readonly seq: number;
  /** SHA-256 of the newest link, hex. */
  readonly headHash: string;
  readonly credentials: ReadonlyMap<CredentialId, ChainCredential>;
  /** The current per-user key: its public half, and the hash of the box of each credential that holds it. */
  readonly userKey: {
    readonly generation: number;
    readonly boxPublicKey: Uint8Array;
    readonly boxHashes: ReadonlyMap<CredentialId, string>;
    /** The link that introduced it. */
    readonly atSeq: number;
  };
  /** Public half of the per-user key of every generation, the current one too. */
  readonly userKeyPublics: ReadonlyMap<number, Uint8Array>;
  /** Hashes (hex) of all links, the eldest first: link `seq` is at index seq − 1. */
  readonly linkHashes: readonly string[];
}

/** Where the next link goes. */
export interface ChainHead {
  readonly account: AccountId;
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

export interface VerifyChainOptions {
  readonly expectAccount?: AccountId;
  /** A head seen before: the chain has to pass through it. `hash` is hex. */
  readonly pinned?: { readonly seq: number; readonly hash: string };
}

const CHAIN_LIMIT = 10_000;

// ---------------------------------------------------------------- building

interface LinkRequest {
  readonly head: ChainHead;
  readonly signer: Credential;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The first link; its hash becomes the account id. The new credential signs for itself. */
export function buildEldestLink(credential: Credential, at: number): Uint8Array {
  const body: LinkBody = { type: 'eldest', credential };
  return signEnvelope(credential, 'link', linkToCbor({ seq: 1, prev: null, account: null, signer: credential.id, at, body }));
}

/** `boxHash`: SHA-256 (hex) of the box with the current per-user key for the new credential; null for a token. */
export function buildAddLink(request: LinkRequest & { readonly enrolment: EnrolmentProof; readonly boxHash: string | null }): Uint8Array {
  return buildLink(request, { type: 'add', enrolment: request.enrolment, boxHash: request.boxHash });
}

export function buildRevokeLink(request: LinkRequest & { readonly revoked: CredentialId }): Uint8Array {
  return buildLink(request, { type: 'revoke', credential: request.revoked });
}

/** Introduces a new per-user key. `boxHashes` names exactly the active credentials that are not tokens. */
export function buildUserKeyLink(
  request: LinkRequest & {
    readonly generation: number;
    readonly boxPublicKey: Uint8Array;
    readonly boxHashes: ReadonlyMap<CredentialId, string>;
  },
): Uint8Array {
  const { generation, boxPublicKey, boxHashes } = request;
  return buildLink(request, { type: 'user-key', generation, boxPublicKey, boxHashes });
}

function buildLink({ head, signer, at }: LinkRequest, body: LinkBody): Uint8Array {
  const link = { seq: head.seq + 1, prev: head.hash, account: head.account, signer: signer.id, at, body };
  return signEnvelope(signer, 'link', linkToCbor(link));
}

/** What a new credential hands to the one that adds it; a token's says what it may do. */
export function proveEnrolment(credential: Credential, account: AccountId, scope: TokenScope | null = null): EnrolmentProof {
  const { kind, signPublicKey, boxPublicKey } = credential;
  const enrolment = { kind, signPublicKey, boxPublicKey, scope };
  return { ...enrolment, proof: credential.sign('enrol', enrolmentBytes(enrolment, account)) };
}

/** The head after a signed link that was just built or verified. */
export function headAfter(signedLink: Uint8Array): ChainHead {
  const { link, hash } = decodeLink(signedLink);
  return { account: link.account ?? parseAccountId(hash), seq: link.seq, hash };
}

export function headOf(state: AccountState): ChainHead {
  return { account: state.accountId, seq: state.seq, hash: state.headHash };
}

function enrolmentBytes({ kind, signPublicKey, boxPublicKey, scope }: Omit<EnrolmentProof, 'proof'>, account: AccountId): Uint8Array {
  return encodeCbor([fromHex(account), kind, signPublicKey, boxPublicKey, ...(scope === null ? [] : [scopeToCbor(scope)])]);
}

// ---------------------------------------------------------------- verifying

interface Progress {
  readonly accountId: AccountId;
  readonly credentials: Map<CredentialId, ChainCredential>;
  readonly publics: Map<number, Uint8Array>;
  readonly linkHashes: string[];
  userKey: AccountState['userKey'] | null;
}

/**
 * Verifies a whole chain. Throws broken_chain when links do not follow each other or differ from
 * the pin (a fork), rollback when the chain is shorter than the pin, bad_signature, forbidden when
 * a link is signed by someone who may not, key_mismatch for refused keys or another account.
 */
export function verifyChain(links: readonly Uint8Array[], options: VerifyChainOptions = {}): AccountState {
  if (links.length > CHAIN_LIMIT) throw new FsyncError('limit_exceeded', 'an account chain is longer than any valid one');
  let progress: Progress | null = null;
  for (const signed of links) {
    const decoded = decodeLink(signed);
    progress = progress === null ? acceptEldest(decoded) : acceptNext(progress, decoded);
  }
  if (progress === null) throw broken('the account chain is empty');
  checkExpectations(progress, options);
  const { accountId, credentials, userKey, publics, linkHashes } = progress;
  if (userKey === null) throw broken('the account chain names no user key');
  const headHash = linkHashes.at(-1) ?? accountId;
  return { accountId, seq: linkHashes.length, headHash, credentials, userKey, userKeyPublics: publics, linkHashes };
}

function checkExpectations({ accountId, linkHashes }: Progress, { expectAccount, pinned }: VerifyChainOptions): void {
  if (expectAccount !== undefined && accountId !== expectAccount) {
    throw new FsyncError('key_mismatch', 'the chain belongs to another account');
  }
  if (pinned === undefined) return;
  if (linkHashes.length < pinned.seq) throw new FsyncError('rollback', 'the account chain is shorter than it was before');
  if (linkHashes[pinned.seq - 1] !== pinned.hash) throw broken('the account chain differs from the one seen before');
}

function acceptEldest(decoded: DecodedLink): Progress {
  const { link, hash } = decoded;
  if (link.body.type !== 'eldest' || link.seq !== 1 || link.prev !== null || link.account !== null) {
    throw broken('the account chain does not begin with its eldest link');
  }
  const { credential } = link.body;
  if (credential.kind === 'token') throw new FsyncError('forbidden', 'a token cannot found an account');
  const id = checkedId(credential);
  if (link.signer !== id) throw broken('the eldest link is signed by a credential that it does not introduce');
  checkSignature(decoded, credential);
  return {
    accountId: parseAccountId(hash),
    credentials: new Map([[id, { ...credential, addedAtSeq: 1, revokedAtSeq: null, scope: null }]]),
    publics: new Map(),
    linkHashes: [hash],
    userKey: null,
  };
}

function acceptNext(progress: Progress, decoded: DecodedLink): Progress {
  const { link } = decoded;
  const { linkHashes } = progress;
  if (link.seq !== linkHashes.length + 1 || link.prev !== linkHashes.at(-1)) throw broken('a link does not follow the one before it');
  if (link.account !== progress.accountId) throw broken('a link belongs to another account');
  const signer = progress.credentials.get(link.signer);
  if (signer === undefined || signer.revokedAtSeq !== null || signer.kind === 'token') {
    throw new FsyncError('forbidden', 'an account link is signed by a credential that may not sign links');
  }
  checkSignature(decoded, signer);
  applyBody(progress, link);
  progress.linkHashes.push(decoded.hash);
  return progress;
}

function applyBody(progress: Progress, { body, seq, at }: Link): void {
  switch (body.type) {
    case 'eldest':
      throw broken('an eldest link inside an account chain');
    case 'add':
      applyAdd(progress, body, { seq, at });
      return;
    case 'revoke': {
      const revoked = progress.credentials.get(body.credential);
      if (revoked === undefined || revoked.revokedAtSeq !== null) throw broken('a link revokes a credential that is not active');
      progress.credentials.set(body.credential, { ...revoked, revokedAtSeq: seq });
      if (activeHolders(progress).length === 0) throw broken('a link revokes the last credential of the account');
      return;
    }
    case 'user-key':
      applyUserKey(progress, body, seq);
      return;
  }
}

function applyAdd(progress: Progress, body: Extract<LinkBody, { type: 'add' }>, { seq, at }: Pick<Link, 'seq' | 'at'>): void {
  const { enrolment, boxHash } = body;
  const { kind, signPublicKey, boxPublicKey, proof, scope } = enrolment;
  const id = checkedId(enrolment);
  if (progress.credentials.has(id)) throw broken('a link adds a credential that was there before');
  if (!verifySignature(signPublicKey, 'enrol', enrolmentBytes(enrolment, progress.accountId), proof)) {
    throw new FsyncError('bad_signature', 'an added credential did not sign its enrolment');
  }
  if (scope !== null && scope.expiresAt - at > TOKEN_LIFETIME_MS) throw broken('a link adds a token for longer than a year');
  progress.credentials.set(id, { kind, signPublicKey, boxPublicKey, addedAtSeq: seq, revokedAtSeq: null, scope });
  if (boxHash === null) return;
  if (kind === 'token' || progress.userKey === null) throw broken('a link boxes a user key that the credential cannot have');
  progress.userKey = { ...progress.userKey, boxHashes: new Map(progress.userKey.boxHashes).set(id, boxHash) };
}

function applyUserKey(progress: Progress, body: Extract<LinkBody, { type: 'user-key' }>, seq: number): void {
  const { generation, boxPublicKey, boxHashes } = body;
  if (generation !== (progress.userKey?.generation ?? 0) + 1) throw broken('a user key does not follow the one before it');
  importBoxPublicKey(boxPublicKey);
  const holders = activeHolders(progress);
  if (holders.length !== boxHashes.size || !holders.every((id) => boxHashes.has(id))) {
    throw broken('a user key is not boxed to exactly the active credentials');
  }
  progress.publics.set(generation, boxPublicKey);
  progress.userKey = { generation, boxPublicKey, boxHashes, atSeq: seq };
}

/** Active credentials that hold the user key: all but tokens. */
function activeHolders(progress: Progress): CredentialId[] {
  return [...progress.credentials].filter(([, held]) => held.revokedAtSeq === null && held.kind !== 'token').map(([id]) => id);
}

/** Refuses weak keys at the door; the signing key is checked by the signature check. */
function checkedId(credential: PublicCredential): CredentialId {
  importBoxPublicKey(credential.boxPublicKey);
  return credentialId(credential.signPublicKey, credential.boxPublicKey);
}

function checkSignature(decoded: DecodedLink, signer: PublicCredential): void {
  if (!verifySignature(signer.signPublicKey, 'link', decoded.payload, decoded.signature)) {
    throw new FsyncError('bad_signature', 'the signature of an account link is wrong');
  }
}

function broken(message: string): FsyncError {
  return new FsyncError('broken_chain', message);
}
