/** A real vault folder for tests, and what the adapters of it are built from. */
import { chownSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseAccountId, parseCredentialId, parseVaultId } from '../../src/core/base/ids.js';
import type { Fingerprint } from '../../src/core/tree/node.js';
import { fingerprintOf } from '../../src/daemon/folder/fingerprint.js';
import { createVaultFolder, type VaultFolder } from '../../src/daemon/folder/vault-folder.js';
import { tempFolder } from './temp-folder.js';

export const VAULT = parseVaultId('ab'.repeat(32));

export const DESCRIPTION = {
  vault: VAULT,
  name: 'notes',
  server: 'http://127.0.0.1:8000',
  account: parseAccountId('cd'.repeat(32)),
  device: parseCredentialId('ef'.repeat(16)),
  createdAt: 1,
};

export function vaultRoot(): VaultFolder & { readonly root: string; readonly beside: string } {
  const beside = tempFolder();
  const root = join(beside, 'root');
  return { ...createVaultFolder(root, DESCRIPTION), root, beside };
}

/** What lstat says of a path in the folder. */
export function printOf(root: string, path: string): Fingerprint {
  return fingerprintOf(lstatSync(join(root, path), { bigint: true }));
}

/** Everything in the folder but its private part: text of files, null for directories, '→ target' for links. */
export function contentsOf(root: string, under = ''): Record<string, string | null> {
  const found: Record<string, string | null> = {};
  for (const entry of readdirSync(join(root, under), { withFileTypes: true })) {
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    if (path === '.fsync') continue;
    if (entry.isDirectory()) Object.assign(found, { [path]: null }, contentsOf(root, path));
    else found[path] = entry.isSymbolicLink() ? `→ ${readlinkSync(join(root, path))}` : readFileSync(join(root, path), 'utf8');
  }
  return found;
}

const NOBODY = 65534;

/** So that `asNobody` may change it. */
export function giveToNobody(path: string): void {
  if (process.geteuid?.() === 0) chownSync(path, NOBODY, NOBODY);
}

/** Runs `work` as a user for whom file modes count. */
export function asNobody<Result>(work: () => Result): Result {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
