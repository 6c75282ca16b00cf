/** A file system of a few mebibytes in memory, to be filled to the last byte and to the last inode. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../scripts/harness/processes.mjs';

export interface SmallDisk {
  readonly root: string;
  /** Writes into one file until so many bytes are left, or none. */
  fill(leftBytes?: number): void;
  /** Makes empty files until there can be no more. */
  useInodes(): void;
  /** Takes away what the two above made. */
  empty(): void;
  close(): Promise<void>;
}

const PART = Buffer.alloc(65_536, 1);

/** `root` is made; `canMount` says whether that is possible here. */
export function mountTmpfs(root: string, options: { readonly bytes: number; readonly inodes: number }): SmallDisk {
  mkdirSync(root, { recursive: true });
  execFileSync('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${String(options.bytes)},nr_inodes=${String(options.inodes)},mode=0700`,
    'fsync-test',
    root,
  ]);
  const filler = path.join(root, 'filler');
  const many = path.join(root, 'many');
  return {
    root,
    fill(leftBytes = 0) {
      const file = openSync(filler, 'a');
      try {
        untilFull(() => {
          const { bavail, bsize } = statfsSync(root);
          if (bavail * bsize <= leftBytes) return false;
          return writeSync(file, PART, 0, Math.max(4_096, Math.min(PART.length, bavail * bsize - leftBytes))) > 0;
        });
      } finally {
        closeSync(file);
      }
    },
    useInodes() {
      mkdirSync(many, { recursive: true });
      let made = 0;
      untilFull(() => {
        writeFileSync(path.join(many, String(made)), '');
        made += 1;
        return true;
      });
    },
    empty() {
      rmSync(filler, { force: true });
      rmSync(many, { recursive: true, force: true });
    },
    async close() {
      await until(`${root} can be unmounted`, () => {
        execFileSync('umount', [root], { stdio: 'pipe' });
        return true;
      });
    },
  };
}

function untilFull(step: () => boolean): void {
  try {
    while (step());
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
