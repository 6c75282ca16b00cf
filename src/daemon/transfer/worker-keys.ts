/**
 * Keys arrive in a worker as a new copy with each job. The first copy is kept, so that what hangs
 * on a key object (the tables of the chunker) is built once a thread.
 */
import { equalBytes } from '../../core/base/bytes.js';
import { keysOfEpoch, type VaultKeyring, type VaultKeys } from '../../core/log/vault-keys.js';

/** More vaults and epochs than one daemon works with at a time. */
const MAX_KNOWN = 32;
const known: VaultKeys[] = [];

/** The first copy of equal keys. */
export function knownKeys(keys: VaultKeys): VaultKeys {
  const found = known.find((one) => one.vault === keys.vault && one.epoch === keys.epoch && equalBytes(one.chunkSeal, keys.chunkSeal));
  if (found !== undefined) return found;
  known.push(keys);
  if (known.length > MAX_KNOWN) known.shift();
  return keys;
}

/** Picks keys by epoch, each the first copy. Throws key_mismatch for an epoch that the keyring lacks. */
export function keysByEpoch(keyring: VaultKeyring): (epoch: number) => VaultKeys {
  let last = knownKeys(keyring.current);
  return (epoch) => {
    if (last.epoch !== epoch) last = knownKeys(keysOfEpoch(keyring, epoch));
    return last;
  };
}
