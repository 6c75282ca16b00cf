/** The folders that are attached on this device, from its list: for those that cannot be told from the folder itself any more. */
import { readFileSync } from 'node:fs';
import type { HomePaths } from '../core/home/home-paths.js';
import { isSystemError } from './vault-root.js';

/** Absolute paths. Empty when there is no list or it cannot be understood: the daemon is the one to complain. */
export function attachedRoots({ vaultsFile }: Pick<HomePaths, 'vaultsFile'>): readonly string[] {
  try {
    const document: unknown = JSON.parse(readFileSync(vaultsFile, 'utf8'));
    const vaults: unknown = typeof document === 'object' && document !== null && 'vaults' in document ? document.vaults : [];
    return Array.isArray(vaults) ? vaults.flatMap(rootOf) : [];
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

function rootOf(vault: unknown): readonly string[] {
  return typeof vault === 'object' && vault !== null && 'root' in vault && typeof vault.root === 'string' ? [vault.root] : [];
}
