/** A vault on a test server: signs commits and talks to the routes of files and sync with plain fetch. */
import { createHash } from 'node:crypto';
import { toBase64Url, toHex } from '../../src/core/base/bytes.js';
import {
  parseChunkId,
  parseNameTag,
  parseNodeId,
  type ChunkId,
  type CommitHash,
  type NodeId,
  type VaultId,
} from '../../src/core/base/ids.js';
import { encodePack } from '../../src/core/chunk/pack.js';
import type { CommitBody } from '../../src/core/log/commit-body.js';
import { commitHash, signCommit } from '../../src/core/log/commit.js';
import { signGenesis } from '../../src/core/log/genesis.js';
import { signPosition, type Position } from '../../src/core/log/position.js';
import { recordDigest } from '../../src/core/log/record.js';
import { createVaultReply, type FeedPageBody, feedPage } from '../../src/core/protocol/http.js';
import { call, random, type Answer, type TestAccount } from './server-account.js';

export const newNode = (): NodeId => parseNodeId(toHex(random(16)));
export const newTag = (): string => toHex(random(32));

export interface Change {
  readonly node: NodeId;
  readonly rev: number;
  /** Null: a tombstone. */
  readonly tag: string | null;
  readonly record?: Uint8Array;
  readonly chunks?: readonly ChunkId[];
}

export interface TestVault {
  readonly vault: VaultId;
  readonly historyId: string;
  head: { seq: number; hash: CommitHash };
}

export const newFile = (chunks: readonly ChunkId[] = []): Change => ({ node: newNode(), rev: 1, tag: newTag(), chunks });

export function genesisBody(account: TestAccount): Record<string, unknown> {
  const { signed } = signGenesis({ owner: account.state, credential: account.device, vaultKey: random(32), stamp: Date.now() });
  return {
    genesis: toBase64Url(signed),
    nameSealed: toBase64Url(random(64)),
    keyBoxes: [{ epoch: 1, account: account.state.accountId, generation: 1, box: toBase64Url(random(80)) }],
  };
}

export async function createVault(account: TestAccount): Promise<TestVault> {
  const answer = await call(account.url, 'POST', '/vaults', { token: account.session.accessToken, body: genesisBody(account) });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.json));
  return createVaultReply.parse(answer.json);
}

/** Counters of devices, by vault and device: each commit signs a new one. */
const counters = new Map<string, number>();

export interface SignedCommit {
  readonly body: Record<string, unknown>;
  readonly seq: number;
  readonly hash: CommitHash;
}

export interface CommitDraft {
  readonly changes?: readonly Change[];
  readonly head?: { readonly seq: number; readonly hash: CommitHash };
  readonly counter?: number;
  readonly kind?: CommitBody;
  readonly keyBoxes?: readonly Record<string, unknown>[];
}

/** A commit on top of `draft.head`, by default the vault's. */
export function draftCommit(account: TestAccount, vault: TestVault, draft: CommitDraft): SignedCommit {
  const head = draft.head ?? vault.head;
  const key = `${vault.vault} ${account.device.id}`;
  const counter = draft.counter ?? (counters.get(key) ?? 1) + 1;
  counters.set(key, counter);
  const changes = (draft.changes ?? []).map((change) => ({ record: random(512), chunks: [], ...change }));
  const signed = signCommit(account.device, {
    ...(draft.kind ?? { type: 'data', body: null }),
    vault: vault.vault,
    seq: head.seq + 1,
    prev: head.hash,
    epoch: 1,
    account: account.state.accountId,
    device: account.device.id,
    chainSeq: account.state.seq,
    counter,
    stamp: Date.now(),
    ops: changes.map(({ node, rev, tag, record }) => ({
      node,
      rev,
      digest: recordDigest(record),
      tag: tag === null ? null : parseNameTag(tag),
    })),
  });
  const records = changes.map(({ node, rev, record, chunks }) => ({ node, rev, bytes: toBase64Url(record), chunks }));
  return {
    body: {
      vault: vault.vault,
      signed: toBase64Url(signed),
      records,
      ...(draft.keyBoxes === undefined ? {} : { keyBoxes: draft.keyBoxes }),
    },
    seq: head.seq + 1,
    hash: commitHash(signed),
  };
}

export async function sendCommit(account: TestAccount, vault: TestVault, commit: SignedCommit): Promise<Answer> {
  const answer = await call(account.url, 'POST', '/sync/event', { token: account.session.accessToken, body: commit.body });
  if (answer.status === 200 && commit.seq > vault.head.seq) vault.head = { seq: commit.seq, hash: commit.hash };
  return answer;
}

export function commitChanges(account: TestAccount, vault: TestVault, ...changes: readonly Change[]): Promise<Answer> {
  return sendCommit(account, vault, draftCommit(account, vault, { changes }));
}

export function positionBody(account: TestAccount, { vault, head }: TestVault, change: Partial<Position> = {}): Record<string, unknown> {
  const { seq, hash } = head;
  const { device, state } = account;
  const own = { vault, account: state.accountId, device: device.id, chainSeq: state.seq, seq, hash, time: Date.now(), epoch: 1 };
  return { signed: toBase64Url(signPosition(device, { ...own, nameSealed: random(145), ...change })) };
}

export async function readChanges(account: TestAccount, vault: VaultId, since: number, extra = ''): Promise<FeedPageBody> {
  const answer = await call(account.url, 'GET', `/sync/changes?vault=${vault}&since=${String(since)}${extra}`, {
    token: account.session.accessToken,
  });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.json));
  return feedPage.parse(answer.json);
}

// ---------------------------------------------------------------- packs

export interface TestPack {
  readonly upload: string;
  readonly bytes: Uint8Array;
  readonly chunks: readonly { readonly id: ChunkId; readonly bytes: Uint8Array }[];
}

export function makePack(...sizes: readonly number[]): TestPack {
  const chunks = sizes.map((size) => ({ id: parseChunkId(toHex(random(32))), bytes: random(size) }));
  return { upload: toHex(random(16)), bytes: encodePack(chunks), chunks };
}

export interface UploadOptions {
  readonly digest?: string;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function uploadPack(account: TestAccount, vault: VaultId, pack: TestPack, options: UploadOptions = {}): Promise<Answer> {
  const bytes = options.bytes ?? pack.bytes;
  const digest = options.digest ?? createHash('sha256').update(pack.bytes).digest('base64');
  const response = await fetch(`${account.url}/files/upload/${pack.upload}?vault=${vault}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${account.session.accessToken}`,
      'content-type': 'application/octet-stream',
      'repr-digest': `sha-256=:${digest}:`,
      ...options.headers,
    },
    body: new Uint8Array(bytes),
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

/** Downloads and takes the frames apart. */
export async function downloadChunks(
  account: TestAccount,
  vault: VaultId,
  chunks: readonly ChunkId[],
): Promise<ReadonlyMap<string, Buffer>> {
  const response = await fetch(`${account.url}/files/download`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.session.accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ vault, chunks }),
  });
  if (response.status !== 200) throw new Error(await response.text());
  const bytes = Buffer.from(await response.arrayBuffer());
  const found = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at + 32);
    found.set(bytes.subarray(at, at + 32).toString('hex'), bytes.subarray(at + 36, at + 36 + length));
    at += 36 + length;
  }
  return found;
}
