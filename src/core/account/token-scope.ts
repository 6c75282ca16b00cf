/**
 * What a token may do: which vaults, reading or writing, until when. It stands in the signed link
 * that adds the token and in the token's own proof, so neither a server nor the token can widen it.
 */
import { fromHex, toHex } from '../base/bytes.js';
import { bytesOf, flagOf, integerOf, listOf, mapOf, misfit } from '../base/cbor-fields.js';
import type { CborValue } from '../base/cbor.js';
import { parseVaultId, type VaultId } from '../base/ids.js';

export interface TokenScope {
  /** In ascending order, none twice. */
  readonly vaults: readonly VaultId[];
  readonly write: boolean;
  /** Epoch milliseconds; at and after it the token is worth nothing. */
  readonly expiresAt: number;
}

export const TOKEN_VAULT_LIMIT = 64;
export const TOKEN_LIFETIME_MS = 365 * 86_400_000;

export function tokenScope(vaults: readonly VaultId[], { write, expiresAt }: Omit<TokenScope, 'vaults'>): TokenScope {
  return { vaults: [...new Set(vaults)].sort(), write, expiresAt };
}

export function scopeToCbor({ vaults, write, expiresAt }: TokenScope): CborValue {
  return { vaults: vaults.map(fromHex), write, expires: expiresAt };
}

/** Throws integrity, also for vaults that are out of order: one scope has one encoding. */
export function scopeFromCbor(value: CborValue): TokenScope {
  const what = 'the scope of a token';
  const map = mapOf(value, ['vaults', 'write', 'expires'], what);
  const vaults = listOf(map.vaults, TOKEN_VAULT_LIMIT, what).map((id) => parseVaultId(toHex(bytesOf(id, 32, what))));
  if (vaults.length === 0 || vaults.some((vault, index) => index > 0 && vault <= (vaults[index - 1] ?? ''))) throw misfit(what);
  return { vaults, write: flagOf(map.write, what), expiresAt: integerOf(map.expires, what, 1) };
}

/** Why a commit of this vault, made at this time (epoch milliseconds), is not the token's to sign; null when it is. */
export function outsideScope(scope: TokenScope, commit: { readonly vault: VaultId | null; readonly at: number }): string | null {
  if (!scope.write) return 'a token that may only read';
  if (commit.vault === null || !scope.vaults.includes(commit.vault)) return 'a token of other vaults';
  return commit.at >= scope.expiresAt ? 'a token that had expired' : null;
}
