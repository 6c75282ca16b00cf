/**
 * The chunks that are left in mostly unused packs move to a new pack. No key is needed: a sealed
 * chunk says nothing about its place. The old bytes are hashed before, so that damage is not copied
 * into a pack that would look sound.
 */
import { createHash } from 'node:crypto';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { encodePack } from '../../core/chunk/pack.js';
import type { BlobStore } from '../ports.js';
import { insertPack } from '../store/chunk-store.js';
import { markDamaged } from '../store/scrub-store.js';
import { chunksOfPacks, dropEmptyPacks, moveChunks, type PackUse, type PlacedChunk } from '../store/sweep-store.js';
import { updateVault } from '../store/vault-store.js';
import type { SweepDeps } from './collection.js';
import { underLock } from './vault-access.js';

export interface Repacked {
  readonly packs: number;
  readonly wonBytes: number;
  readonly damaged: number;
}

interface NewPack {
  readonly blobKey: string;
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly chunks: readonly PlacedChunk[];
}

/** The whole blob, or null when its bytes are not what they were. */
async function readSound(blobs: BlobStore, pack: Pick<PackUse, 'blobKey' | 'sha256' | 'sizeBytes'>): Promise<Buffer | null> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of blobs.read(pack.blobKey, { offset: 0, length: pack.sizeBytes })) pieces.push(piece);
  } catch (error) {
    if (isFsyncError(error, 'not_found', 'io_error')) return null;
    throw error;
  }
  const bytes = Buffer.concat(pieces);
  return createHash('sha256').update(bytes).digest().equals(pack.sha256) ? bytes : null;
}

async function gather(
  deps: SweepDeps,
  vaultNo: number,
  packs: readonly PackUse[],
): Promise<{ chunks: PlacedChunk[]; bytes: Uint8Array[]; damaged: number[] }> {
  const chunks: PlacedChunk[] = [];
  const bytes: Uint8Array[] = [];
  const damaged: number[] = [];
  for (const pack of packs) {
    const whole = await readSound(deps.blobs, pack);
    if (whole === null) {
      damaged.push(pack.no);
      continue;
    }
    for (const chunk of await chunksOfPacks(deps.database, vaultNo, [pack.no])) {
      chunks.push(chunk);
      bytes.push(whole.subarray(chunk.offset, chunk.offset + chunk.length));
    }
  }
  return { chunks, bytes, damaged };
}

async function writePack(blobs: BlobStore, chunks: readonly PlacedChunk[], bytes: readonly Uint8Array[]): Promise<NewPack> {
  const pack = encodePack(chunks.map(({ id }, index) => ({ id, bytes: bytes[index] ?? new Uint8Array() })));
  const writer = await blobs.create();
  try {
    await writer.write(pack);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const blobKey = await writer.commit();
  let offset = 0;
  const placed = chunks.map((chunk) => {
    const moved = { ...chunk, offset };
    offset += chunk.length;
    return moved;
  });
  return { blobKey, sha256: createHash('sha256').update(pack).digest(), sizeBytes: pack.length, chunks: placed };
}

/** Points those chunks to the new pack that are still where they were. Returns the bytes won, null when none was there. */
function place(deps: SweepDeps, vaultNo: number, packs: readonly number[], made: NewPack): Promise<number | null> {
  return underLock(deps.database, vaultNo, async (trx, vault) => {
    const places = new Map((await chunksOfPacks(trx, vaultNo, packs)).map(({ id, packNo }) => [id, packNo]));
    const moving = made.chunks.filter(({ id, packNo }) => places.get(id) === packNo);
    if (moving.length === 0) return null;
    const now = deps.clock.now();
    const no = vault.nextPackNo;
    await insertPack(trx, vaultNo, { no, blobKey: made.blobKey, sha256: made.sha256, sizeBytes: made.sizeBytes, now });
    await moveChunks(trx, vaultNo, no, moving);
    const dropped = await dropEmptyPacks(trx, vaultNo, packs, now);
    await updateVault(trx, vaultNo, { nextPackNo: no + 1, usedBytes: vault.usedBytes + made.sizeBytes - dropped.bytes, now });
    return dropped.bytes - made.sizeBytes;
  });
}

/** @throws FsyncError disk_full, io_error */
export async function repack(deps: SweepDeps, vaultNo: number, packs: readonly PackUse[]): Promise<Repacked> {
  const { database, blobs, clock, logger } = deps;
  const { chunks, bytes, damaged } = await gather(deps, vaultNo, packs);
  if (damaged.length > 0) {
    await markDamaged(database, vaultNo, damaged, clock.now());
    logger.error('stored packs are damaged', { vaultNo, packs: damaged.length });
  }
  if (chunks.length === 0) return { packs: 0, wonBytes: 0, damaged: damaged.length };
  const made = await writePack(blobs, chunks, bytes);
  const sound = packs.map(({ no }) => no).filter((no) => !damaged.includes(no));
  try {
    const wonBytes = await place(deps, vaultNo, sound, made);
    if (wonBytes === null) await blobs.remove(made.blobKey);
    return { packs: wonBytes === null ? 0 : sound.length, wonBytes: wonBytes ?? 0, damaged: damaged.length };
  } catch (error) {
    // As with uploads: only a refusal of our own is sure to have been rolled back.
    if (error instanceof FsyncError) await blobs.remove(made.blobKey);
    throw error;
  }
}
