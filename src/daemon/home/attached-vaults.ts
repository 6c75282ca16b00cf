/** `vaults.json`: which folders of this device are attached to which vaults. */
import { z } from 'zod';
import { parseVaultId, type VaultId } from '../../core/base/ids.js';
import { FsyncError } from '../../core/base/errors.js';
import { readJsonFile, writeJsonFile } from './json-file.js';

export interface AttachedVault {
  readonly vault: VaultId;
  readonly name: string;
  /** Absolute path, as resolved when it was attached. */
  readonly root: string;
  readonly paused: boolean;
}

export interface AttachedVaults {
  list(): readonly AttachedVault[];
  find(root: string): AttachedVault | null;
  /** @throws FsyncError already_exists when the root, a folder inside it or a folder around it is attached, or the vault is */
  add(entry: AttachedVault): void;
  remove(root: string): void;
  /** Changes the fields that are given. */
  update(root: string, change: { readonly paused?: boolean; readonly name?: string }): void;
}

const vaultsDocument = z.object({
  schema: z.literal(1),
  vaults: z.array(
    z.object({ vault: z.string().transform((text) => parseVaultId(text)), name: z.string(), root: z.string(), paused: z.boolean() }),
  ),
});

/** Reads the file once; every change is written before the call returns. */
export function openAttachedVaults(file: string): AttachedVaults {
  let vaults: readonly AttachedVault[] = readJsonFile(file, vaultsDocument)?.vaults ?? [];
  const save = (next: readonly AttachedVault[]): void => {
    writeJsonFile(file, { schema: 1, vaults: next });
    vaults = next;
  };
  return {
    list: () => vaults,
    find: (root) => vaults.find((entry) => entry.root === root) ?? null,
    add(entry) {
      for (const other of vaults) refuseOverlap(entry, other);
      save([...vaults, entry]);
    },
    remove(root) {
      if (vaults.some((entry) => entry.root === root)) save(vaults.filter((entry) => entry.root !== root));
    },
    update(root, change) {
      if (vaults.some((entry) => entry.root === root)) save(vaults.map((entry) => (entry.root === root ? { ...entry, ...change } : entry)));
    },
  };
}

function refuseOverlap(entry: AttachedVault, other: AttachedVault): void {
  if (entry.vault === other.vault) {
    throw new FsyncError('already_exists', `this vault is attached to ${other.root} already`, {
      hints: ['Detach that folder first: fsync detach'],
    });
  }
  if (isInside(entry.root, other.root) || isInside(other.root, entry.root)) {
    throw new FsyncError('already_exists', `${entry.root} overlaps with ${other.root}, which is attached to a vault`, {
      hints: ['A folder can belong to one vault only.'],
    });
  }
}

function isInside(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(ancestor.endsWith('/') ? ancestor : `${ancestor}/`);
}
