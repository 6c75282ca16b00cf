/** An append-only log file that is renamed away when it is full. One line a write, synchronous: a crash loses nothing. */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectories } from '../../core/home/make-directories.js';
import { errnoOf } from '../home/errno.js';

export interface RotatingFile {
  write(line: string): void;
  /** Takes effect with the next line. */
  setMaxBytes(bytes: number): void;
  close(): void;
}

export interface RotatingFileOptions {
  readonly maxBytes: number;
  /** How many full files are kept, as `path.1` (newest) to `path.N`. */
  readonly keep: number;
}

/** Opens `path` for appending, mode 0600 in a 0700 directory. */
export function openRotatingFile(path: string, options: RotatingFileOptions): RotatingFile {
  makeDirectories(dirname(path), 0o700, { mkdirSync, statSync });
  let maxBytes = options.maxBytes;
  let file: number | null = openSync(path, 'a', 0o600);
  let size = fstatSync(file).size;
  let isClosed = false;

  const letGo = (): void => {
    const held = file;
    // First: a number that was closed may be another file's by the next line.
    file = null;
    if (held !== null) closeSync(held);
  };
  const append = (bytes: Buffer): void => {
    if (file !== null && size > 0 && size + bytes.length > maxBytes) {
      letGo();
      shiftOldFiles(path, options.keep);
    }
    if (file === null) {
      file = openSync(path, 'a', 0o600);
      size = fstatSync(file).size;
    }
    writeSync(file, bytes);
    size += bytes.length;
  };

  return {
    write(line) {
      if (isClosed) return;
      try {
        append(Buffer.from(line, 'utf8'));
      } catch (error) {
        // A log that cannot be written must not stop the sync: the line is lost, the engine reports the disk itself.
        if (errnoOf(error) === null) throw error;
      }
    },
    setMaxBytes(bytes) {
      maxBytes = bytes;
    },
    close() {
      isClosed = true;
      letGo();
    },
  };
}

function shiftOldFiles(path: string, keep: number): void {
  rmSync(`${path}.${String(keep)}`, { force: true });
  for (let index = keep - 1; index >= 0; index -= 1) {
    const from = index === 0 ? path : `${path}.${String(index)}`;
    try {
      renameSync(from, `${path}.${String(index + 1)}`);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}
