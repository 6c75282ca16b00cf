/** Decides for each name in a directory what it is to a vault: a node, ignored, or a thing that is reported and left alone. */
import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from 'node:fs';
import { nameProblem } from '../../core/base/name-rules.js';
import { joinPath, linkStaysInside, MAX_DEPTH, pathComponents } from '../../core/base/rel-path.js';
import type { IgnoreRules } from '../../core/ignore/ignore-rules.js';
import { errnoOf } from '../home/errno.js';
import { typeOf } from './fingerprint.js';
import type { EntryNote, ScanPacker } from './scan-packing.js';

/** Paths of this many bytes and more cannot be handed to a system call. */
const PATH_MAX = 4096;

export class EntryClassifier {
  readonly #root: string;
  readonly #rules: IgnoreRules;
  readonly #dev: bigint | null;
  /** False on overlay file systems, where files may carry another device number than their directory. */
  readonly #filesShareDevice: boolean;

  constructor(root: string, rules: IgnoreRules) {
    this.#root = root;
    this.#rules = rules;
    this.#dev = lstatSync(root, { bigint: true, throwIfNoEntry: false })?.dev ?? null;
    const marker = lstatSync(`${root}/.fsync/vault.json`, { bigint: true, throwIfNoEntry: false });
    this.#filesShareDevice = marker === undefined || marker.dev === this.#dev;
  }

  classify(parent: string, name: string, stat: BigIntStats): EntryNote {
    const path = joinPath(parent, name);
    const type = typeOf(stat);
    const ignored = this.#rules.ignores(path, type === 'directory');
    if (ignored) return { name, kind: type, ignored, target: null, problem: null };
    if (nameProblem(name) !== null) return foreign(name, 'invalid-name');
    if (type === 'special') return { name, kind: 'special', ignored, target: null, problem: 'special-file' };
    if (stat.dev !== this.#dev && (type === 'directory' || this.#filesShareDevice)) return foreign(name, 'other-filesystem');
    if (type === 'directory') return this.#directory(path, name);
    if (type === 'symlink') return this.#symlink(parent, name);
    return { name, kind: 'file', ignored, target: null, problem: null };
  }

  isTooLong(absolute: string): boolean {
    return Buffer.byteLength(absolute) >= PATH_MAX;
  }

  /** Takes the names that are not UTF-8 out of `names` and adds them under a printable spelling. */
  addUndecodable(absolute: string, names: string[], packer: ScanPacker): void {
    const raw = readdirSync(absolute, { encoding: 'buffer' });
    const taken = new Set(raw.map((bytes) => bytes.toString('utf8')));
    names.length = 0;
    for (const bytes of raw) {
      const text = bytes.toString('utf8');
      if (bytes.equals(Buffer.from(text, 'utf8'))) {
        names.push(text);
        continue;
      }
      const stat = lstatSync(Buffer.concat([Buffer.from(`${absolute}/`), bytes]), { bigint: true, throwIfNoEntry: false });
      let name = printable(bytes);
      while (taken.has(name)) name += '?';
      taken.add(name);
      if (stat !== undefined) packer.add(foreign(name, 'invalid-name'), stat);
    }
  }

  #directory(path: string, name: string): EntryNote {
    if (pathComponents(path).length >= MAX_DEPTH) return foreign(name, 'path-too-long');
    const marker = `${this.#root}/${path}/.fsync/vault.json`;
    if (isThere(marker)) return foreign(name, 'nested-vault');
    return { name, kind: 'directory', ignored: false, target: null, problem: null };
  }

  #symlink(parent: string, name: string): EntryNote {
    const bytes = readlinkSync(`${this.#root}/${joinPath(parent, name)}`, { encoding: 'buffer' });
    const target = bytes.toString('utf8');
    if (!bytes.equals(Buffer.from(target, 'utf8'))) return foreign(name, 'invalid-name');
    if (!linkStaysInside(parent, target)) return { ...foreign(name, 'symlink-outside'), target };
    return { name, kind: 'symlink', ignored: false, target, problem: null };
  }
}

function foreign(name: string, problem: string): EntryNote {
  return { name, kind: 'foreign', ignored: false, target: null, problem };
}

/** A directory that cannot be entered is reported by its own listing, not as a nested vault. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return false;
  }
}

/** Bytes outside printable ASCII as \xNN, and the backslash doubled. */
function printable(bytes: Buffer): string {
  return Array.from(bytes, (byte) => {
    if (byte === 0x5c) return '\\\\';
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}
