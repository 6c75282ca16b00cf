/** Whether a file system has room left, in bytes and in files, as a finding of `fsync doctor`. */
import type { Finding } from '../protocol/vault-documents.js';

/** As `statfs` has it. */
export interface DiskRoom {
  readonly bsize: number;
  readonly blocks: number;
  readonly bavail: number;
  /** Inodes; 0 where the file system has no fixed number of them. */
  readonly files: number;
  readonly ffree: number;
}

const MIB = 1024 * 1024;
/** Less than this is nothing: a database cannot grow in it. */
const FULL_BYTES = MIB;
/** Small disks are not always nearly full. */
const LOW_SHARE = 0.1;
const LOW_FILES = 1_000;

/** `lowBytes`: less than this is nearly full, unless the disk itself is small. */
export function diskFinding(name: string, where: string, { room, lowBytes }: { room: DiskRoom; lowBytes: number }): Finding {
  const free = room.bavail * room.bsize;
  const finding = (level: Finding['level'], found: string, mend: string | null): Finding => ({
    name,
    level,
    found: `${where}: ${found}`,
    mend,
  });
  if (free < FULL_BYTES) return finding('problem', `the disk is full, ${formatMib(free)} free`, `Make room: df -h ${where}`);
  if (room.files > 0 && room.ffree === 0)
    return finding('problem', 'the disk can hold no more files: all its inodes are used', `Remove files you do not need: df -i ${where}`);
  if (free < Math.min(lowBytes, room.blocks * room.bsize * LOW_SHARE))
    return finding('warning', `the disk is nearly full, ${formatMib(free)} free`, 'Make room: files that do not fit are not downloaded.');
  if (room.files > 0 && room.ffree < Math.min(LOW_FILES, room.files * LOW_SHARE))
    return finding('warning', `the disk can hold only ${String(room.ffree)} more files`, `Remove files you do not need: df -i ${where}`);
  return finding('ok', `${formatMib(free)} free`, null);
}

function formatMib(bytes: number): string {
  return bytes >= 10 * 1024 * MIB ? `${String(Math.floor(bytes / (1024 * MIB)))} GiB` : `${String(Math.floor(bytes / MIB))} MiB`;
}
