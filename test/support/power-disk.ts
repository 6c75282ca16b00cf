/**
 * A disk whose power can be cut: a real file system in an image, behind a loop device. What its
 * kernel had not written to the device at that moment is lost, and it recovers as after a power cut.
 * What a device itself forgets, because it answered before it had written, is not played.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../../scripts/harness/processes.mjs';
import { isInstalled } from './cli-process.js';

/** How each is made and mounted. The lazy one writes nothing that nobody asks for, so that a cut takes as much as it may. */
const KINDS = {
  ext4: { make: ['mkfs.ext4', '-q', '-F'], options: 'noatime' },
  'ext4-lazy': { make: ['mkfs.ext4', '-q', '-F'], options: 'noatime,data=writeback,noauto_da_alloc,commit=300' },
  xfs: { make: ['mkfs.xfs', '-q', '-f'], options: 'noatime' },
  btrfs: { make: ['mkfs.btrfs', '-q', '-f'], options: 'noatime,commit=300' },
} as const;

export type PowerDiskKind = keyof typeof KINDS;

/** Above the least that XFS takes (300 MiB); the image is sparse. */
const IMAGE_BYTES = 384 * 1024 * 1024;
const MOST_COPIES = 50;
const PROBE_BYTES = 4 * 1024 * 1024;

let mounted: boolean | undefined;

/** Those that this machine can make and mount: that takes root and loop devices, which many containers have not. */
export const powerDiskKinds: readonly PowerDiskKind[] = Object.entries(KINDS).flatMap(([kind, { make }]) =>
  isInstalled(make[0]) && canMountImages() ? [kind as PowerDiskKind] : [],
);

function canMountImages(): boolean {
  return (mounted ??= process.platform === 'linux' && process.getuid?.() === 0 && mountsOne());
}

function mountsOne(): boolean {
  const base = mkdtempSync(path.join(tmpdir(), 'fsync-loop-'));
  const image = path.join(base, 'probe.img');
  try {
    writeFileSync(image, '');
    truncateSync(image, PROBE_BYTES);
    must('mkfs.ext4', '-q', '-F', image);
    must('mount', '-o', 'loop', image, base);
    must('umount', base);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

export interface PowerDisk {
  /** Where it is mounted. */
  readonly root: string;
  /** Notes what the device holds now. Whoever writes to the disk has to be stopped. */
  cut(): void;
  /** Puts the device back to what it held at the cut and mounts it. Whoever used it has to be dead. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** `base` is a directory for the image and the mount point. @throws Error when a program fails */
export function mountPowerDisk(base: string, kind: PowerDiskKind): PowerDisk {
  const root = path.join(base, 'disk');
  const image = path.join(base, 'disk.img');
  const atCut = path.join(base, 'at-cut.img');
  mkdirSync(root, { recursive: true });
  writeFileSync(image, '');
  truncateSync(image, IMAGE_BYTES);
  const { make, options } = KINDS[kind];
  const [program, ...flags] = make;
  must(program, ...flags, image);
  let device = '';
  const mount = (): void => {
    device = must('losetup', '--find', '--show', image).trim();
    must('mount', '-o', options, device, root);
  };
  // A process that has just ended may keep it busy for a moment.
  const unmount = async (): Promise<void> => {
    await until(`${root} can be unmounted`, () => must('umount', root) === '', { timeoutMs: 20_000 });
    must('losetup', '--detach', device);
  };
  mount();
  return {
    root,
    cut: () => {
      copyAtRest(image, atCut, device);
    },
    restore: async () => {
      await unmount();
      renameSync(atCut, image);
      mount();
    },
    close: async () => {
      await unmount();
      rmSync(image);
    },
  };
}

/** The kernel may write back by itself meanwhile: a copy counts when the device has seen no write while it was made. */
function copyAtRest(image: string, copy: string, device: string): void {
  for (let attempt = 0; attempt < MOST_COPIES; attempt++) {
    const before = writesTo(device);
    must('cp', '--sparse=always', image, copy);
    if (before.inFlight === 0 && writesTo(device).done === before.done) return;
  }
  throw new Error(`${device} does not come to rest`);
}

/** Source of the columns: Documentation/block/stat.rst of the Linux kernel. */
function writesTo(device: string): { readonly done: number; readonly inFlight: number } {
  const columns = readFileSync(`/sys/block/${path.basename(device)}/stat`, 'utf8')
    .trim()
    .split(/\s+/)
    .map(Number);
  return { done: columns[4] ?? NaN, inFlight: columns[8] ?? NaN };
}

function must(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}
