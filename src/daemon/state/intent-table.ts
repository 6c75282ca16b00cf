/** The commit that may be under way: everything needed to send the same bytes again, and what becomes true with it. */
import type { Database } from 'better-sqlite3';
import { parseChunkId, parseCommitHash, parseNodeId } from '../../core/base/ids.js';
import type { Intent } from '../ports.js';
import { decodeBase, encodeBase } from './row-codec.js';
import { blobColumn, bytesOf, hexOf, integerColumn, nullable, rowOf, textColumn } from './row-columns.js';

const CHUNK_ID_BYTES = 32;

export interface IntentTable {
  readonly read: () => Intent | null;
  readonly write: (intent: Intent | null) => void;
}

export function createIntentTable(database: Database): IntentTable {
  const clear = ['intent', 'intent_records', 'intent_base', 'intent_dropped'].map((table) => database.prepare(`DELETE FROM ${table}`));
  const insert = database.prepare('INSERT INTO intent (id, seq, hash, signed) VALUES (1, ?, ?, ?)');
  const insertRecord = database.prepare('INSERT INTO intent_records (position, node, rev, bytes, chunks) VALUES (?, ?, ?, ?, ?)');
  const insertBase = database.prepare('INSERT INTO intent_base (position, json, inline) VALUES (?, ?, ?)');
  const insertDropped = database.prepare('INSERT INTO intent_dropped (position, node) VALUES (?, ?)');
  const select = database.prepare('SELECT seq, hash, signed FROM intent');
  const [records, base, dropped] = ['intent_records', 'intent_base', 'intent_dropped'].map((table) =>
    database.prepare(`SELECT * FROM ${table} ORDER BY position`),
  );
  const all = (statement: typeof records) => statement?.all().map(rowOf) ?? [];

  return {
    write(intent) {
      for (const statement of clear) statement.run();
      if (intent === null) return;
      insert.run(intent.seq, bytesOf(intent.hash), intent.request.signed);
      for (const [index, { node, rev, bytes, chunks }] of intent.request.records.entries()) {
        insertRecord.run(index, bytesOf(node), rev, bytes, bytesOf(chunks.join('')));
      }
      for (const [index, node] of intent.base.entries()) {
        const { json, inline } = encodeBase(node);
        insertBase.run(index, json, inline);
      }
      for (const [index, node] of intent.dropped.entries()) insertDropped.run(index, bytesOf(node));
    },
    read() {
      const found = select.get();
      if (found === undefined) return null;
      const row = rowOf(found);
      return {
        seq: integerColumn(row, 'seq'),
        hash: parseCommitHash(hexOf(blobColumn(row, 'hash'))),
        request: {
          signed: blobColumn(row, 'signed'),
          records: all(records).map((record) => ({
            node: parseNodeId(hexOf(blobColumn(record, 'node'))),
            rev: integerColumn(record, 'rev'),
            bytes: blobColumn(record, 'bytes'),
            chunks: splitIds(blobColumn(record, 'chunks')),
          })),
        },
        base: all(base).map((node) => decodeBase({ json: textColumn(node, 'json'), inline: nullable(node, 'inline', blobColumn) })),
        dropped: all(dropped).map((node) => parseNodeId(hexOf(blobColumn(node, 'node')))),
      };
    },
  };
}

function splitIds(bytes: Uint8Array) {
  return Array.from({ length: bytes.length / CHUNK_ID_BYTES }, (_, index) =>
    parseChunkId(hexOf(bytes.subarray(index * CHUNK_ID_BYTES, (index + 1) * CHUNK_ID_BYTES))),
  );
}
