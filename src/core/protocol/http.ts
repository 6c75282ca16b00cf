/**
 * The bodies of the HTTP interface, as schemas: what the server accepts and what the client may
 * rely on. Requests refuse unknown fields; replies are read leniently, so that a newer server may
 * add fields. Bytes are base64url text without padding, ids lower-case hex, times epoch ms.
 */
import { z } from 'zod';
import type { AccountId, ChunkId, CommitHash, CredentialId, NodeId, UploadId, VaultId } from '../base/ids.js';

/** Upper bounds of the interface; the server refuses what is above them. Bytes unless said otherwise. */
export const HTTP_LIMITS = {
  /** Chunk ids in one POST /files/check. */
  checkChunks: 10_000,
  /** Chunk ids in one POST /files/download. */
  downloadChunks: 1_000,
  /** Revisions in one POST /files/records. */
  records: 1_000,
  /** Nodes in one commit. */
  commitOps: 5_000,
  /** Chunk ids in one commit, all records together. */
  commitChunks: 131_072,
  /** Body of POST /sync/event. */
  commitBody: 16 * 1024 * 1024,
  /** One pack: 16 MiB of chunks and 1 MiB of index. */
  pack: 17 * 1024 * 1024,
  /** Bodies under /auth and /devices. */
  authBody: 256 * 1024,
  /** Every other JSON body. */
  jsonBody: 1024 * 1024,
  /** Longest `wait` of GET /sync/changes, in milliseconds. */
  longPollMs: 50_000,
  /** Vaults of one WebSocket subscription. */
  socketVaults: 1_000,
  /** Most commits of one feed page, and most nodes of one page of /files/list. */
  pageRows: 1_000,
} as const;

export function hexId<Id extends string>(bytes: number): z.ZodType<Id, Id> {
  const pattern = new RegExp(`^[0-9a-f]{${String(bytes * 2)}}$`);
  return z.custom<Id>((value) => typeof value === 'string' && pattern.test(value), `expected ${String(bytes)} bytes in lower-case hex`);
}

/** A list of hex ids, tested with one pattern per element: thousands of them cost under a millisecond. */
function hexIdList<Id extends string>(bytes: number, most: number): z.ZodType<readonly Id[], readonly Id[]> {
  const pattern = new RegExp(`^[0-9a-f]{${String(bytes * 2)}}$`);
  return z.custom<readonly Id[]>(
    (value) => Array.isArray(value) && value.length <= most && value.every((id: unknown) => typeof id === 'string' && pattern.test(id)),
    `expected at most ${String(most)} ids of ${String(bytes)} bytes in lower-case hex`,
  );
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;

/** Base64url text of at most `mostBytes` decoded bytes, never empty. */
export function bytesText(mostBytes: number): z.ZodType<string, string> {
  const mostChars = Math.ceil((mostBytes * 4) / 3);
  return z.custom<string>(
    (value) => typeof value === 'string' && value.length > 0 && value.length <= mostChars && BASE64URL.test(value),
    `expected base64url text of 1 to ${String(mostBytes)} bytes`,
  );
}

/** A decimal integer in a query string. */
function queryInt(least: number, most: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,16}$/, 'expected a decimal number')
    .transform(Number)
    .pipe(z.number().int().min(least).max(most));
}

export const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const vaultId = hexId<VaultId>(32);
export const accountId = hexId<AccountId>(32);
export const credentialId = hexId<CredentialId>(16);
const nodeId = hexId<NodeId>(16);
const commitHash = hexId<CommitHash>(32);
export const links = z.array(bytesText(64 * 1024));
export const sealedName = bytesText(1024);
const card = bytesText(4 * 1024);
const opaqueMessage = bytesText(4 * 1024);
const token = z.string().min(1).max(2048);
export const role = z.enum(['owner', 'writer', 'reader']);

export type Role = z.infer<typeof role>;

/** Login name. It is the only thing about a person that the server sees in the clear. */
export const userName = z.string().regex(/^[a-z0-9._@-]{1,64}$/, 'expected 1 to 64 of a-z 0-9 . _ @ -');

// ---------------------------------------------------------------- paths and queries

export const vaultPath = z.strictObject({ vault: vaultId });
export const devicePath = z.strictObject({ device: credentialId });
export const accountPath = z.strictObject({ account: accountId });
export const nodePath = z.strictObject({ node: nodeId });
export const uploadPath = z.strictObject({ upload: hexId<UploadId>(16) });
export const vaultQuery = z.strictObject({ vault: vaultId });

// ---------------------------------------------------------------- accounts and sessions

/** The user key of one generation, boxed to one credential. */
export const credentialBox = z.object({ credential: credentialId, generation: count, box: bytesText(1024) });
const credentialBoxIn = z.strictObject(credentialBox.shape);
const deviceIn = z.strictObject({ id: credentialId, nameSealed: sealedName });

export const session = z.object({ accessToken: token, accessExpiresInMs: count, refreshToken: token });
export type Session = z.infer<typeof session>;

export const registerStartRequest = z.strictObject({ user: userName, request: opaqueMessage });
export const registerStartReply = z.object({ response: opaqueMessage });

export const registerRequest = z.strictObject({
  user: userName,
  /** OPAQUE registration record. */
  record: opaqueMessage,
  links: links.min(1).max(16),
  boxes: z.array(credentialBoxIn).max(16),
  /** The account card, sealed under the password's and the recovery phrase's seed. */
  cards: z.strictObject({ password: card, paper: card }),
  device: deviceIn,
});
export const registerReply = z.object({ accountId, session });

export const loginStartRequest = z.strictObject({ user: userName, request: opaqueMessage });
export const loginStartReply = z.object({ loginId: token, response: opaqueMessage });

export const loginRequest = z.strictObject({ loginId: token, finish: opaqueMessage });
export const loginReply = z.object({
  accountId,
  /** Good for one call of POST /devices, ten minutes. */
  enrolToken: token,
  links,
  /** Those of the password credential. */
  boxes: z.array(credentialBox),
  card,
});

/** `links` are the new ones only; empty when the device's credential already stands in the chain. */
export const enrolDeviceRequest = z.strictObject({
  links: links.max(16),
  boxes: z.array(credentialBoxIn).max(64),
  device: deviceIn,
});
export const enrolDeviceReply = z.object({ session });

export const deviceList = z.object({
  devices: z.array(z.object({ id: credentialId, nameSealed: z.string(), createdAt: count, lastSeenAt: count, revoked: z.boolean() })),
});
export const renameDeviceRequest = z.strictObject({ nameSealed: sealedName });
export const revokeDeviceRequest = z.strictObject({ links: links.max(16), boxes: z.array(credentialBoxIn).max(64).optional() });

/** `signature`: the device's key over domain "refresh" of CBOR [sha256(refreshToken text), time]. */
export const refreshRequest = z.strictObject({ refreshToken: token, device: credentialId, time: count, signature: bytesText(64) });
export const refreshReply = z.object({ session });
export const logoutRequest = z.strictObject({ refreshToken: token });

export const chainReply = z.object({ links });
export const accountReply = z.object({
  accountId,
  user: userName,
  /** All generations of the user key, for the calling device's credential. */
  boxes: z.array(credentialBox),
  chain: links,
  /** The server's clock. */
  time: count,
});
/** Finds the account behind a login name, to share a vault with it. The caller verifies the chain. */
export const lookupRequest = z.strictObject({ user: userName });
export const lookupReply = z.object({ accountId, links });

// ---------------------------------------------------------------- vaults

const head = z.object({ seq: count, hash: commitHash });
const keyBoxIn = z.strictObject({ epoch: count, account: accountId, generation: count, box: bytesText(1024) });

export const createVaultRequest = z.strictObject({
  genesis: bytesText(16 * 1024),
  nameSealed: sealedName,
  keyBoxes: z.array(keyBoxIn).min(1).max(16),
});
export const createVaultReply = z.object({ vault: vaultId, historyId: z.string(), head });

export const vaultReply = z.object({
  vault: vaultId,
  role,
  owner: accountId,
  head,
  historyId: z.string(),
  usedBytes: count,
  /** How many accounts may read it. */
  members: count,
  /** On how many devices a folder holds it, as far as they said so. Older servers do not count them. */
  devices: count.default(0),
  nameSealed: z.string(),
  /** The vault key of each epoch, boxed to the calling account; to the calling token, then with generation 0. */
  keyBoxes: z.array(z.object({ epoch: count, generation: count, box: z.string() })),
});
export type VaultReply = z.infer<typeof vaultReply>;
export const vaultListReply = z.object({ vaults: z.array(vaultReply) });
export const renameVaultRequest = z.strictObject({ nameSealed: sealedName });

// ---------------------------------------------------------------- files

export const checkRequest = z.strictObject({ vault: vaultId, chunks: hexIdList<ChunkId>(32, HTTP_LIMITS.checkChunks) });
export const checkReply = z.object({ missing: hexIdList<ChunkId>(32, HTTP_LIMITS.checkChunks) });
/** The reply is a stream of frames: 32-byte chunk id, u32 BE length, that many bytes. */
export const downloadRequest = z.strictObject({ vault: vaultId, chunks: hexIdList<ChunkId>(32, HTTP_LIMITS.downloadChunks) });

export const listQuery = z.strictObject({
  vault: vaultId,
  after: queryInt(0, Number.MAX_SAFE_INTEGER).optional(),
  limit: queryInt(1, HTTP_LIMITS.pageRows).optional(),
});
/** Live nodes in the order of their newest commit; `after` is the seq of the last one seen. A page holds whole commits. */
export const listReply = z.object({
  nodes: z.array(z.object({ node: nodeId, rev: count, seq: count, sizeBytes: count })),
  more: z.boolean(),
});
const revision = z.strictObject({ node: nodeId, rev: count.min(1) });
export const recordsRequest = z.strictObject({ vault: vaultId, revisions: z.array(revision).min(1).max(HTTP_LIMITS.records) });
export const recordsReply = z.object({
  /** In the order of the request; revisions that the server does not have are left out. */
  records: z.array(z.object({ node: nodeId, rev: count, bytes: z.string() })),
  /** How many of the revisions were looked at: the reply is bounded, ask again for the rest. */
  answered: count,
});
export const revisionsReply = z.object({
  /** Newest first; `bytes` is the sealed record. */
  revisions: z.array(z.object({ rev: count, seq: count, at: count, bytes: z.string() })),
});

// ---------------------------------------------------------------- sync

export const commitRequest = z.strictObject({
  vault: vaultId,
  signed: bytesText(4 * 1024 * 1024),
  records: z
    .array(
      z.strictObject({
        node: nodeId,
        rev: count.min(1),
        bytes: bytesText(4 * 1024 * 1024),
        chunks: hexIdList<ChunkId>(32, HTTP_LIMITS.commitChunks),
      }),
    )
    .max(HTTP_LIMITS.commitOps),
  /** With a member or rotate commit: the vault key, boxed to accounts. */
  keyBoxes: z.array(keyBoxIn).max(10_000).optional(),
});
export type CommitRequestBody = z.infer<typeof commitRequest>;
export const commitReply = z.object({ seq: count, hash: commitHash, at: count });

export const changesQuery = z.strictObject({
  vault: vaultId,
  since: queryInt(0, Number.MAX_SAFE_INTEGER),
  limit: queryInt(1, HTTP_LIMITS.pageRows).optional(),
  wait: queryInt(0, HTTP_LIMITS.longPollMs).optional(),
  history: z.string().min(1).max(64).optional(),
});
/** Whole commits in order; each with those of its records that no later commit replaced. */
export const feedPage = z.object({
  historyId: z.string(),
  head,
  commits: z.array(
    z.object({
      signed: z.string(),
      at: count,
      records: z.array(z.object({ node: nodeId, rev: count, bytes: z.string() })),
    }),
  ),
  more: z.boolean(),
});
export type FeedPageBody = z.infer<typeof feedPage>;

// ---------------------------------------------------------------- WebSocket

/** Replaces what the socket was subscribed to. Vaults the account may not read are left out silently. */
export const socketRequest = z.strictObject({
  type: z.literal('subscribe'),
  vaults: hexIdList<VaultId>(32, HTTP_LIMITS.socketVaults),
});
export const socketMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('head'), vault: vaultId, seq: count }),
  /** The server goes away: come back after a random time between the two. */
  z.object({ type: z.literal('bye'), minMs: count, maxMs: count }),
]);
export type SocketMessage = z.infer<typeof socketMessage>;

// ---------------------------------------------------------------- errors

/** RFC 9457, media type application/problem+json. `code` is of the closed table of errors. */
export const problemReply = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  /** The id of the request, to find it in the server's log. */
  instance: z.string(),
  code: z.string(),
  hints: z.array(z.string()).optional(),
});
