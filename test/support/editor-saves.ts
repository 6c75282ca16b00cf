/**
 * How editors save: the system calls that each of them makes, in order, as seen with strace. A pause
 * stands where the real program waits for the disk, so that a daemon has time to look in between.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const { O_CREAT, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY } = constants;

/** Saves `text` in `file`; `pauseMs` is what each step may take. */
export type Save = (file: string, text: string, pauseMs: number) => Promise<void>;

/** Swap file while the buffer is open; the old file steps aside, the new one is written, the old one goes. */
const vim: Save = async (file, text, pauseMs) => {
  const swap = beside(file, (name) => `.${name}.swp`);
  create(swap, 'b0VIM 9.0');
  await sleep(pauseMs);
  const probe = beside(file, () => '4913');
  create(probe, '');
  unlinkSync(probe);
  const { mode } = lstatSync(file);
  renameSync(file, `${file}~`);
  create(file, text, mode);
  await sleep(pauseMs);
  unlinkSync(`${file}~`);
  unlinkSync(swap);
};

/** Lock link; the first save keeps the old file as a backup for good; a later one writes over what is there. */
const emacs: Save = async (file, text, pauseMs) => {
  const lock = beside(file, (name) => `.#${name}`);
  symlinkSync('ada@laptop.4711:1763769600', lock);
  await sleep(pauseMs);
  renameSync(file, `${file}~`);
  create(file, text);
  await sleep(pauseMs);
  unlinkSync(lock);
};

/** In place: truncated first, then written. */
const vsCode: Save = async (file, text, pauseMs) => {
  const fd = openSync(file, O_WRONLY | O_TRUNC);
  await sleep(pauseMs);
  writeSync(fd, text);
  fdatasyncSync(fd);
  closeSync(fd);
};

/** Lock file beside it; a temporary file is written in full and renamed over the old one. */
const libreOffice: Save = async (file, text, pauseMs) => {
  const lock = beside(file, (name) => `.~lock.${name}#`);
  create(lock, ',ada,laptop,22.11.2026 14:03,file:///home/ada;');
  await sleep(pauseMs);
  await throughTemporary(file, { text, pauseMs, temporary: 'lu47112abc.tmp' });
  unlinkSync(lock);
};

/** g_file_replace: gedit and what else is built on GLib. */
const gedit: Save = (file, text, pauseMs) => throughTemporary(file, { text, pauseMs, temporary: '.goutputstream-A1B2C3' });

/** The new file under a temporary name, the old one to another, the new one to its place, the old one gone. */
const word: Save = async (file, text, pauseMs) => {
  const fresh = beside(file, () => '~WRD0001.tmp');
  const old = beside(file, () => '~WRL0002.tmp');
  create(fresh, text);
  renameSync(file, old);
  renameSync(fresh, file);
  await sleep(pauseMs);
  unlinkSync(old);
};

export const editorSaves: Readonly<Record<string, Save>> = { vim, emacs, vsCode, libreOffice, gedit, word };

async function throughTemporary(
  file: string,
  { text, pauseMs, temporary }: { text: string; pauseMs: number; temporary: string },
): Promise<void> {
  const made = beside(file, () => temporary);
  create(made, text, 0o600);
  await sleep(pauseMs);
  chmodSync(made, lstatSync(file).mode);
  renameSync(made, file);
}

function create(file: string, text: string, mode = 0o644): void {
  const fd = openSync(file, O_RDWR | O_CREAT | O_EXCL, mode);
  writeSync(fd, text);
  fchmodSync(fd, mode & 0o777);
  fsyncSync(fd);
  closeSync(fd);
}

function beside(file: string, rename: (name: string) => string): string {
  return path.join(path.dirname(file), rename(path.basename(file)));
}
