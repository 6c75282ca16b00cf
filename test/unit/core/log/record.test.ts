import { describe, expect, it } from 'vitest';

import { encodeCbor, type CborValue } from '../../../../src/core/base/cbor.js';
import { concatBytes, fromHex, toHex, uint32Bytes } from '../../../../src/core/base/bytes.js';
import { parseChunkId, parseContentId, ROOT_NODE } from '../../../../src/core/base/ids.js';
import { contentIdOfBytes, contentIdOfChunks } from '../../../../src/core/chunk/content-id.js';
import { seal } from '../../../../src/core/crypto/seal.js';
import { openRecord, recordDigest, sealRecord } from '../../../../src/core/log/record.js';
import { createKeyring } from '../../../../src/core/log/vault-keys.js';
import type { NodeState } from '../../../../src/core/tree/node.js';
import { codeOf, flipBit } from '../crypto/seeded-random.js';
import { fileState, foundTestVault, testNodeId } from './log-fixture.js';

const { random, owner, keyring, vaultKey, state: log } = foundTestVault('records');
const keys = keyring.current;
const file = fileState(owner.device);
const at = { node: file.node, rev: file.rev };

function chunksOf(...epochs: readonly number[]): NonNullable<NodeState['content']> {
  const chunks = epochs.map((epoch) => ({ epoch, id: parseChunkId(toHex(random(32))), size: 300_000 }));
  return { id: contentIdOfChunks(chunks), size: chunks.length * 300_000, inline: null, chunks };
}

const STATES: readonly (readonly [string, NodeState])[] = [
  ['a small file', file],
  [
    'an empty file',
    fileState(owner.device, { content: { id: contentIdOfBytes(new Uint8Array(0)), size: 0, inline: new Uint8Array(0), chunks: [] } }),
  ],
  ['a file of chunks from several epochs', fileState(owner.device, { content: chunksOf(1, 1, 2, 1) })],
  ['a directory', fileState(owner.device, { kind: 'directory', content: null, mode: 0o755 })],
  ['a link', fileState(owner.device, { kind: 'symlink', content: null, mode: 0, target: '../other' })],
  ['a tombstone', fileState(owner.device, { deleted: true, content: null })],
  ['a file from before 1970', fileState(owner.device, { mtimeMs: -1 })],
  [
    'a conflict copy with a vector of two devices',
    fileState(owner.device, {
      vector: { [owner.device.id]: 7, [owner.paper.id]: 2 },
      conflict: { of: testNodeId(9), winner: 'desk', loser: 'laptop', loserDevice: owner.paper.id, at: 1_790_000_000_000 },
    }),
  ],
];

describe('a record', () => {
  it.each(STATES)('gives back %s', (_, state) => {
    const bytes = sealRecord(random, keys, state);
    expect(openRecord(keyring, at, 1, bytes)).toEqual(state);
    expect(bytes.length % 512).toBe(0);
  });

  it('has one length for most small files, links and directories', () => {
    const lengths = STATES.filter(([name]) => !name.includes('chunks') && !name.includes('conflict')).map(
      ([, state]) => sealRecord(random, keys, state).length,
    );
    expect(new Set(lengths)).toEqual(new Set([512]));
  });

  it('rejects every flipped bit', () => {
    const bytes = sealRecord(random, keys, file);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      expect(codeOf(() => openRecord(keyring, at, 1, flipBit(bytes, bit)))).toMatch(/^(integrity|unsupported_version)$/);
    }
  });

  it('is bound to node, revision, epoch and vault', () => {
    const bytes = sealRecord(random, keys, file);
    expect(codeOf(() => openRecord(keyring, { ...at, node: testNodeId(2) }, 1, bytes))).toBe('integrity');
    expect(codeOf(() => openRecord(keyring, { ...at, rev: 2 }, 1, bytes))).toBe('integrity');
    expect(codeOf(() => openRecord(keyring, at, 2, bytes))).toBe('key_mismatch');
    const otherVault = foundTestVault('other').keyring;
    expect(codeOf(() => openRecord(otherVault, at, 1, bytes))).toBe('integrity');
    const rotated = createKeyring(log.vault, new Map([[2, vaultKey]]));
    expect(codeOf(() => openRecord(rotated, at, 2, bytes))).toBe('integrity');
  });

  it('is named by the hash of its bytes', () => {
    const bytes = sealRecord(random, keys, file);
    expect(recordDigest(bytes)).not.toBe(recordDigest(flipBit(bytes, 0)));
  });
});

describe('what no record may say', () => {
  const inline = fromHex('aabb');
  const content = { id: contentIdOfBytes(inline), size: 2, inline, chunks: [] };
  const big = chunksOf(1);
  const changes: readonly (readonly [string, Partial<NodeState>])[] = [
    ['an empty name', { name: '' }],
    ['a name that climbs', { name: '..' }],
    ['a path as a name', { name: 'a/b' }],
    ['the private folder', { name: '.fsync' }],
    ['a name with a NUL', { name: 'a\0b' }],
    ['a name of over 255 bytes', { name: 'ü'.repeat(128) }],
    ['a lone surrogate in the name', { name: 'a\ud800' }],
    ['itself as its parent', { parent: file.node }],
    ['revision 0', { rev: 0 }],
    ['setuid', { mode: 0o4755 }],
    ['a file that its owner cannot read', { mode: 0o044 }],
    ['a fraction of a millisecond', { mtimeMs: 1.5 }],
    ['a time that is not a number', { mtimeMs: Number.NaN }],
    ['a negative stamp', { stamp: -1 }],
    ['a file without content', { content: null }],
    ['a link target on a file', { target: 'x' }],
    ['content on a directory', { kind: 'directory', mode: 0o755 }],
    ['a link without target', { kind: 'symlink', content: null, mode: 0 }],
    ['a link to nothing', { kind: 'symlink', content: null, mode: 0, target: '' }],
    ['a link with a NUL', { kind: 'symlink', content: null, mode: 0, target: 'a\0' }],
    ['content on a tombstone', { deleted: true }],
    ['another size than the inline bytes', { content: { ...content, size: 3 } }],
    ['another content id', { content: { ...content, id: parseContentId('00'.repeat(32)) } }],
    [
      'too many inline bytes',
      { content: { id: contentIdOfBytes(new Uint8Array(2049)), size: 2049, inline: new Uint8Array(2049), chunks: [] } },
    ],
    ['inline bytes and chunks', { content: { ...content, chunks: big.chunks } }],
    ['chunks of another total', { content: { ...big, size: 300_001 } }],
    ['chunks that are not those of the content id', { content: { ...big, id: content.id } }],
    [
      'a chunk of nothing',
      { content: { ...big, chunks: [...big.chunks, { ...big.chunks[0], epoch: 1, id: parseChunkId('00'.repeat(32)), size: 0 }] } },
    ],
    ['a counter that is not whole', { vector: { [owner.device.id]: 0.5 } }],
  ];

  it.each(changes)('refuses to seal %s', (_, change) => {
    expect(codeOf(() => sealRecord(random, keys, fileState(owner.device, change)))).toMatch(/^(integrity|invalid_input)$/);
  });

  /** Seals any structure as the record of `file`, as a hostile member can. */
  function forge(body: CborValue, padTo = 512): Uint8Array {
    const cbor = encodeCbor(body);
    const plaintext = concatBytes(uint32Bytes(cbor.length), cbor);
    const padded = concatBytes(plaintext, new Uint8Array(Math.max(0, padTo - 81 - plaintext.length)));
    return seal(random, keys.record, 'record', [fromHex(keys.vault), 1, fromHex(at.node), at.rev], padded);
  }

  const honest = {
    version: 1,
    parent: fromHex(ROOT_NODE),
    name: 'a',
    kind: 'file',
    deleted: false,
    mode: 0o644,
    mtime: 0,
    content: [fromHex(content.id), 2, inline],
    target: null,
    stamp: 0,
    vector: [[fromHex(owner.device.id), 1]],
    device: fromHex(owner.device.id),
    deviceName: 'x',
    conflict: null,
  };
  const change = (changes: Readonly<Record<string, CborValue>>): CborValue => Object.values({ ...honest, ...changes });

  it('accepts the structure that the following ones distort', () => {
    expect(openRecord(keyring, at, 1, forge(change({}))).name).toBe('a');
  });

  it.each<readonly [string, CborValue]>([
    ['a name that climbs', change({ name: '../../etc/passwd' })],
    ['an escape sequence in the name', change({ name: '\u001b[2J' })],
    ['the private folder', change({ name: '.fsync' })],
    ['a field too many', change({ extra: 1 })],
    ['a field too few', Object.values(honest).slice(0, -1)],
    ['a map', honest],
    ['no field but the version', [1]],
    ['null', null],
    ['an unknown kind', change({ kind: 'fifo' })],
    ['setuid', change({ mode: 0o4755 })],
    ['a huge mode', change({ mode: 1e15 })],
    ['a short parent', change({ parent: fromHex('00') })],
    ['a text as content', change({ content: 'x' })],
    ['content bytes that are not those of its id', change({ content: [fromHex(content.id), 2, fromHex('ccdd')] })],
    ['an incomplete chunk reference', change({ content: [fromHex(content.id), 5000, [[1, new Uint8Array(35)]]] })],
    [
      'a chunk larger than any',
      change({ content: [fromHex(content.id), 2 ** 31, [[1, concatBytes(new Uint8Array(32), uint32Bytes(2 ** 31))]]] }),
    ],
    [
      'two runs of one epoch',
      change({
        content: [
          fromHex(content.id),
          5000,
          [
            [1, new Uint8Array(36)],
            [1, new Uint8Array(36)],
          ],
        ],
      }),
    ],
    ['a device twice in the vector', change({ vector: [...honest.vector, ...honest.vector] })],
    ['a very long device name', change({ deviceName: 'x'.repeat(256) })],
    ['a conflict mark without a device', change({ conflict: [fromHex(ROOT_NODE), 'a', 'b', null, 0] })],
  ])('refuses to open %s', (_, body) => {
    expect(codeOf(() => openRecord(keyring, at, 1, forge(body)))).toBe('integrity');
  });

  it('refuses to open a newer version', () => {
    expect(codeOf(() => openRecord(keyring, at, 1, forge(change({ version: 2 }))))).toBe('unsupported_version');
  });

  it('refuses a record of an odd length, or whose length points outside', () => {
    expect(codeOf(() => openRecord(keyring, at, 1, forge(change({}), 513)))).toBe('integrity');
    const plaintext = new Uint8Array(512 - 81).fill(0xff);
    const sealed = seal(random, keys.record, 'record', [fromHex(keys.vault), 1, fromHex(at.node), at.rev], plaintext);
    expect(codeOf(() => openRecord(keyring, at, 1, sealed))).toBe('integrity');
  });
});
