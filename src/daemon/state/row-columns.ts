/** Typed columns of what SQLite returns. A column of another type means that the database is damaged. */
import { FsyncError } from '../../core/base/errors.js';

export type Row = Readonly<Record<string, unknown>>;

/** @throws FsyncError integrity, here and below */
export function rowOf(value: unknown): Row {
  if (typeof value !== 'object' || value === null) throw damaged('row');
  return value as Row;
}

export function textColumn(row: Row, name: string): string {
  const value = row[name];
  if (typeof value !== 'string') throw damaged(name);
  return value;
}

export function integerColumn(row: Row, name: string): number {
  const value = row[name];
  if (typeof value !== 'number') throw damaged(name);
  return value;
}

export function blobColumn(row: Row, name: string): Uint8Array {
  const value = row[name];
  if (!(value instanceof Uint8Array)) throw damaged(name);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export function nullable<Value>(row: Row, name: string, column: (row: Row, name: string) => Value): Value | null {
  return row[name] === null ? null : column(row, name);
}

/** An id as bytes. */
export function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function damaged(what: string): FsyncError {
  return new FsyncError('integrity', `the state database is damaged (${what})`);
}
