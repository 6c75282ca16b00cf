/** Writing into `.fsync/tmp`, on a worker. Trouble with one file is noted and does not stop the others. */
import { closeSync, constants, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import type { ErrorCode } from '../../core/base/errors.js';
import { storageError } from '../folder/storage-error.js';
import { errnoOf } from '../home/errno.js';

/** A file that a job writes to. */
export interface StagedFile {
  readonly name: string;
  /** All of it comes with this job: it is made anew. Else it is opened, or made when it is not there. */
  readonly whole: boolean;
  /** Bring what was written to the disk now, so that little is left to do at the end of a long download. */
  readonly sync: boolean;
}

/** A place in a staged file; `file` is an index. */
export interface StagedTarget {
  readonly file: number;
  readonly offset: number;
}

export interface StagedTrouble {
  readonly file: number;
  readonly code: ErrorCode;
  readonly message: string;
}

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const MODE = 0o600;
const MAX_OPEN = 64;

export class StagedFiles {
  readonly #tmp: string;
  readonly #files: readonly StagedFile[];
  readonly #open = new Map<number, number>();
  readonly #troubles = new Map<number, StagedTrouble>();

  constructor(tmp: string, files: readonly StagedFile[]) {
    this.#tmp = tmp;
    this.#files = files;
  }

  /** Writes all of `bytes` to each target whose file had no trouble yet. */
  write(bytes: Uint8Array, targets: readonly StagedTarget[]): void {
    for (const { file, offset } of targets) {
      this.#guard(file, () => {
        const fd = this.#fd(file);
        for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
        if (this.#files[file]?.whole === true) this.#close(file);
      });
    }
  }

  /** Makes an empty file, for content without bytes. */
  touch(file: number): void {
    this.#guard(file, () => this.#fd(file));
  }

  /** Closes everything and returns the troubles. */
  finish(): StagedTrouble[] {
    for (const file of [...this.#open.keys()]) this.#close(file);
    return [...this.#troubles.values()];
  }

  #guard(file: number, work: () => void): void {
    if (this.#troubles.has(file)) return;
    try {
      work();
    } catch (error) {
      const { code, message } = storageError(error, 'a download');
      this.#troubles.set(file, { file, code, message });
      this.#dropTorn(file);
    }
  }

  /** A file without a part name is complete or not there. */
  #dropTorn(file: number): void {
    this.#close(file);
    const { name, whole } = this.#files[file] ?? {};
    if (name !== undefined && whole === true) rmSync(`${this.#tmp}/${name}`, { force: true, recursive: true });
  }

  #fd(file: number): number {
    const open = this.#open.get(file);
    if (open !== undefined) return open;
    const [oldest] = this.#open.keys();
    if (oldest !== undefined && this.#open.size >= MAX_OPEN) this.#close(oldest);
    const { name = '', whole = false } = this.#files[file] ?? {};
    const fd = whole ? createAnew(`${this.#tmp}/${name}`) : openSync(`${this.#tmp}/${name}`, O_WRONLY | O_CREAT | O_NOFOLLOW, MODE);
    this.#open.set(file, fd);
    return fd;
  }

  #close(file: number): void {
    const fd = this.#open.get(file);
    if (fd === undefined) return;
    this.#open.delete(file);
    this.#guard(file, () => {
      if (this.#files[file]?.sync === true) fdatasyncSync(fd);
    });
    closeSync(fd);
  }
}

/** A leftover is removed, never written into: it may have a second name in the folder since a crash. */
function createAnew(path: string): number {
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    rmSync(path, { recursive: true });
    return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE);
  }
}
