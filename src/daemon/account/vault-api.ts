/** The vaults of the signed-in account: listing, making, deleting, and opening their keys. */
import { headOf } from '../../core/account/chain.js';
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import type { Clock, Logger, RandomBytes } from '../../core/base/effects.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { VaultId } from '../../core/base/ids.js';
import { signCommit, vaultIdOf } from '../../core/log/commit.js';
import { CHUNKER, NAME_RULE } from '../../core/log/log-verifier.js';
import { boxVaultKey, sealVaultName } from '../../core/log/vault-key-box.js';
import { deriveVaultKeys, vaultKeyCheck } from '../../core/log/vault-keys.js';
import { SUITE } from '../../core/crypto/seal.js';
import { createVaultReply, feedPage, vaultListReply, vaultReply, type VaultReply } from '../../core/protocol/http.js';
import type { AccountHolder, AccountKeys, VaultApi, VaultInfo } from '../engine-deps.js';
import { readReply } from '../remote/http-client.js';
import type { VaultClient } from '../remote/remote-vault.js';
import type { AccountService } from './account-service.js';
import { openVaultInfo, openVaultKeys } from './open-vault-info.js';
import type { VaultCache } from './vault-cache.js';

export interface VaultApiDeps {
  readonly client: Pick<VaultClient, 'send'>;
  readonly account: Pick<AccountHolder, 'current' | 'require'> & Pick<AccountService, 'refreshChain'>;
  readonly cache: VaultCache;
  readonly random: RandomBytes;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The log named keys of later epochs: tokens are to get them as well. */
  readonly onLaterKeys?: () => void;
}

const FIRST_EPOCH = 1;

export function createVaultApi(deps: VaultApiDeps): VaultApi {
  const get: VaultApi['get'] = async (vault, { signal }) => {
    const reply = readReply(vaultReply, await deps.client.send({ method: 'GET', path: `/vaults/${vault}`, signal }));
    if (reply.vault !== vault) throw new FsyncError('integrity', 'the server answered about another vault');
    return remember(deps, reply, signal);
  };
  return {
    get,
    list: (options) => listVaults(deps, options.signal),
    async cached(vault) {
      const account = deps.account.current();
      const entry = account === null ? null : deps.cache.load(vault);
      return Promise.resolve(account === null || entry === null ? null : openVaultInfo(account, entry));
    },
    create: (name, options) => createVault(deps, name, options.signal),
    async delete(vault, { signal }) {
      await deps.client.send({ method: 'DELETE', path: `/vaults/${vault}`, signal });
      deps.cache.drop(vault);
    },
    async vaultKeys(vault, keyChecks, { signal }) {
      const reply = readReply(vaultReply, await deps.client.send({ method: 'GET', path: `/vaults/${vault}`, signal }));
      const genesis = deps.cache.load(vault)?.genesis ?? (await fetchGenesis(deps, vault, signal));
      const keys = openVaultKeys(deps.account.require(), { reply, genesis, keyChecks: laterThanFirst(keyChecks) });
      if ([...keyChecks.keys()].every((epoch) => keys.has(epoch))) return keys;
      throw new FsyncError('key_mismatch', 'the server holds not every key of this vault for this account');
    },
    async acceptKeyChecks(vault, keyChecks, options) {
      const entry = deps.cache.load(vault);
      if (entry === null) throw new FsyncError('not_found', 'this vault was never opened on this device');
      const later = laterThanFirst(keyChecks);
      deps.cache.save({ ...entry, keyChecks: later });
      const lacksBox = [...later.keys()].some((epoch) => !entry.reply.keyBoxes.some((box) => box.epoch === epoch));
      const keyring = lacksBox
        ? (await get(vault, options)).keyring
        : openVaultInfo(deps.account.require(), { ...entry, keyChecks: later }).keyring;
      if (later.size > entry.keyChecks.size) deps.onLaterKeys?.();
      return keyring;
    },
  };
}

/** Without the first epoch, of which the genesis commit names the key. */
function laterThanFirst(keyChecks: ReadonlyMap<number, string>): ReadonlyMap<number, string> {
  return new Map([...keyChecks].filter(([epoch]) => epoch > FIRST_EPOCH));
}

async function listVaults(deps: VaultApiDeps, signal: AbortSignal): Promise<readonly VaultInfo[]> {
  const { vaults } = readReply(vaultListReply, await deps.client.send({ method: 'GET', path: '/vaults', signal }));
  const opened: VaultInfo[] = [];
  for (const reply of vaults) {
    try {
      opened.push(await remember(deps, reply, signal));
    } catch (error) {
      if (!isFsyncError(error) || error.kind.category !== 'integrity') throw error;
      deps.logger.error('a vault cannot be opened with the keys of this account', { vault: reply.vault, error });
    }
  }
  return opened;
}

/** Checks and opens a reply, then keeps it for starting without the network. */
async function remember(deps: VaultApiDeps, reply: VaultReply, signal: AbortSignal): Promise<VaultInfo> {
  const known = deps.cache.load(reply.vault);
  const entry = {
    reply,
    genesis: known?.genesis ?? (await fetchGenesis(deps, reply.vault, signal)),
    keyChecks: known?.keyChecks ?? new Map<number, string>(),
  };
  // Another device may have made a new user key since, and this vault with it.
  const { scope, userKeys } = deps.account.require();
  if (scope === null && reply.keyBoxes.some(({ generation }) => !userKeys.has(generation))) await deps.account.refreshChain(signal);
  const info = openVaultInfo(deps.account.require(), entry);
  if (known === null || durablePart(known.reply) !== durablePart(reply)) deps.cache.save(entry);
  return info;
}

/** What is worth a write: head and size change all the time and nobody starts from them. */
function durablePart({ role, owner, historyId, members, nameSealed, keyBoxes }: VaultReply): string {
  return JSON.stringify([role, owner, historyId, members, nameSealed, keyBoxes]);
}

async function fetchGenesis(deps: VaultApiDeps, vault: VaultId, signal: AbortSignal): Promise<Uint8Array> {
  const reply = await deps.client.send({ method: 'GET', path: '/sync/changes', query: { vault, since: 0, limit: 1 }, signal });
  const [first] = readReply(feedPage, reply).commits;
  if (first === undefined) throw new FsyncError('broken_chain', 'the server has a vault without a first commit');
  return fromBase64Url(first.signed);
}

async function createVault(deps: VaultApiDeps, name: string, signal: AbortSignal): Promise<VaultInfo> {
  const account = deps.account.require();
  const normal = name.normalize('NFC');
  for (const other of await listVaults(deps, signal)) {
    if (other.name.normalize('NFC') !== normal) continue;
    throw new FsyncError('already_exists', `there is a vault named ${JSON.stringify(normal)} already`, {
      hints: ['Attach a folder to it with fsync clone, or choose another name with --name.'],
    });
  }
  const vaultKey = deps.random(32);
  const genesis = signGenesis(account, vaultKey, deps.clock.now());
  const vault = vaultIdOf(genesis);
  const keys = deriveVaultKeys(vault, FIRST_EPOCH, vaultKey);
  const { generation, boxPublicKey } = account.chain.userKey;
  const box = boxVaultKey(deps.random, boxPublicKey, { vault, epoch: FIRST_EPOCH, account: account.account, generation }, vaultKey);
  const nameSealed = toBase64Url(sealVaultName(deps.random, keys, normal));
  const keyBox = { epoch: FIRST_EPOCH, generation, box: toBase64Url(box) };
  const reply = await deps.client.send({
    method: 'POST',
    path: '/vaults',
    json: { genesis: toBase64Url(genesis), nameSealed, keyBoxes: [{ ...keyBox, account: account.account }] },
    signal,
  });
  const { historyId, head, vault: answered } = readReply(createVaultReply, reply);
  if (answered !== vault) throw new FsyncError('integrity', 'the server made another vault than the one that was signed');
  const made: VaultReply = {
    vault,
    role: 'owner',
    owner: account.account,
    head,
    historyId,
    usedBytes: 0,
    members: 1,
    devices: 0,
    nameSealed,
    keyBoxes: [keyBox],
  };
  deps.cache.save({ reply: made, genesis, keyChecks: new Map() });
  return openVaultInfo(account, { reply: made, genesis, keyChecks: new Map() });
}

function signGenesis(account: AccountKeys, vaultKey: Uint8Array, nowMs: number): Uint8Array {
  return signCommit(account.credential, {
    vault: null,
    seq: 1,
    prev: null,
    epoch: FIRST_EPOCH,
    account: account.account,
    device: account.device.id,
    chainSeq: account.chain.seq,
    counter: 1,
    stamp: nowMs,
    ops: [],
    type: 'genesis',
    body: {
      owner: account.account,
      ownerChainHead: headOf(account.chain).hash,
      suite: SUITE,
      chunker: CHUNKER,
      nameRule: NAME_RULE,
      keyCheck: vaultKeyCheck(vaultKey, FIRST_EPOCH),
    },
  });
}
