/** An append-only log file that is renamed away when it is full. One line a write, synchronous: a crash loses nothing. */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
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
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let maxBytes = options.maxBytes;
  let file: number | null = openSync(path, 'a', 0o600);
  let size = fstatSync(file).size;

  const rotate = (): void => {
    if (file !== null) closeSync(file);
    shiftOldFiles(path, options.keep);
    file = openSync(path, 'a', 0o600);
    size = fstatSync(file).size;
  };

  return {
    write(line) {
      if (file === null) return;
      const bytes = Buffer.from(line, 'utf8');
      if (size > 0 && size + bytes.length > maxBytes) rotate();
      try {
        writeSync(file, bytes);
        size += bytes.length;
      } catch (error) {
        // A full disk must not stop the sync: the line is lost, the engine reports the disk itself.
        if (errnoOf(error) !== 'ENOSPC' && errnoOf(error) !== 'EDQUOT') throw error;
      }
    },
    setMaxBytes(bytes) {
      maxBytes = bytes;
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
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
