/** Finds the vault a person means: by name, or by the beginning of its id. */
import { FsyncError } from '../../core/base/errors.js';
import type { VaultInfo } from '../engine-deps.js';

const SHORTEST_ID = 6;

/** @throws FsyncError not_found; invalid_input when several fit */
export function chooseVault(vaults: readonly VaultInfo[], wanted: string): VaultInfo {
  const named = vaults.filter(({ name }) => name === wanted);
  const found = named.length > 0 ? named : vaults.filter(({ vault }) => wanted.length >= SHORTEST_ID && vault.startsWith(wanted));
  const [first, second] = found;
  if (first === undefined) {
    const names = vaults.map(({ name }) => name).join(', ');
    throw new FsyncError('not_found', `no vault is called ${wanted}`, {
      hints: [names === '' ? 'This account has no vaults yet: fsync init' : `There are: ${names}`],
    });
  }
  if (second !== undefined) {
    throw new FsyncError('invalid_input', `several vaults are called ${wanted}`, {
      hints: ['Name one by the beginning of its id: fsync vaults --json'],
    });
  }
  return first;
}
