/**
 * Nodes and fingerprints as database rows: JSON arrays in a fixed order, and inline bytes as a blob
 * of their own. Loading 100,000 of them decides how fast the daemon starts, so the check of what was
 * read is written out here instead of being a schema.
 */
import { parseChunkId, parseContentId, parseCredentialId, parseNodeId } from '../../core/base/ids.js';
import { FsyncError } from '../../core/base/errors.js';
import type { ChunkRef, ConflictMark, FileContent, Fingerprint, NodeKind, NodeState, VersionVector } from '../../core/tree/node.js';
import type { BaseNode } from '../ports.js';

/** `json` and the bytes of a file that travels inside its record. */
export interface EncodedRow {
  readonly json: string;
  readonly inline: Uint8Array | null;
}

export function encodeState(state: NodeState): EncodedRow {
  return { json: JSON.stringify(stateArray(state)), inline: state.content?.inline ?? null };
}

/** @throws FsyncError integrity */
export function decodeState({ json, inline }: EncodedRow): NodeState {
  return parseState(parseArray(json), inline);
}

export function encodeBase({ state, diskName, fingerprint: print, verifiedAtMs }: BaseNode): EncodedRow {
  const { size, mtimeNs, ctimeNs, birthtimeNs, dev, ino, nlink, mode } = print;
  const row = [
    stateArray(state),
    diskName === state.name ? null : diskName,
    [size, mtimeNs, ctimeNs, birthtimeNs, dev, ino, nlink, mode],
    verifiedAtMs,
  ];
  return { json: JSON.stringify(row), inline: state.content?.inline ?? null };
}

/** @throws FsyncError integrity */
export function decodeBase({ json, inline }: EncodedRow): BaseNode {
  const [state, diskName, print, verifiedAtMs] = parseArray(json);
  const parsed = parseState(list(state), inline);
  return {
    state: parsed,
    diskName: diskName === null ? parsed.name : text(diskName),
    fingerprint: parseFingerprint(list(print)),
    verifiedAtMs: number(verifiedAtMs),
  };
}

function stateArray(state: NodeState): readonly unknown[] {
  const { content, conflict } = state;
  return [
    state.node,
    state.rev,
    state.parent,
    state.name,
    KINDS.indexOf(state.kind),
    state.deleted ? 1 : 0,
    state.mode,
    state.mtimeMs,
    content === null
      ? null
      : [content.id, content.size, content.inline === null ? 0 : 1, content.chunks.map(({ epoch, id, size }) => [epoch, id, size])],
    state.target,
    state.stamp,
    state.vector,
    state.device,
    state.deviceName,
    conflict === null ? null : [conflict.of, conflict.winner, conflict.loser, conflict.loserDevice, conflict.at],
  ];
}

const KINDS: readonly NodeKind[] = ['file', 'directory', 'symlink'];

function parseState(row: readonly unknown[], inline: Uint8Array | null): NodeState {
  const [node, rev, parent, name, kind, deleted, mode, mtimeMs, content, target, stamp, vector, device, deviceName, conflict] = row;
  const nodeKind = KINDS[number(kind)];
  if (nodeKind === undefined) throw damaged();
  return {
    node: parseNodeId(text(node)),
    rev: number(rev),
    parent: parseNodeId(text(parent)),
    name: text(name),
    kind: nodeKind,
    deleted: deleted === 1,
    mode: number(mode),
    mtimeMs: number(mtimeMs),
    content: content === null ? null : parseContent(content, inline),
    target: target === null ? null : text(target),
    stamp: number(stamp),
    vector: parseVector(vector),
    device: parseCredentialId(text(device)),
    deviceName: text(deviceName),
    conflict: conflict === null ? null : parseConflict(conflict),
  };
}

function parseContent(row: unknown, inline: Uint8Array | null): FileContent {
  const [id, size, isInline, chunks] = list(row);
  if ((isInline === 1) !== (inline !== null)) throw damaged();
  return { id: parseContentId(text(id)), size: number(size), inline, chunks: list(chunks).map(parseChunk) };
}

function parseChunk(row: unknown): ChunkRef {
  const [epoch, id, size] = list(row);
  return { epoch: number(epoch), id: parseChunkId(text(id)), size: number(size) };
}

function parseVector(value: unknown): VersionVector {
  if (typeof value !== 'object' || value === null) throw damaged();
  for (const [device, counter] of Object.entries(value)) {
    parseCredentialId(device);
    number(counter);
  }
  return value as VersionVector;
}

function parseConflict(row: unknown): ConflictMark {
  const [of, winner, loser, loserDevice, at] = list(row);
  return {
    of: parseNodeId(text(of)),
    winner: text(winner),
    loser: text(loser),
    loserDevice: parseCredentialId(text(loserDevice)),
    at: number(at),
  };
}

function parseFingerprint(row: readonly unknown[]): Fingerprint {
  const [size, mtimeNs, ctimeNs, birthtimeNs, dev, ino, nlink, mode] = row;
  return {
    size: number(size),
    mtimeNs: text(mtimeNs),
    ctimeNs: text(ctimeNs),
    birthtimeNs: text(birthtimeNs),
    dev: text(dev),
    ino: text(ino),
    nlink: number(nlink),
    mode: number(mode),
  };
}

function parseArray(json: string): readonly unknown[] {
  try {
    return list(JSON.parse(json));
  } catch (error) {
    throw error instanceof SyntaxError ? damaged() : error;
  }
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged();
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw damaged();
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw damaged();
  return value;
}

function damaged(): FsyncError {
  return new FsyncError('integrity', 'a row of the state database is damaged', {
    hints: ['It is rebuilt when the daemon starts again without it.'],
  });
}
