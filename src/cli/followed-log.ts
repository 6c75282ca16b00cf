/** A log file that grows and is renamed away when it is full: its lines in order, each once, whatever is renamed meanwhile. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isSystemError } from './vault-root.js';

/** As many full files as the daemon keeps. */
const KEPT = 5;
/** The last lines are looked for in this much of the end of the file. */
const MAX_TAIL_BYTES = 8 * 1024 * 1024;

interface OpenFile {
  readonly file: number;
  readonly inode: bigint;
}

export class FollowedLog {
  readonly #path: string;
  /** Held open, so that nothing else can get its inode. */
  #current: OpenFile;
  #position = 0;
  #rest = '';

  private constructor(path: string, current: OpenFile) {
    this.#path = path;
    this.#current = current;
  }

  /** Null when there is no such file. */
  static open(path: string): FollowedLog | null {
    const current = openIfThere(path);
    return current === null ? null : new FollowedLog(path, current);
  }

  /** The lines at its end; `next` goes on after them. */
  tail(): readonly string[] {
    const { size } = fstatSync(this.#current.file);
    this.#position = Math.max(0, size - MAX_TAIL_BYTES);
    const isCut = this.#position > 0;
    return this.#lines(this.#readOn()).slice(isCut ? 1 : 0);
  }

  /** The whole lines that were written since. */
  next(): readonly string[] {
    let text = this.#readOn();
    const [newest, ...older] = openAll(this.#path);
    if (newest === undefined) return this.#lines(text);
    const all = [newest, ...older];
    const here = all.findIndex(({ inode }) => inode === this.#current.inode);
    // A file that is not found any more was removed: what is left of the later ones comes next.
    for (const later of all.slice(0, here < 0 ? all.length : here).reverse()) {
      // Nothing is added to a file that has been renamed away.
      text += this.#readOn();
      closeSync(this.#current.file);
      this.#current = later;
      this.#position = 0;
    }
    text += this.#readOn();
    for (const { file } of here < 0 ? [] : all.slice(here)) closeSync(file);
    return this.#lines(text);
  }

  close(): void {
    closeSync(this.#current.file);
  }

  #readOn(): string {
    const { size } = fstatSync(this.#current.file);
    // Somebody emptied it.
    if (size < this.#position) this.#position = 0;
    const buffer = Buffer.alloc(size - this.#position);
    const length = buffer.length === 0 ? 0 : readSync(this.#current.file, buffer, 0, buffer.length, this.#position);
    this.#position += length;
    return buffer.toString('utf8', 0, length);
  }

  #lines(text: string): readonly string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line !== '');
  }
}

/**
 * The file and those that it was renamed to, from the newest, each once. One that is renamed in the
 * meantime is met a second time, but none is left out between two that are found.
 */
function openAll(path: string): readonly OpenFile[] {
  const found: OpenFile[] = [];
  for (let index = 0; index <= KEPT; index += 1) {
    const opened = openIfThere(index === 0 ? path : `${path}.${String(index)}`);
    if (opened === null) continue;
    if (found.some(({ inode }) => inode === opened.inode)) closeSync(opened.file);
    else found.push(opened);
  }
  return found;
}

function openIfThere(path: string): OpenFile | null {
  try {
    const file = openSync(path, 'r');
    return { file, inode: fstatSync(file, { bigint: true }).ino };
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  }
}
