/** What the command line and the daemon say to each other about tokens. */
import type { TokenCreateDocument, TokenListDocument, TokenRevokeDocument } from './account-documents.js';

/**
 * The command line names the token that it was given (FSYNC_TOKEN) by its credential id. A daemon that
 * works for another token, or for a device, refuses the call with `usage`.
 */
export const IPC_TOKEN_HEADER = 'fsync-token-id';

/** Part of IpcMethods. */
export interface TokenMethods {
  /** `vaults`: names or beginnings of ids. `name` null: one is made up. */
  'token.create': {
    params: { readonly name: string | null; readonly vaults: readonly string[]; readonly write: boolean; readonly lifetimeMs: number };
    result: TokenCreateDocument;
  };
  'token.list': { params: Record<string, never>; result: TokenListDocument };
  /** `token`: a name, an id, or the beginning of an id. */
  'token.revoke': { params: { readonly token: string }; result: TokenRevokeDocument };
}
