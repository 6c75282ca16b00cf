/** Typed columns of what SQLite returns. A column of another type means that the database is damaged. */
import { FsyncError } from '../../core/base/errors.js';

export type Row = Readonly<Record<string, unknown>>;

/** @throws FsyncError integrity, here and below */
export function rowOf(value: unknown): Row {
  if (typeof value !== 'object' || value === null) throw damaged('row');
  return value as Row;
}

/** The cells of a row of a raw statement. */
export function cellsOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged('row');
  return value;
}

export function textCell(value: unknown): string {
  if (typeof value !== 'string') throw damaged('text');
  return value;
}

export function integerCell(value: unknown): number {
  if (typeof value !== 'number') throw damaged('number');
  return value;
}

export function blobCell(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw damaged('bytes');
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export function textColumn(row: Row, name: string): string {
  return textCell(row[name]);
}

export function integerColumn(row: Row, name: string): number {
  return integerCell(row[name]);
}

export function blobColumn(row: Row, name: string): Uint8Array {
  return blobCell(row[name]);
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
