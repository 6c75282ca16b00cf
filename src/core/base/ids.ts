/**
 * Branded identifiers. All of them are lower-case hex strings in memory and raw bytes in CBOR,
 * so that they work as map keys, in URLs and in logs, and cannot be mixed up by the compiler.
 */
import { FsyncError } from './errors.js';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** SHA-256 of the signed genesis commit, 32 bytes. */
export type VaultId = Branded<'VaultId'>;
/** SHA-256 of the eldest link of the account's credential chain, 32 bytes. */
export type AccountId = Branded<'AccountId'>;
/** Credential id: the first 16 bytes of the hash of its public keys. A device is one kind of credential. */
export type CredentialId = Branded<'CredentialId'>;
/** Random, 16 bytes; a node keeps it through moves and edits. */
export type NodeId = Branded<'NodeId'>;
/** Keyed hash of a chunk's plaintext, 32 bytes. */
export type ChunkId = Branded<'ChunkId'>;
/** SHA-256 over the chunk ids and lengths of a file (or over its inline bytes), 32 bytes. */
export type ContentId = Branded<'ContentId'>;
/** SHA-256 of a signed commit, 32 bytes. */
export type CommitHash = Branded<'CommitHash'>;
/** SHA-256 of a sealed record, 32 bytes. */
export type RecordDigest = Branded<'RecordDigest'>;
/** Keyed hash of parent and name, 32 bytes. */
export type NameTag = Branded<'NameTag'>;
/** Random, 16 bytes, chosen by the client: names one pack upload and makes it idempotent. */
export type UploadId = Branded<'UploadId'>;

/** The parent of every top-level node. It is never a node itself. */
export const ROOT_NODE = '00000000000000000000000000000000' as NodeId;

function parser<Id extends string>(what: string, bytes: number): (text: string) => Id {
  const pattern = new RegExp(`^[0-9a-f]{${String(bytes * 2)}}$`);
  return (text) => {
    if (!pattern.test(text)) throw new FsyncError('invalid_input', `not a ${what}: ${JSON.stringify(text.slice(0, 80))}`);
    return text as Id;
  };
}

export const parseVaultId = parser<VaultId>('vault id', 32);
export const parseAccountId = parser<AccountId>('account id', 32);
export const parseCredentialId = parser<CredentialId>('credential id', 16);
export const parseNodeId = parser<NodeId>('node id', 16);
export const parseChunkId = parser<ChunkId>('chunk id', 32);
export const parseContentId = parser<ContentId>('content id', 32);
export const parseCommitHash = parser<CommitHash>('commit hash', 32);
export const parseRecordDigest = parser<RecordDigest>('record digest', 32);
export const parseNameTag = parser<NameTag>('name tag', 32);
export const parseUploadId = parser<UploadId>('upload id', 16);
