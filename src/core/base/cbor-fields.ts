/**
 * From a decoded CBOR value to typed fields, at the edge where bytes become structures. Every
 * function throws integrity when the value is not what the protocol says.
 */
import type { CborValue } from './cbor.js';
import { FsyncError } from './errors.js';

/** A map with exactly these keys. */
export function mapOf<const Key extends string>(value: CborValue, keys: readonly Key[], what: string): Readonly<Record<Key, CborValue>> {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) throw misfit(what);
  const map = value as Readonly<Record<Key, CborValue>>;
  if (Object.keys(map).length !== keys.length || !keys.every((key) => Object.hasOwn(map, key))) throw misfit(what);
  return map;
}

/** An array of at most `limit` values. */
export function listOf(value: CborValue, limit: number, what: string): readonly CborValue[] {
  if (!Array.isArray(value)) throw misfit(what);
  if (value.length > limit) throw new FsyncError('limit_exceeded', `${what} holds more than ${String(limit)} entries`);
  return value as readonly CborValue[];
}

/** An array of exactly `length` values. */
export function tupleOf(value: CborValue, length: number, what: string): readonly CborValue[] {
  if (!Array.isArray(value) || value.length !== length) throw misfit(what);
  return value as readonly CborValue[];
}

/** `length` null: any length. */
export function bytesOf(value: CborValue | undefined, length: number | null, what: string): Uint8Array {
  if (!(value instanceof Uint8Array) || (length !== null && value.length !== length)) throw misfit(what);
  return value;
}

export function textOf(value: CborValue | undefined, maxLength: number, what: string): string {
  if (typeof value !== 'string' || value.length > maxLength) throw misfit(what);
  return value;
}

/** A whole number from `min` (default 0) to `max` (default 2^53 − 1). */
export function integerOf(value: CborValue | undefined, what: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) throw misfit(what);
  return value;
}

export function flagOf(value: CborValue | undefined, what: string): boolean {
  if (typeof value !== 'boolean') throw misfit(what);
  return value;
}

export function oneOf<const Choice extends string>(value: CborValue | undefined, choices: readonly Choice[], what: string): Choice {
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw misfit(what);
  return choice;
}

/** Null stays null. */
export function nullOr<Value extends CborValue | undefined, Result>(
  value: Value,
  read: (value: Exclude<Value, null>) => Result,
): Result | null {
  return value === null ? null : read(value as Exclude<Value, null>);
}

export function misfit(what: string): FsyncError {
  return new FsyncError('integrity', `${what} does not have the shape that the protocol prescribes`);
}
