/** The opened home of this process: its paths, and the documents that hold no secrets. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { parseAccountId, parseCredentialId, type AccountId, type CredentialId } from '../../core/base/ids.js';
import { homePaths, type HomePaths } from '../../core/home/home-paths.js';
import { makePrivateDirectory, readJsonFile, removeFile, writeJsonFile } from './json-file.js';

/** `account.json`: who is signed in here. No secrets. */
export interface AccountRecord {
  readonly user: string;
  readonly account: AccountId;
  /** Base URL without a slash at the end. */
  readonly server: string;
  /** Absolute path of a PEM file with additional authorities, or null. */
  readonly caFile: string | null;
  readonly device: { readonly id: CredentialId; readonly name: string };
  readonly keyStore: 'keychain' | 'sealed-file' | 'insecure-file';
}

export interface Home {
  readonly paths: HomePaths;
  /** Copies of what signatures or seals prove (chains, boxed keys). */
  readonly cacheDir: string;
  account(): AccountRecord | null;
  setAccount(record: AccountRecord | null): void;
}

const accountRecord = z.object({
  schema: z.literal(1),
  user: z.string(),
  account: z.string().transform((text) => parseAccountId(text)),
  server: z.string(),
  caFile: z.string().nullable(),
  device: z.object({ id: z.string().transform((text) => parseCredentialId(text)), name: z.string() }),
  keyStore: z.enum(['keychain', 'sealed-file', 'insecure-file']),
});

/** The paths of the home that the environment of this process names. */
export function currentHomePaths(env: Readonly<Record<string, string | undefined>>): HomePaths {
  return homePaths({ env, platform: process.platform, homedir: homedir(), uid: process.getuid?.() ?? 0, cwd: process.cwd() });
}

/** Makes the state directory if needed; reads lazily. */
export function openHome(paths: HomePaths): Home {
  makePrivateDirectory(paths.stateDir);
  return {
    paths,
    cacheDir: join(paths.stateDir, 'cache'),
    account: () => readJsonFile(paths.accountFile, accountRecord),
    setAccount(record) {
      if (record === null) removeFile(paths.accountFile);
      else writeJsonFile(paths.accountFile, { schema: 1, ...record });
    },
  };
}
