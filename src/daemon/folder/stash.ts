/**
 * The stash `.fsync/stash`: what was replaced or removed waits here, because a program may still
 * have it open and write to it. Entries are named `<time>-<random>-<step>`; a small JSON file
 * `<time>-<random>.json` for the batch, or `<entry>.json` for one entry, says where they came from.
 */
import { closeSync, constants, fsyncSync, openSync, writeFileSync } from 'node:fs';
import type { Fingerprint } from '../../core/tree/node.js';

/** Why something is in the stash. 'displaced': bytes that nobody expected, kept until they have a name again. */
export type StashReason = 'replaced' | 'removed' | 'displaced' | 'parked';

export interface StashOrigin {
  readonly path: string;
  readonly why: StashReason;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Size and mtime at that time, to notice that somebody went on writing; null when not known. */
  readonly bytes: { readonly size: number; readonly mtimeNs: string } | null;
}

const BATCH = /^(\d{10,16})-([0-9a-f]{8,32})$/;
const ENTRY = /^(\d{10,16}-[0-9a-f]{8,32})-\d{1,9}$/;

export function batchName(now: number, nonce: string): string {
  return `${String(now)}-${nonce}`;
}

/** The batch an entry belongs to, or null for names that are no entries. */
export function batchOf(entry: string): string | null {
  return ENTRY.exec(entry)?.[1] ?? null;
}

export function isBatch(name: string): boolean {
  return BATCH.test(name);
}

export function originOf(path: string, why: StashReason, at: number, print: Fingerprint | null): StashOrigin {
  return { path, why, at, bytes: print === null ? null : { size: print.size, mtimeNs: print.mtimeNs } };
}

/** Writes where entries came from. `durable` waits for the disk. @throws errors of the file calls */
export function writeOrigins(path: string, entries: Readonly<Record<string, StashOrigin>>, durable: boolean): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600);
  try {
    writeFileSync(file, JSON.stringify({ schema: 1, entries }));
    if (durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
