/** A vault on a real server with a model of what must still be readable, for tests of the garbage collection. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ChunkId, NodeId } from '../../src/core/base/ids.js';
import { encodePack, packLength } from '../../src/core/chunk/pack.js';
import { createDiskBlobStore } from '../../src/server/blobs/disk-blob-store.js';
import type { CollectionReport, CollectionSettings } from '../../src/server/services/collection.js';
import { createCollector } from '../../src/server/services/collector.js';
import { packUses } from '../../src/server/store/sweep-store.js';
import { createServerLogger } from '../../src/server/telemetry/logger.js';
import { random, registerAccount, type Answer, type TestAccount } from './server-account.js';
import type { ServerHarness } from './server-harness.js';
import {
  commitChanges,
  createVault,
  downloadChunks,
  makePack,
  newNode,
  newTag,
  uploadPack,
  type TestPack,
  type TestVault,
} from './server-vault.js';

export const DAY = 86_400_000;
/** Everything goes at once. */
export const AT_ONCE: CollectionSettings = { retentionDays: 0, gcGraceDays: 0, deleteDelayHours: 0 };

interface Version {
  readonly rev: number;
  readonly at: number;
  readonly chunks: readonly ChunkId[];
}

interface ModelNode {
  readonly id: NodeId;
  readonly versions: Version[];
}

/** Time as the server sees it: it only moves when told to. */
export interface TestClock {
  now(): number;
  pass(ms: number): void;
}

export function createTestClock(): TestClock {
  let now = Date.now();
  return {
    now: () => now,
    pass(ms) {
      now += ms;
    },
  };
}

export class CollectorWorld {
  readonly vault: TestVault;
  readonly #server: ServerHarness;
  readonly #clock: TestClock;
  readonly #account: TestAccount;
  readonly #bytes = new Map<ChunkId, Uint8Array>();
  readonly #nodes: ModelNode[] = [];

  private constructor(server: ServerHarness, clock: TestClock, account: TestAccount, vault: TestVault) {
    this.#server = server;
    this.#clock = clock;
    this.#account = account;
    this.vault = vault;
  }

  /** Everything that was in the server before is deleted. */
  static async open(server: ServerHarness, clock: TestClock): Promise<CollectorWorld> {
    await server.server.database('vaults').update({ status: 0 });
    const account = await registerAccount(server.url, `user-${Math.random().toString(36).slice(2)}`);
    const world = new CollectorWorld(server, clock, account, await createVault(account));
    await world.collect(AT_ONCE);
    return world;
  }

  get chunks(): readonly ChunkId[] {
    return [...this.#bytes.keys()];
  }

  get nodes(): readonly ModelNode[] {
    return this.#nodes;
  }

  /** Uploads new chunks of these sizes, together with some that were sent before. */
  async upload(sizes: readonly number[], again: readonly ChunkId[] = []): Promise<readonly ChunkId[]> {
    const fresh = makePack(...sizes);
    for (const { id, bytes } of fresh.chunks) this.#bytes.set(id, bytes);
    await this.#send([...new Set([...fresh.chunks.map(({ id }) => id), ...again])]);
    return fresh.chunks.map(({ id }) => id);
  }

  async #send(ids: readonly ChunkId[]): Promise<void> {
    const chunks = ids.map((id) => ({ id, bytes: this.#bytes.get(id) ?? new Uint8Array() }));
    const pack: TestPack = { upload: Buffer.from(random(16)).toString('hex'), bytes: encodePack(chunks), chunks };
    const { status } = await uploadPack(this.#account, this.vault.vault, pack);
    expect(status).toBe(201);
  }

  /** Makes a node, or its next version; what the server no longer has is sent again, as a client does. */
  async write(node: ModelNode | null, chunks: readonly ChunkId[], deleted = false): Promise<void> {
    const target = node ?? { id: newNode(), versions: [] };
    const rev = (target.versions.at(-1)?.rev ?? 0) + 1;
    const change = { node: target.id, rev, tag: deleted ? null : newTag(), chunks: deleted ? [] : chunks };
    for (let attempt = 0; ; attempt += 1) {
      const answer = await commitChanges(this.#account, this.vault, change);
      if (answer.status === 200) break;
      const missing = missingOf(answer);
      const kept = this.kept();
      expect(missing.filter((chunk) => kept.has(chunk))).toEqual([]);
      expect(attempt).toBeLessThan(20);
      await this.#send(missing);
    }
    target.versions.push({ rev, at: this.#clock.now(), chunks: change.chunks });
    if (node === null) this.#nodes.push(target);
  }

  async collect(settings: CollectionSettings): Promise<CollectionReport> {
    const collector = await this.#collector(settings);
    const report = await collector.run({ rest: 0, signal: new AbortController().signal });
    if (settings.retentionDays > 0) this.#forget(this.#clock.now() - settings.retentionDays * DAY);
    return report;
  }

  async estimate(settings: CollectionSettings): Promise<CollectionReport> {
    return (await this.#collector(settings)).estimate();
  }

  async #collector(settings: CollectionSettings): Promise<ReturnType<typeof createCollector>> {
    const blobs = await createDiskBlobStore(this.#server.dataDir);
    return createCollector({
      database: this.#server.server.database,
      clock: this.#clock,
      logger: createServerLogger('silent'),
      blobs,
      settings,
    });
  }

  #forget(before: number): void {
    for (const { versions } of this.#nodes) {
      const floor = versions.findLastIndex(({ at }) => at < before);
      if (floor > 0) versions.splice(0, floor);
    }
  }

  /** Chunks of every version that must be readable. */
  kept(): ReadonlySet<ChunkId> {
    return new Set(this.#nodes.flatMap(({ versions }) => versions.flatMap(({ chunks }) => chunks)));
  }

  async expectReadable(): Promise<void> {
    const kept = [...this.kept()];
    for (let from = 0; from < kept.length; from += 500) {
      const ids = kept.slice(from, from + 500);
      const got = await downloadChunks(this.#account, this.vault.vault, ids);
      for (const id of ids) expect(got.get(id)?.equals(this.#bytes.get(id) ?? Buffer.alloc(0))).toBe(true);
    }
  }

  /** Nothing but what is in use is left, in the database and on the disk. */
  async expectClean(): Promise<void> {
    const { database } = this.#server.server;
    const row: { no: number; used_bytes: number } = await database('vaults')
      .where({ id: Buffer.from(this.vault.vault, 'hex') })
      .first('no', 'used_bytes');
    const which = { vault_no: row.no };
    const ids: Buffer[] = await database('chunks').where(which).pluck('chunk_id');
    expect(ids.map((id) => id.toString('hex')).sort()).toEqual([...this.kept()].sort());
    const uses = await packUses(database, row.no, 0, 10_000);
    expect(uses.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(row.used_bytes);
    for (const { chunks, chunkBytes, sizeBytes } of uses) {
      expect(chunks).toBeGreaterThan(0);
      expect((sizeBytes - packLength(chunks, chunkBytes)) * 2).toBeLessThanOrEqual(sizeBytes);
    }
    const named: string[] = await database('packs').pluck('blob_key');
    expect(blobsOnDisk(this.#server.dataDir)).toEqual(named.sort());
    expect(await database('dead_blobs')).toEqual([]);
  }
}

export function blobsOnDisk(dataDir: string): readonly string[] {
  const root = join(dataDir, 'blobs');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('/') && statSync(join(root, name)).isFile())
    .map((name) => name.split('/').at(-1) ?? '')
    .sort();
}

function missingOf(answer: Answer): readonly ChunkId[] {
  const { json } = answer;
  if (answer.status === 409 && typeof json === 'object' && json !== null && 'chunks' in json && Array.isArray(json.chunks)) {
    return json.chunks as ChunkId[];
  }
  throw new Error(`the commit was refused: ${JSON.stringify(json)}`);
}
