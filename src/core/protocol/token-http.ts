/** Bodies of the HTTP interface that are about tokens. */
import { z } from 'zod';
import { TOKEN_VAULT_LIMIT } from '../account/token-scope.js';
import { accountId, bytesText, count, credentialId, hexId, links, sealedName, userName, vaultId } from './http.js';

const accessToken = z.string().min(1).max(2048);

/** A vault key of one epoch, boxed to the token. */
const tokenKeyBox = z.strictObject({ vault: vaultId, epoch: count.min(1), box: bytesText(1024) });
const tokenKeyBoxes = z.array(tokenKeyBox).max(TOKEN_VAULT_LIMIT * 64);

/** `signature`: the token's key over domain "token" of CBOR [sha256(secret), time]. */
export const tokenSessionRequest = z.strictObject({ token: credentialId, secret: bytesText(32), time: count, signature: bytesText(64) });
export const tokenSessionReply = z.object({
  accessToken,
  accessExpiresInMs: count,
  accountId,
  user: userName,
  /** The chain of the account, in which the token and what it may do stand. */
  links,
  /** Sealed for the holder of the token. */
  nameSealed: sealedName,
});
export type TokenSession = z.infer<typeof tokenSessionReply>;

/** `links` are the new ones only: the one that adds the token. */
export const createTokenRequest = z.strictObject({
  links: links.min(1).max(4),
  token: z.strictObject({
    id: credentialId,
    /** SHA-256 of the secret that the token signs in with. */
    secretHash: hexId<string>(32),
    nameSealed: sealedName,
    holderNameSealed: sealedName,
  }),
  keyBoxes: tokenKeyBoxes,
});

/** What each may do is in the account's chain. */
export const tokenListReply = z.object({
  tokens: z.array(
    z.object({
      id: credentialId,
      nameSealed: z.string(),
      createdAt: count,
      lastUsedAt: count.nullable(),
      revoked: z.boolean(),
      /** Of which epochs of which vaults it holds the key. */
      keys: z.array(z.object({ vault: vaultId, epoch: count })),
    }),
  ),
});

export const tokenPath = z.strictObject({ token: credentialId });
export const revokeTokenRequest = z.strictObject({ links: links.max(4) });
/** The keys of epochs that began after the token was made. */
export const tokenKeysRequest = z.strictObject({ keyBoxes: tokenKeyBoxes });
