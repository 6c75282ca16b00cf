/** Commits of one device, signed with its real key, with records that hold random bytes. */
import { createHash, randomBytes } from 'node:crypto';
import { parseNameTag, parseNodeId, parseRecordDigest, type ChunkId, type NodeId } from '../../src/core/base/ids.js';
import { decodeCommit, signCommit, type CommitHeader } from '../../src/core/log/commit.js';
import { signPosition, type Position } from '../../src/core/log/position.js';
import type { AccountKeys } from '../../src/daemon/engine-deps.js';
import type { CommitRequest, RemoteVault } from '../../src/daemon/ports.js';

export const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

export interface Change {
  readonly node: NodeId;
  readonly rev: number;
  readonly bytes: Uint8Array;
  readonly chunks?: readonly ChunkId[];
  /** Hex; a fresh one when left out. */
  readonly tag?: string;
}

export const change = (more: Partial<Change> = {}): Change => ({
  node: parseNodeId(hex(16)),
  rev: 1,
  bytes: new Uint8Array(randomBytes(512)),
  ...more,
});

/** Builds commits of one device on the head it knows. */
export class Author {
  private readonly keys: AccountKeys;
  private readonly vault: RemoteVault['vault'];
  private head: Pick<CommitHeader, 'seq' | 'prev'>;
  private counter = 1;

  constructor(keys: AccountKeys, vault: RemoteVault['vault'], head: Pick<CommitHeader, 'seq' | 'prev'>) {
    this.keys = keys;
    this.vault = vault;
    this.head = head;
  }

  sign(changes: readonly Change[]): CommitRequest {
    this.counter += 1;
    const { account, device, credential, chain } = this.keys;
    const signed = signCommit(credential, {
      vault: this.vault,
      seq: this.head.seq + 1,
      prev: this.head.prev,
      epoch: 1,
      account,
      device: device.id,
      chainSeq: chain.seq,
      counter: this.counter,
      stamp: Date.now(),
      type: 'data',
      body: null,
      ops: changes.map(({ node, rev, bytes, tag }) => ({
        node,
        rev,
        digest: parseRecordDigest(createHash('sha256').update(bytes).digest('hex')),
        tag: parseNameTag(tag ?? hex(32)),
      })),
    });
    return { signed, records: changes.map(({ node, rev, bytes, chunks = [] }) => ({ node, rev, bytes, chunks })) };
  }

  /** Signed: the device holds all commits up to this one. */
  position({ seq, hash }: Pick<Position, 'seq' | 'hash'>): Uint8Array {
    const { account, device, credential, chain } = this.keys;
    const nameSealed = new Uint8Array(randomBytes(145));
    const own = { vault: this.vault, account, device: device.id, chainSeq: chain.seq, time: Date.now(), epoch: 1, nameSealed };
    return signPosition(credential, { ...own, seq, hash });
  }

  advance(request: CommitRequest): void {
    this.head = { seq: this.head.seq + 1, prev: decodeCommit(request.signed).hash };
  }
}
