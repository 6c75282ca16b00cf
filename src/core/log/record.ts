/**
 * A node's state at one revision, sealed. Everything about the node is in one sealed structure
 * whose digest is signed in a commit, so no field can be exchanged alone.
 *
 * record = seal(record key, "record", [vault, epoch, node, rev], u32 length ‖ CBOR ‖ zeros), a multiple of 512 bytes long
 */
import { concatBytes, fromHex, readUint32, toHex, uint32Bytes } from '../base/bytes.js';
import { bytesOf, flagOf, integerOf, listOf, misfit, nullOr, oneOf, textOf, tupleOf } from '../base/cbor-fields.js';
import { decodeCbor, encodeCbor, type CborValue } from '../base/cbor.js';
import type { RandomBytes } from '../base/effects.js';
import { FsyncError } from '../base/errors.js';
import { parseChunkId, parseContentId, parseCredentialId, parseNodeId, parseRecordDigest } from '../base/ids.js';
import type { CredentialId, NodeId, RecordDigest } from '../base/ids.js';
import { sha256 } from '../crypto/hash.js';
import { open, seal, SEAL_OVERHEAD } from '../crypto/seal.js';
import { INLINE_LIMIT, type ChunkRef, type ConflictMark, type FileContent, type NodeState, type VersionVector } from '../tree/node.js';
import { CHUNK_COUNT_LIMIT, checkNodeState, DEVICE_NAME_LIMIT, TARGET_LIMIT, TIME_LIMIT, VECTOR_LIMIT } from './node-state-rules.js';
import { keysOfEpoch, type VaultKeyring, type VaultKeys } from './vault-keys.js';

/** Records are multiples of this many bytes long. */
export const RECORD_STEP = 512;

const WHAT = 'the record of a node';
const LENGTH_BYTES = 4;
/** A chunk reference inside a run: id(32) ‖ u32 length. */
const REF_BYTES = 36;
const VERSION = 1;
const FIELDS = 14;

/** Throws integrity for a state that no client would accept. */
export function sealRecord(random: RandomBytes, keys: VaultKeys, state: NodeState): Uint8Array {
  checkNodeState(state);
  const body = encodeCbor(stateToCbor(state));
  const used = LENGTH_BYTES + body.length + SEAL_OVERHEAD;
  const padding = new Uint8Array(Math.ceil(used / RECORD_STEP) * RECORD_STEP - used);
  const plaintext = concatBytes(uint32Bytes(body.length), body, padding);
  return seal(random, keys.record, 'record', recordContext(keys, state.node, state.rev), plaintext);
}

/**
 * Opens the record of `at.node` at `at.rev`, sealed under `epoch` (of the commit that names it).
 * Throws integrity when it does not open or breaks a rule, unsupported_version for a newer form,
 * key_mismatch when the epoch's keys are missing.
 */
export function openRecord(
  keyring: VaultKeyring,
  at: { readonly node: NodeId; readonly rev: number },
  epoch: number,
  bytes: Uint8Array,
): NodeState {
  const keys = keysOfEpoch(keyring, epoch);
  const plaintext = open(keys.record, 'record', recordContext(keys, at.node, at.rev), bytes);
  if (bytes.length % RECORD_STEP !== 0 || plaintext.length < LENGTH_BYTES) throw misfit(WHAT);
  const length = readUint32(plaintext, 0);
  if (length > plaintext.length - LENGTH_BYTES) throw misfit(WHAT);
  const state = stateFromCbor(at, decodeCbor(plaintext.subarray(LENGTH_BYTES, LENGTH_BYTES + length)));
  checkNodeState(state);
  return state;
}

/** SHA-256 of the sealed bytes. */
export function recordDigest(bytes: Uint8Array): RecordDigest {
  return parseRecordDigest(toHex(sha256(bytes)));
}

function recordContext(keys: VaultKeys, node: NodeId, rev: number): CborValue[] {
  return [fromHex(keys.vault), keys.epoch, fromHex(node), rev];
}

// ---------------------------------------------------------------- to CBOR

/** A list, not a map: thousands of records are sealed at a time, and sorting keys would cost more than sealing. */
function stateToCbor(state: NodeState): CborValue {
  return [
    VERSION,
    fromHex(state.parent),
    state.name,
    state.kind,
    state.deleted,
    state.mode,
    state.mtimeMs,
    state.content === null ? null : contentToCbor(state.content),
    state.target,
    state.stamp,
    vectorToCbor(state.vector),
    fromHex(state.device),
    state.deviceName,
    state.conflict === null ? null : conflictToCbor(state.conflict),
  ];
}

/** [content id, size, inline bytes, or runs of chunks that share an epoch: [epoch, references]]. */
function contentToCbor(content: FileContent): CborValue {
  return [fromHex(content.id), content.size, content.inline ?? runsOf(content.chunks)];
}

function runsOf(chunks: readonly ChunkRef[]): CborValue {
  const runs: { epoch: number; parts: Uint8Array[] }[] = [];
  for (const { epoch, id, size } of chunks) {
    let run = runs.at(-1);
    if (run?.epoch !== epoch) runs.push((run = { epoch, parts: [] }));
    run.parts.push(fromHex(id), uint32Bytes(size));
  }
  return runs.map(({ epoch, parts }) => [epoch, concatBytes(...parts)]);
}

function vectorToCbor(vector: VersionVector): CborValue {
  const entries = Object.entries(vector).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([device, counter]) => [fromHex(device), counter]);
}

function conflictToCbor(mark: ConflictMark): CborValue {
  return [fromHex(mark.of), mark.winner, mark.loser, fromHex(mark.loserDevice), mark.at];
}

// ---------------------------------------------------------------- from CBOR

function stateFromCbor(at: { readonly node: NodeId; readonly rev: number }, value: CborValue): NodeState {
  if (!Array.isArray(value)) throw misfit(WHAT);
  const fields: readonly CborValue[] = value;
  const [version, parent, name, kind, deleted, mode, mtime, content, target, stamp, vector, device, deviceName, conflict] = fields;
  if (version !== VERSION) throw new FsyncError('unsupported_version', `${WHAT} is of a version this client does not know`);
  if (fields.length !== FIELDS) throw misfit(WHAT);
  return {
    node: at.node,
    rev: at.rev,
    parent: nodeIdOf(parent),
    name: textOf(name, 255, WHAT),
    kind: oneOf(kind, ['file', 'directory', 'symlink'], WHAT),
    deleted: flagOf(deleted, WHAT),
    mode: integerOf(mode, WHAT),
    mtimeMs: integerOf(mtime, WHAT, -TIME_LIMIT, TIME_LIMIT),
    content: nullOr(content ?? null, contentFromCbor),
    target: nullOr(target ?? null, (text) => textOf(text, TARGET_LIMIT, WHAT)),
    stamp: integerOf(stamp, WHAT),
    vector: vectorFromCbor(vector ?? null),
    device: credentialIdOf(device),
    deviceName: textOf(deviceName, DEVICE_NAME_LIMIT, WHAT),
    conflict: nullOr(conflict ?? null, conflictFromCbor),
  };
}

function contentFromCbor(value: CborValue): FileContent {
  const [id, size, body] = tupleOf(value, 3, WHAT);
  const common = { id: parseContentId(toHex(bytesOf(id, 32, WHAT))), size: integerOf(size, WHAT) };
  if (!(body instanceof Uint8Array)) return { ...common, inline: null, chunks: chunksFromRuns(body ?? null) };
  if (body.length > INLINE_LIMIT) throw misfit(WHAT);
  return { ...common, inline: body, chunks: [] };
}

function chunksFromRuns(value: CborValue): ChunkRef[] {
  const chunks: ChunkRef[] = [];
  for (const run of listOf(value, CHUNK_COUNT_LIMIT, WHAT)) {
    const [epochValue, referencesValue] = tupleOf(run, 2, WHAT);
    const epoch = integerOf(epochValue, WHAT, 1, 0xffffffff);
    const references = bytesOf(referencesValue, null, WHAT);
    if (references.length === 0 || references.length % REF_BYTES !== 0 || chunks.at(-1)?.epoch === epoch) throw misfit(WHAT);
    for (let offset = 0; offset < references.length; offset += REF_BYTES) {
      const id = parseChunkId(toHex(references.subarray(offset, offset + 32)));
      chunks.push({ epoch, id, size: readUint32(references, offset + 32) });
    }
  }
  return chunks;
}

/** Devices come in ascending order, so that a vector has one encoding. */
function vectorFromCbor(value: CborValue): VersionVector {
  const vector: Record<CredentialId, number> = {};
  let last = '';
  for (const entry of listOf(value, VECTOR_LIMIT, WHAT)) {
    const [device, counter] = tupleOf(entry, 2, WHAT);
    const id = credentialIdOf(device);
    if (id <= last) throw misfit(WHAT);
    vector[id] = integerOf(counter, WHAT);
    last = id;
  }
  return vector;
}

function conflictFromCbor(value: CborValue): ConflictMark {
  const [of, winner, loser, loserDevice, at] = tupleOf(value, 5, WHAT);
  return {
    of: nodeIdOf(of),
    winner: textOf(winner, DEVICE_NAME_LIMIT, WHAT),
    loser: textOf(loser, DEVICE_NAME_LIMIT, WHAT),
    loserDevice: credentialIdOf(loserDevice),
    at: integerOf(at, WHAT, 0, TIME_LIMIT),
  };
}

function nodeIdOf(value: CborValue | undefined): NodeId {
  return parseNodeId(toHex(bytesOf(value, 16, WHAT)));
}

function credentialIdOf(value: CborValue | undefined): CredentialId {
  return parseCredentialId(toHex(bytesOf(value, 16, WHAT)));
}
