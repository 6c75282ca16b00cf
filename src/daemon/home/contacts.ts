/** `contacts.json`: the accounts that were looked up here, by the account that did. Kept although the caches are cleared: it holds the pins. */
import { z } from 'zod';
import { parseAccountId, type AccountId } from '../../core/base/ids.js';
import { readJsonFile, writeJsonFile } from './json-file.js';

export interface Contact {
  readonly account: AccountId;
  /** Login name. */
  readonly user: string;
  /** The newest link of its chain that was verified; null for one whose chain was never asked for. */
  readonly pin: { readonly seq: number; readonly hash: string } | null;
  /** The safety words were compared by a person. */
  readonly verified: boolean;
}

export interface Contacts {
  list(by: AccountId): readonly Contact[];
  /** Replaces what was known of the account, and whoever else had the login name. */
  put(by: AccountId, contact: Contact): void;
}

const accountId = z.string().transform((text) => parseAccountId(text));
const contactsDocument = z.object({
  schema: z.literal(1),
  contacts: z.array(
    z.object({
      by: accountId,
      account: accountId,
      user: z.string(),
      pin: z.object({ seq: z.number().int().min(1), hash: z.string() }).nullable(),
      verified: z.boolean(),
    }),
  ),
});

/** Reads the file once; every change is written before the call returns. */
export function openContacts(file: string): Contacts {
  let contacts: z.infer<typeof contactsDocument>['contacts'] = readJsonFile(file, contactsDocument)?.contacts ?? [];
  return {
    list: (by) => contacts.filter((entry) => entry.by === by).map(({ account, user, pin, verified }) => ({ account, user, pin, verified })),
    put(by, contact) {
      const others = contacts.filter((entry) => entry.by !== by || (entry.account !== contact.account && entry.user !== contact.user));
      const next = [...others, { by, ...contact }];
      writeJsonFile(file, { schema: 1, contacts: next });
      contacts = next;
    },
  };
}
