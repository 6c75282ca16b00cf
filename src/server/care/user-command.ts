/** fsync server user: who has an account, and what the operator may do with it. */
import { FsyncError } from '../../core/base/errors.js';
import { openCare } from '../compose-care.js';
import { createUsers, type Users } from '../services/users.js';
import type { UserRow } from '../store/user-store.js';
import { byteText, clock, columns, printDocument, timeText, type CareCommand, type CareContext } from './care-command.js';

const UNITS: Readonly<Record<string, number>> = { b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 };

/** '5GiB' or bytes; 'none' and 0 are no limit (null). @throws FsyncError usage */
export function parseQuota(text: string): number | null {
  if (text.toLowerCase() === 'none') return null;
  const [, number = '', unit = 'b'] = /^(\d{1,15}(?:\.\d{1,3})?) ?([a-z]{1,3})?$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  const bytes = Math.floor(Number(number) * (factor ?? Number.NaN));
  if (number === '' || !Number.isSafeInteger(bytes)) {
    throw new FsyncError('usage', `not a number of bytes: ${text.slice(0, 40)}`, { hints: ['Write 5000000000, 5GiB or none.'] });
  }
  return bytes === 0 ? null : bytes;
}

type Action = (
  users: Users,
  context: CareContext,
  names: { readonly user: string; readonly value: string | undefined },
) => Promise<readonly UserRow[]>;

function confirm({ line }: CareContext, user: string): void {
  const given = line.text('yes');
  if (given === user) return;
  throw new FsyncError('usage', given === null ? `this deletes ${user} and all its vaults` : `the name does not match: ${given}`, {
    hints: [`Nothing was deleted. Confirm it with --yes ${user}`],
  });
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: (users) => users.list(),
  disable: async (users, _context, { user }) => [await users.setDisabled(user, true)],
  enable: async (users, _context, { user }) => [await users.setDisabled(user, false)],
  quota: async (users, _context, { user, value }) => {
    if (value === undefined) throw new FsyncError('usage', 'the quota is missing', { hints: ['Write 5000000000, 5GiB or none.'] });
    return [await users.setQuota(user, parseQuota(value))];
  },
  delete: async (users, context, { user }) => {
    await users.find(user);
    confirm(context, user);
    return [await users.remove(user)];
  },
};

function actionOf(word: string | undefined): Action {
  const action = word === undefined || !Object.hasOwn(ACTIONS, word) ? undefined : ACTIONS[word];
  if (action === undefined) throw new FsyncError('usage', `expected one of ${Object.keys(ACTIONS).join(', ')}`);
  return action;
}

function namesOf([word, user, value]: readonly string[]): { readonly user: string; readonly value: string | undefined } {
  const surplus = word === 'list' ? user : word === 'quota' ? undefined : value;
  if (surplus !== undefined) throw new FsyncError('usage', `unexpected argument: ${surplus}`);
  if (word !== 'list' && user === undefined) throw new FsyncError('usage', 'the name of the user is missing');
  return { user: user ?? '', value };
}

const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function documentOf(row: UserRow): object {
  const { user, id, devices, vaults, usedBytes, quotaBytes } = row;
  return {
    user,
    account: id,
    devices,
    vaults,
    usedBytes,
    quotaBytes,
    createdAt: time(row.createdAt),
    lastSeenAt: time(row.lastSeenAt),
    disabledAt: time(row.disabledAt),
  };
}

function table(rows: readonly UserRow[]): string {
  return columns([
    ['USER', 'DEVICES', 'VAULTS', 'USED', 'QUOTA', 'LAST SEEN', ''],
    ...rows.map((row) => [
      row.user,
      String(row.devices),
      String(row.vaults),
      byteText(row.usedBytes),
      row.quotaBytes === null ? 'none' : byteText(row.quotaBytes),
      timeText(row.lastSeenAt),
      row.disabledAt === null ? '' : 'disabled',
    ]),
  ]);
}

export const userCommand: CareCommand = {
  usage: 'user list | disable NAME | enable NAME | quota NAME BYTES | delete NAME --yes NAME [--json]',
  extras: {
    flags: ['json'],
    texts: ['yes'],
    operands: [
      { name: 'ACTION', required: true },
      { name: 'NAME', required: false },
      { name: 'BYTES', required: false },
    ],
  },
  async run(context) {
    const { line, logger, print } = context;
    const [word] = line.operands;
    const action = actionOf(word);
    const names = namesOf(line.operands);
    const care = await openCare(line.options, { clock, logger });
    try {
      const rows = await action(createUsers(care), context, names);
      if (line.flag('json')) printDocument(context, 'fsync/server-user/1', { action: word, users: rows.map(documentOf) });
      else if (word === 'delete') print(`Deleted ${names.user} and its vaults; fsync server gc frees their room.\n`);
      else print(table(rows));
      return 0;
    } finally {
      await care.close();
    }
  },
};
