/**
 * Where this device keeps its secrets. A port with three adapters: the keychain of the operating
 * system, a file sealed under a passphrase, and a file whose key lies beside it.
 */

export type KeyStoreKind = 'keychain' | 'sealed-file' | 'insecure-file';

/** Names are [a-z0-9.:-]{1,100}; values are texts of at most 2,000 characters (the smallest limit among keychains). */
export interface ValueStore {
  /** @throws FsyncError key_store_unavailable */
  get(name: string): Promise<string | null>;
  /** Durable when it returns. @throws FsyncError key_store_unavailable, disk_full */
  set(name: string, value: string): Promise<void>;
  /** No error when there is nothing of that name. */
  delete(name: string): Promise<void>;
}

export interface KeyStore extends ValueStore {
  readonly kind: KeyStoreKind;
}
