/**
 * Which names can be synced, which are only trouble on other systems, and how conflict copies are
 * named. Names come from peers: a name that fails `nameProblem` is never written to a disk.
 */
import { climbs } from './rel-path.js';

/** Longest name in bytes of UTF-8 that the usual file systems take. */
export const MAX_NAME_BYTES = 255;

/** The private folder of a vault. Its name is reserved at every depth and in every spelling. */
export const PRIVATE_FOLDER = '.fsync';

const MAX_DEVICE_NAME_BYTES = 40;
const MAX_EXTENSION_BYTES = 32;
const encoder = new TextEncoder();

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** Code points that some file systems drop when they compare names, so that they hide a reserved name. */
const DROPPED = /[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad]/gu;
/** Matches only surrogates that stand alone: text that UTF-8 cannot hold. */
const LONE_SURROGATE = /\p{Cs}/gu;
const DOS_DEVICE = /^(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(\..*)?$/i;

export type NameProblem = 'empty' | 'dots' | 'slash' | 'control-character' | 'too-long' | 'not-unicode' | 'climbs' | 'reserved';

/** Why no vault can hold this name, or null. */
export function nameProblem(name: string): NameProblem | null {
  if (name === '') return 'empty';
  if (name === '.' || name === '..') return 'dots';
  if (name.includes('/')) return 'slash';
  if (CONTROL.test(name)) return 'control-character';
  if (name.search(LONE_SURROGATE) >= 0) return 'not-unicode';
  if (name.length > 85 && byteLength(name) > MAX_NAME_BYTES) return 'too-long';
  if (climbs(name)) return 'climbs';
  return isReservedName(name) ? 'reserved' : null;
}

/** The private folder's name, also as a case-folding or ignorable-dropping file system would read it. */
export function isReservedName(name: string): boolean {
  if (name === PRIVATE_FOLDER) return true;
  if (name.length < PRIVATE_FOLDER.length || name.length > 64) return false;
  return name.normalize('NFKC').replace(DROPPED, '').toLowerCase() === PRIVATE_FOLDER;
}

/** Why other systems cannot hold this name, or null. For information: the name is legal here. */
export function illegalElsewhere(name: string): string | null {
  if (/[<>:"|?*\\]/.test(name)) return 'has a character that Windows does not allow in names';
  if (/[. ]$/.test(name)) return 'ends with a dot or a space, which Windows drops';
  if (DOS_DEVICE.test(name)) return 'is the name of a device on Windows';
  if (name.length > 255) return 'is longer than 255 UTF-16 units';
  return null;
}

/** Names with equal keys are one name: compared in NFC. */
export function compareKey(name: string): string {
  return name.normalize('NFC');
}

/** Names with equal keys are one name on a disk that ignores case. */
export function foldKey(name: string): string {
  return name.normalize('NFC').toLowerCase().normalize('NFC');
}

/** A device name as it appears in file names: printable, without separators and brackets, at most 40 bytes. */
export function fileDeviceName(deviceName: string): string {
  const clean = deviceName
    .replace(LONE_SURROGATE, '')
    .normalize('NFC')
    .replace(new RegExp(CONTROL, 'gu'), '')
    .replace(DROPPED, '')
    .replace(/[/\\<>:"|?*()]/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
  const short = truncateBytes(clean, MAX_DEVICE_NAME_BYTES).trim();
  return short === '' ? 'device' : short;
}

export interface ConflictCopy {
  /** The name that the copy lost. */
  readonly name: string;
  /** The device whose version the copy holds. */
  readonly deviceName: string;
  /** Epoch milliseconds; the name carries whole seconds in UTC. */
  readonly at: number;
  /** Four characters [0-9a-z] of the content, so that equal copies get equal names on every device. */
  readonly hash4: string;
}

/**
 * `NAME (conflict DEVICE YYYY-MM-DD HHMMSS HASH).EXT`, at most 255 bytes: the stem is shortened on a
 * code-point border. While `taken` says that a name is in use, a number is put behind the hash.
 */
export function conflictCopyName(copy: ConflictCopy, taken: (name: string) => boolean = () => false): string {
  const { stem, extension } = splitExtension(copy.name);
  const label = `${fileDeviceName(copy.deviceName)} ${stampText(copy.at)} ${copy.hash4}`;
  for (let number = 1; ; number += 1) {
    const suffix = ` (conflict ${label}${number === 1 ? '' : ` ${String(number)}`})${extension}`;
    const name = truncateBytes(stem, MAX_NAME_BYTES - byteLength(suffix)) + suffix;
    if (!taken(name)) return name;
  }
}

const CONFLICT_NAME = /^(.*) \(conflict (.+) (\d{4})-(\d\d)-(\d\d) (\d\d)(\d\d)(\d\d) ([0-9a-z]{4})(?: \d+)?\)(\.[^./]*)?$/su;

/** What a conflict copy's name says (of the newest conflict when copies conflicted again), or null for other names. */
export function parseConflictCopyName(name: string): ConflictCopy | null {
  const match = CONFLICT_NAME.exec(name);
  if (match === null) return null;
  const [, stem = '', deviceName = '', year, month, day, hour, minute, second, hash4 = '', extension = ''] = match;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return { name: stem + extension, deviceName, at, hash4 };
}

/** 'a.tar' + '.gz'. Dot files and long or spaced endings have no extension. */
function splitExtension(name: string): { readonly stem: string; readonly extension: string } {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot) : '';
  if (extension === '' || extension === '.' || /[\s()]/.test(extension) || byteLength(extension) > MAX_EXTENSION_BYTES) {
    return { stem: name, extension: '' };
  }
  return { stem: name.slice(0, dot), extension };
}

/** `YYYY-MM-DD HHMMSS` in UTC, kept within four-digit years. */
function stampText(at: number): string {
  const last = Date.UTC(9999, 11, 31, 23, 59, 59);
  const iso = new Date(Number.isFinite(at) ? Math.min(Math.max(at, 0), last) : 0).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19).replaceAll(':', '')}`;
}

/** The longest prefix of whole code points with at most `limit` bytes of UTF-8. */
function truncateBytes(text: string, limit: number): string {
  if (byteLength(text) <= limit) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += byteLength(character);
    if (bytes > limit) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function byteLength(text: string): number {
  return encoder.encode(text).length;
}
