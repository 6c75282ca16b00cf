/** A real file system that ignores case and keeps neither modes nor inodes nor birth times: exFAT in a file, mounted by FUSE. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../scripts/harness/processes.mjs';
import { isInstalled } from './cli-process.js';

const NEEDED = ['mkfs.exfat', 'mount.exfat-fuse', 'losetup', 'umount'];
const IMAGE_BYTES = 64 * 1024 * 1024;

/** Loop devices are for root only. */
export const canMountExfat = process.platform === 'linux' && process.getuid?.() === 0 && NEEDED.every(isInstalled);

export interface Disk {
  /** Where it is mounted. */
  readonly root: string;
  /** Takes it away and mounts it again: nothing but what is on it is remembered. */
  remount(): Promise<void>;
  close(): Promise<void>;
}

/** `base` is a directory for the image and the mount point. @throws Error when a program fails */
export function mountExfat(base: string): Disk {
  const image = path.join(base, 'exfat.img');
  const root = path.join(base, 'exfat');
  mkdirSync(root, { recursive: true });
  writeFileSync(image, '');
  truncateSync(image, IMAGE_BYTES);
  must('mkfs.exfat', image);
  const device = must('losetup', '--find', '--show', image).trim();
  const mount = (): void => {
    must('mount.exfat-fuse', device, root);
  };
  // A process that has just ended may keep it busy for a moment.
  const unmount = (): Promise<boolean> => until(`${root} can be unmounted`, () => must('umount', root) === '', { timeoutMs: 20_000 });
  mount();
  return {
    root,
    remount: async () => {
      await unmount();
      mount();
    },
    close: async () => {
      await unmount();
      must('losetup', '--detach', device);
      rmSync(image);
    },
  };
}

function must(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}
