/** Opens what the server says about a vault: keys that the log vouches for, then the name. */
import { fromBase64Url } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';
import { decodeCommit, vaultIdOf } from '../../core/log/commit.js';
import type { GenesisBody } from '../../core/log/commit-body.js';
import { openVaultKeyBox, openVaultName } from '../../core/log/vault-key-box.js';
import { createKeyring, type VaultKeyring } from '../../core/log/vault-keys.js';
import type { VaultReply } from '../../core/protocol/http.js';
import type { AccountKeys, VaultInfo } from '../engine-deps.js';
import type { CachedVault } from './vault-cache.js';

/**
 * The vault id is the hash of the genesis commit and that commit names the key, so a key of the
 * server's own making does not open. @throws FsyncError key_mismatch, integrity, broken_chain
 */
export function openVaultInfo(account: AccountKeys, { reply, genesis, keyChecks }: CachedVault): VaultInfo {
  const body = genesisOf(reply, genesis);
  const keyring = openKeyring(account, reply, new Map([...keyChecks, [1, body.keyCheck]]));
  const { vault, role, owner, historyId, head, usedBytes, members } = reply;
  return {
    vault,
    role,
    owner,
    historyId,
    head,
    usedBytes,
    members,
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

/** The raw vault keys that this account was given and the log vouches for. @throws FsyncError as openVaultInfo */
export function openVaultKeys(account: AccountKeys, { reply, genesis, keyChecks }: CachedVault): ReadonlyMap<number, Uint8Array> {
  return openKeys(account, reply, new Map([...keyChecks, [1, genesisOf(reply, genesis).keyCheck]]));
}

function openKeyring(account: AccountKeys, reply: VaultReply, keyChecks: ReadonlyMap<number, string>): VaultKeyring {
  return createKeyring(reply.vault, openKeys(account, reply, keyChecks));
}

function openKeys(account: AccountKeys, reply: VaultReply, keyChecks: ReadonlyMap<number, string>): ReadonlyMap<number, Uint8Array> {
  const vaultKeys = new Map<number, Uint8Array>();
  for (const { epoch, generation, box } of reply.keyBoxes) {
    const userKey = account.userKeys.get(generation);
    const keyCheck = keyChecks.get(epoch);
    // An epoch that the log has not named yet to this device: its keys are opened when it has.
    if (userKey === undefined || keyCheck === undefined) continue;
    vaultKeys.set(
      epoch,
      openVaultKeyBox(userKey, { vault: reply.vault, epoch, account: account.account, generation }, fromBase64Url(box), keyCheck),
    );
  }
  if (vaultKeys.size === 0) throw new FsyncError('key_mismatch', 'the server holds no key of this vault for this account');
  return vaultKeys;
}
