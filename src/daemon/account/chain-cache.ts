/** Chains of accounts on disk: own and others', each with the head it was verified up to. */
import { join } from 'node:path';
import { z } from 'zod';
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import type { AccountId } from '../../core/base/ids.js';
import { readJsonFile, removeFile, writeJsonFile } from '../home/json-file.js';

export interface ChainCache {
  /** Null when nothing is known of the account. */
  load(account: AccountId): readonly Uint8Array[] | null;
  save(account: AccountId, links: readonly Uint8Array[]): void;
  drop(account: AccountId): void;
}

const chainDocument = z.object({ schema: z.literal(1), links: z.array(z.string()) });

export function createChainCache(cacheDir: string): ChainCache {
  const file = (account: AccountId): string => join(cacheDir, 'chains', `${account}.json`);
  return {
    load: (account) => readJsonFile(file(account), chainDocument)?.links.map(fromBase64Url) ?? null,
    save(account, links) {
      writeJsonFile(file(account), { schema: 1, links: links.map(toBase64Url) });
    },
    drop(account) {
      removeFile(file(account));
    },
  };
}
