/** What the daemon tells about the account and its devices. */
export interface AccountDocument {
  readonly schema: 'fsync/whoami/1';
  readonly user: string;
  readonly account: string;
  /** 12 words by which others make sure that they have the right account. */
  readonly safetyWords: string;
  readonly server: string;
  readonly device: { readonly id: string; readonly name: string };
  /** Where the device's secret is kept; `token`: nowhere, it comes from FSYNC_TOKEN. */
  readonly keyStore: 'keychain' | 'sealed-file' | 'insecure-file' | 'token';
  /** What it may do, when `device` is a token; null for a device. */
  readonly token: TokenRights | null;
  /** The server was asked and said that the session of the device is over: only a new sign-in helps. */
  readonly sessionEnded?: boolean;
}

export interface TokenRights {
  /** `name` is null for a vault that was not seen yet, or is not open to the account any more. */
  readonly vaults: readonly { readonly id: string; readonly name: string | null }[];
  readonly access: 'read' | 'write';
  readonly expiresAt: string;
}

export interface TokenCreateDocument extends TokenRights {
  readonly schema: 'fsync/token-create/1';
  /** Shown once; whoever has it can do what it may do. */
  readonly token: string;
  readonly id: string;
  readonly name: string;
}

export interface TokenEntry extends TokenRights {
  readonly id: string;
  /** Null when it cannot be read with the keys of the account. */
  readonly name: string | null;
  readonly createdAt: string | null;
  readonly lastUsedAt: string | null;
  readonly expired: boolean;
}

export interface TokenListDocument {
  readonly schema: 'fsync/token-list/1';
  /** Without those that were revoked. */
  readonly tokens: readonly TokenEntry[];
}

export interface TokenRevokeDocument {
  readonly schema: 'fsync/token-revoke/1';
  readonly id: string;
  readonly name: string | null;
  readonly revoked: true;
}

export interface RegisterDocument extends Omit<AccountDocument, 'schema'> {
  readonly schema: 'fsync/register/1';
  /** Shown once; opens the account without the password. */
  readonly recoveryPhrase: string;
}

export interface DeviceEntry {
  readonly id: string;
  /** Null when it cannot be read with the keys of the account. */
  readonly name: string | null;
  /** The one that was asked. */
  readonly current: boolean;
  readonly createdAt: string;
  readonly lastSeenAt: string;
}

export interface DeviceListDocument {
  readonly schema: 'fsync/device-list/1';
  /** Without those that were revoked. */
  readonly devices: readonly DeviceEntry[];
}

export interface DeviceRenameDocument {
  readonly schema: 'fsync/device-rename/1';
  readonly id: string;
  readonly before: string | null;
  readonly name: string;
}

export interface DeviceRevokeDocument {
  readonly schema: 'fsync/device-revoke/1';
  readonly id: string;
  readonly name: string | null;
  readonly revoked: true;
}
