/**
 * A scan on its way from the worker: numbers in two transferable arrays and names in one string a
 * directory, because 100,000 objects take longer to clone than to look at. Entries are built when
 * somebody asks for those of their directory.
 */
import type { BigIntStats } from 'node:fs';
import type { DirectoryListing, ScanEntry } from '../ports.js';

export const ENTRY_KINDS = ['file', 'directory', 'symlink', 'special', 'foreign'] as const;
type EntryKind = (typeof ENTRY_KINDS)[number];
const IGNORED_BIT = 8;

/** Per entry in `numbers`: size, nlink, permission bits, kind + IGNORED_BIT. */
const NUMBERS = 4;
/** Per entry in `bigs`: mtimeNs, ctimeNs, birthtimeNs, dev, ino. */
const BIGS = 5;

export interface PackedListing {
  readonly path: string;
  readonly status: DirectoryListing['status'];
  /** Joined by '/', which no name contains. */
  readonly names: string;
  readonly count: number;
}

export interface PackedScan {
  readonly listings: readonly PackedListing[];
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly bigs: BigInt64Array<ArrayBuffer>;
  /** The few entries with a link target or a problem, by entry number. */
  readonly notes: readonly (readonly [index: number, target: string | null, problem: string | null])[];
}

/** What is known of an entry beside its stat. */
export interface EntryNote {
  readonly name: string;
  readonly kind: EntryKind;
  readonly ignored: boolean;
  readonly target: string | null;
  readonly problem: string | null;
}

/** Collects a scan. Entries are added between `begin` and `finish` of their directory. */
export class ScanPacker {
  #numbers = new Float64Array(1024 * NUMBERS);
  #bigs = new BigInt64Array(1024 * BIGS);
  #count = 0;
  #names: string[] = [];
  readonly #listings: PackedListing[] = [];
  readonly #notes: (readonly [number, string | null, string | null])[] = [];

  /** A place to come back to with `rewind`. */
  mark(): number {
    return this.#count;
  }

  /** Forgets the entries since `mark`: their directory is read again. */
  rewind(mark: number): void {
    this.#count = mark;
    this.#names = [];
    while ((this.#notes.at(-1)?.[0] ?? -1) >= mark) this.#notes.pop();
  }

  /** `stat` null: it could not be looked at. */
  add(note: EntryNote, stat: BigIntStats | null): void {
    if ((this.#count + 1) * NUMBERS > this.#numbers.length) this.#grow();
    const index = this.#count;
    this.#count += 1;
    this.#names.push(note.name);
    if (note.target !== null || note.problem !== null) this.#notes.push([index, note.target, note.problem]);
    const kind = ENTRY_KINDS.indexOf(note.kind) + (note.ignored ? IGNORED_BIT : 0);
    if (stat === null) {
      this.#numbers.set([0, 0, 0, kind], index * NUMBERS);
      this.#bigs.fill(0n, index * BIGS, (index + 1) * BIGS);
      return;
    }
    const n = index * NUMBERS;
    this.#numbers[n] = Number(stat.size);
    this.#numbers[n + 1] = Number(stat.nlink);
    this.#numbers[n + 2] = Number(stat.mode) & 0o7777;
    this.#numbers[n + 3] = kind;
    const b = index * BIGS;
    this.#bigs[b] = stat.mtimeNs;
    this.#bigs[b + 1] = stat.ctimeNs;
    this.#bigs[b + 2] = stat.birthtimeNs;
    this.#bigs[b + 3] = stat.dev;
    this.#bigs[b + 4] = stat.ino;
  }

  /** Closes the directory's listing with the entries added since the last one. */
  finish(path: string, status: DirectoryListing['status']): void {
    this.#listings.push({ path, status, names: this.#names.join('/'), count: this.#names.length });
    this.#names = [];
  }

  packed(): PackedScan {
    return {
      listings: this.#listings,
      numbers: this.#numbers.slice(0, this.#count * NUMBERS),
      bigs: this.#bigs.slice(0, this.#count * BIGS),
      notes: this.#notes,
    };
  }

  #grow(): void {
    const numbers = new Float64Array(this.#numbers.length * 2);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const bigs = new BigInt64Array(this.#bigs.length * 2);
    bigs.set(this.#bigs);
    this.#bigs = bigs;
  }
}

/** The buffers that a message with this scan hands over instead of copying. */
export function scanTransfer(scan: PackedScan): ArrayBuffer[] {
  return [scan.numbers.buffer, scan.bigs.buffer];
}

/** The listings; entries are built at the first look at each. */
export function unpackScan(scan: PackedScan): readonly DirectoryListing[] {
  const notes = new Map(scan.notes.map(([index, target, problem]) => [index, { target, problem }]));
  const decimal = decimalCache();
  let next = 0;
  return scan.listings.map(({ path, status, names, count }) => {
    const start = next;
    next += count;
    let entries: readonly ScanEntry[] | null = null;
    return {
      path,
      status,
      get entries(): readonly ScanEntry[] {
        entries ??= count === 0 ? [] : names.split('/').map((name, offset) => entryAt(scan, start + offset, { name, notes, decimal }));
        return entries;
      },
    };
  });
}

interface EntryContext {
  readonly name: string;
  readonly notes: ReadonlyMap<number, { readonly target: string | null; readonly problem: string | null }>;
  readonly decimal: (value: bigint) => string;
}

function entryAt(scan: PackedScan, index: number, { name, notes, decimal }: EntryContext): ScanEntry {
  const number = (column: number): number => scan.numbers[index * NUMBERS + column] ?? 0;
  const big = (column: number): bigint => scan.bigs[index * BIGS + column] ?? 0n;
  const code = number(3);
  const note = notes.get(index);
  return {
    name,
    kind: ENTRY_KINDS[code & 7] ?? 'foreign',
    fingerprint: {
      size: number(0),
      mtimeNs: String(big(0)),
      ctimeNs: String(big(1)),
      birthtimeNs: String(big(2)),
      dev: decimal(big(3)),
      ino: String(BigInt.asUintN(64, big(4))),
      nlink: number(1),
      mode: number(2),
    },
    target: note?.target ?? null,
    ignored: (code & IGNORED_BIT) !== 0,
    problem: note?.problem ?? null,
  };
}

/** Device numbers repeat: one string for all of them. */
function decimalCache(): (value: bigint) => string {
  let last = 0n;
  let text = '0';
  return (value) => {
    if (value !== last) {
      last = value;
      text = String(BigInt.asUintN(64, value));
    }
    return text;
  };
}
