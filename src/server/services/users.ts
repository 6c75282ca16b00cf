/** What the operator of a server does with accounts. Servers that run beside notice it within seconds. */
import { randomUUID } from 'node:crypto';
import { FsyncError } from '../../core/base/errors.js';
import { inTransaction, type Queries } from '../store/database.js';
import { instanceId } from '../store/upkeep-store.js';
import { bumpAccessEpoch, eraseAccount, readUsers, setDisabled, setQuota, type UserRow } from '../store/user-store.js';
import type { ServiceContext } from './service-context.js';

/** Each throws not_found for a name that no account has; the changes return the account as it is after them. */
export interface Users {
  list(): Promise<readonly UserRow[]>;
  find(user: string): Promise<UserRow>;
  setDisabled(user: string, disabled: boolean): Promise<UserRow>;
  /** `null`: no limit of its own. */
  setQuota(user: string, quotaBytes: number | null): Promise<UserRow>;
  /** Returns the account as it was. */
  remove(user: string): Promise<UserRow>;
}

export function createUsers({ database, clock }: Pick<ServiceContext, 'database' | 'clock'>): Users {
  async function find(user: string, db: Queries = database): Promise<UserRow> {
    const [row] = await readUsers(db, user);
    if (row === undefined)
      throw new FsyncError('not_found', `no such user: ${user}`, { hints: ['See who there is: fsync server user list'] });
    return row;
  }

  /** The row of the instance is locked first: one change at a time. */
  async function change(user: string, work: (trx: Queries, row: UserRow) => Promise<void>): Promise<UserRow> {
    await instanceId(database, randomUUID());
    return inTransaction(database, async (trx) => {
      await bumpAccessEpoch(trx);
      const row = await find(user, trx);
      await work(trx, row);
      return row;
    });
  }

  return {
    list: () => readUsers(database, null),
    find,

    async setDisabled(user, disabled) {
      await change(user, (trx, { id }) => setDisabled(trx, id, disabled ? clock.now() : null));
      return find(user);
    },

    async setQuota(user, quotaBytes) {
      await change(user, (trx, { id }) => setQuota(trx, id, quotaBytes));
      return find(user);
    },

    remove: (user) => change(user, (trx, { id }) => eraseAccount(trx, id, clock.now())),
  };
}
