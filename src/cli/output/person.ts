/** How a person is named in a line. */
import type { PersonDocument } from '../../core/protocol/member-documents.js';

const ID_SHOWN = 12;

/** 'grace'; 'grace (not verified)' while that is only the server's word; the beginning of the account id without any name. */
export function personName({ account, user, verified }: PersonDocument): string {
  if (user === null) return account.slice(0, ID_SHOWN);
  return verified ? user : `${user} (not verified)`;
}
