/** The newest verified head of each vault, in the key store: outside the folder and its database, so that neither can go back unnoticed. */
import { z } from 'zod';
import { parseCommitHash, type CommitHash, type VaultId } from '../../core/base/ids.js';
import { FsyncError } from '../../core/base/errors.js';
import type { Logger } from '../../core/base/effects.js';
import type { Watermarks } from '../engine-deps.js';
import type { ValueStore } from '../keys/key-store.js';

export interface WatermarksDeps {
  /** The store of whoever is signed in. @throws FsyncError not_signed_in */
  readonly keyStore: () => ValueStore;
  readonly logger: Logger;
  /** How long raises are put together, milliseconds. */
  readonly delayMs?: number;
}

interface Head {
  readonly seq: number;
  readonly hash: CommitHash;
}

const DELAY_MS = 5_000;
const storedHead = z.object({ seq: z.number().int().min(1), hash: z.string().transform((text) => parseCommitHash(text)) });

export function createWatermarks(deps: WatermarksDeps): Watermarks {
  const known = new Map<VaultId, Head>();
  const unsaved = new Set<VaultId>();
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  const save = async (): Promise<void> => {
    for (const vault of [...unsaved]) {
      unsaved.delete(vault);
      const head = known.get(vault);
      const stored = await load(deps.keyStore(), vault);
      if (head !== undefined && head.seq > (stored?.seq ?? 0)) await deps.keyStore().set(keyName(vault), JSON.stringify(head));
    }
  };
  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    writing = writing.then(save, save);
    return writing;
  };

  return {
    async get(vault) {
      const head = known.get(vault) ?? (await load(deps.keyStore(), vault));
      if (head !== null && !known.has(vault)) known.set(vault, head);
      return head;
    },
    raise(vault, head) {
      if (head.seq <= (known.get(vault)?.seq ?? 0)) return;
      known.set(vault, head);
      unsaved.add(vault);
      timer ??= setTimeout(() => {
        flush().catch((error: unknown) => {
          deps.logger.warn('the newest heads could not be stored with the keys', { error });
        });
      }, deps.delayMs ?? DELAY_MS);
    },
    async reset(vault) {
      known.delete(vault);
      unsaved.delete(vault);
      await deps.keyStore().delete(keyName(vault));
    },
    flush,
  };
}

function keyName(vault: VaultId): string {
  return `watermark.${vault}`;
}

async function load(keys: ValueStore, vault: VaultId): Promise<Head | null> {
  const text = await keys.get(keyName(vault));
  if (text === null) return null;
  const parsed = storedHead.safeParse(JSON.parse(text));
  if (!parsed.success) throw new FsyncError('key_store_unavailable', 'the key store returns a head that was not stored there');
  return parsed.data;
}
