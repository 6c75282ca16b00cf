/** What is remembered of the account that a token belongs to: enough to start without the server. */
import { z } from 'zod';
import type { AccountState } from '../../core/account/chain.js';
import type { TokenScope } from '../../core/account/token-scope.js';
import { FsyncError } from '../../core/base/errors.js';
import { parseAccountId, type AccountId, type CredentialId } from '../../core/base/ids.js';
import type { ValueStore } from '../keys/key-store.js';

export interface TokenHolder {
  readonly account: AccountId;
  readonly user: string;
  /** Name of the token. */
  readonly name: string;
  /** The newest link of the account's chain that was verified; `hash` is hex. */
  readonly pin: { readonly seq: number; readonly hash: string };
}

const HOLDER = 'holder';

const storedHolder = z.object({
  account: z.string().transform((text) => parseAccountId(text)),
  user: z.string(),
  name: z.string(),
  pin: z.object({ seq: z.number().int().min(1), hash: z.string() }),
});

export async function loadHolder(store: ValueStore): Promise<TokenHolder | null> {
  const text = await store.get(HOLDER);
  return text === null ? null : storedHolder.parse(JSON.parse(text));
}

export async function storeHolder(store: ValueStore, holder: TokenHolder): Promise<void> {
  await store.set(HOLDER, JSON.stringify(holder));
}

/** What the chain lets the token do. @throws FsyncError key_mismatch when it is not in it, session_expired when it was revoked */
export function scopeIn(chain: AccountState, token: CredentialId): TokenScope {
  const credential = chain.credentials.get(token);
  if (credential === undefined || credential.scope === null) {
    throw new FsyncError('key_mismatch', 'the server answered with an account that this token does not belong to');
  }
  if (credential.revokedAtSeq !== null) {
    throw new FsyncError('session_expired', 'the token was revoked', {
      hints: ['Make another one on a device that is signed in: fsync token create'],
    });
  }
  return credential.scope;
}
