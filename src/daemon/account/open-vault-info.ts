/** Opens what the server says about a vault: keys that the log vouches for, then the name. */
import { fromBase64Url } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';
import { decodeCommit, vaultIdOf } from '../../core/log/commit.js';
import type { GenesisBody } from '../../core/log/commit-body.js';
import { openTokenVaultKeyBox, openVaultKeyBox, openVaultName, type VaultKeyBoxContext } from '../../core/log/vault-key-box.js';
import { createKeyring, type VaultKeyring } from '../../core/log/vault-keys.js';
import type { VaultReply } from '../../core/protocol/http.js';
import type { AccountKeys, VaultInfo } from '../engine-deps.js';
import type { CachedVault } from './vault-cache.js';

/**
 * The vault id is the hash of the genesis commit and that commit names the key, so a key of the
 * server's own making does not open. @throws FsyncError key_mismatch, integrity, broken_chain
 */
export function openVaultInfo(account: AccountKeys, entry: CachedVault): VaultInfo {
  const { reply } = entry;
  const keyring = openKeyring(account, entry);
  const { vault, role, owner, historyId, head, usedBytes, members, devices } = reply;
  return {
    vault,
    role,
    owner,
    historyId,
    head,
    usedBytes,
    members,
    devices,
    keyring,
    name: openVaultName(keyring, fromBase64Url(reply.nameSealed)),
  };
}

function genesisOf(reply: VaultReply, genesis: Uint8Array): GenesisBody {
  if (vaultIdOf(genesis) !== reply.vault) throw new FsyncError('broken_chain', 'the server sent the first commit of another vault');
  const { header } = decodeCommit(genesis);
  if (header.type !== 'genesis') throw new FsyncError('broken_chain', 'the log of a vault does not begin with its genesis');
  return header.body;
}

function openKeyring(account: AccountKeys, entry: CachedVault): VaultKeyring {
  const vaultKeys = openVaultKeys(account, entry);
  if (vaultKeys.size > 0) return createKeyring(entry.reply.vault, vaultKeys);
  throw new FsyncError('key_mismatch', `the server holds no key of this vault for this ${account.scope === null ? 'account' : 'token'}`);
}

/** The vault keys by epoch, as openVaultInfo checks them: for whoever hands them on. */
export function openVaultKeys(account: AccountKeys, { reply, genesis, keyChecks: later }: CachedVault): ReadonlyMap<number, Uint8Array> {
  const keyChecks = new Map([...later, [1, genesisOf(reply, genesis).keyCheck]]);
  const vaultKeys = new Map<number, Uint8Array>();
  for (const { epoch, generation, box } of reply.keyBoxes) {
    const keyCheck = keyChecks.get(epoch);
    // An epoch that the log has not named yet to this device: its keys are opened when it has.
    if (keyCheck === undefined) continue;
    const context = { vault: reply.vault, epoch, account: account.account, generation };
    const vaultKey = openBoxed(account, context, fromBase64Url(box), keyCheck);
    if (vaultKey !== null) vaultKeys.set(epoch, vaultKey);
  }
  return vaultKeys;
}

/** Null when it is boxed to a user key that is not known yet. */
function openBoxed(account: AccountKeys, context: VaultKeyBoxContext, box: Uint8Array, keyCheck: string): Uint8Array | null {
  if (account.scope !== null) return openTokenVaultKeyBox(account.credential, context, box, keyCheck);
  const userKey = account.userKeys.get(context.generation);
  return userKey === undefined ? null : openVaultKeyBox(userKey, context, box, keyCheck);
}
