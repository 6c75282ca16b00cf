/** What is known of each vault without the server: its genesis commit, and the reply with boxed keys and sealed name. */
import { join } from 'node:path';
import { z } from 'zod';
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import type { VaultId } from '../../core/base/ids.js';
import { vaultReply, type VaultReply } from '../../core/protocol/http.js';
import { readJsonFile, removeFile, writeJsonFile } from '../home/json-file.js';

export interface CachedVault {
  readonly reply: VaultReply;
  /** Signed genesis commit: its hash is the vault id. */
  readonly genesis: Uint8Array;
  /** Epoch → commitment to its key, from the verified log; without epoch 1, which the genesis names. */
  readonly keyChecks: ReadonlyMap<number, string>;
}

export interface VaultCache {
  load(vault: VaultId): CachedVault | null;
  save(entry: CachedVault): void;
  drop(vault: VaultId): void;
}

const vaultDocument = z.object({
  schema: z.literal(1),
  reply: vaultReply,
  genesis: z.string(),
  keyChecks: z.array(z.tuple([z.number().int().min(2), z.string()])),
});

export function createVaultCache(cacheDir: string): VaultCache {
  const file = (vault: VaultId): string => join(cacheDir, 'vaults', `${vault}.json`);
  return {
    load(vault) {
      const document = readJsonFile(file(vault), vaultDocument);
      if (document === null) return null;
      return { reply: document.reply, genesis: fromBase64Url(document.genesis), keyChecks: new Map(document.keyChecks) };
    },
    save({ reply, genesis, keyChecks }) {
      writeJsonFile(file(reply.vault), { schema: 1, reply, genesis: toBase64Url(genesis), keyChecks: [...keyChecks] });
    },
    drop(vault) {
      removeFile(file(vault));
    },
  };
}
