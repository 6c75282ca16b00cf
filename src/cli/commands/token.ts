/** token create, list, revoke: what jobs and scripts show instead of a password. */
import { FsyncError } from '../../core/base/errors.js';
import type { TokenRights } from '../../core/protocol/account-documents.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatTime } from '../output/quantities.js';
import { alignColumns, bold } from '../output/text.js';

const NETWORK_IDLE_MS = 60_000;
const ID_SHOWN = 12;
const NO_NAME = '(unreadable name)';
const DEFAULT_LIFETIME = '90d';
const MOST_DAYS = 365;
const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/** Nothing but the token goes to stdout, so that it can be piped to where it is kept. */
export async function runTokenCreate({ daemon, output }: CommandContext, args: Arguments): Promise<number> {
  const vaults = args.texts('vault');
  if (vaults.length === 0) {
    throw new FsyncError('usage', 'which vaults may the token reach?', {
      hints: ['Name one or more with --vault; see them with fsync vaults.'],
    });
  }
  const lifetimeMs = lifetimeOf(args.text('expires') ?? DEFAULT_LIFETIME);
  const params = { name: args.operands[0] ?? null, vaults, write: args.flag('write'), lifetimeMs };
  const document = await daemon.call('token.create', params, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) output.document(document);
  else output.line(document.token);
  output.note(`Made the token ${document.name}: ${rightsOf(document)}, until ${dayOf(document.expiresAt)}.`);
  output.note('It is shown only now. Whoever has it can do what it may do: keep it like a password.');
  return 0;
}

export async function runTokenList({ daemon, output, now }: CommandContext, args: Arguments): Promise<number> {
  const document = await daemon.call('token.list', {}, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  if (document.tokens.length === 0) {
    output.line('No tokens. Make one with: fsync token create NAME --vault VAULT');
    return 0;
  }
  const rows = document.tokens.map(({ name, id, lastUsedAt, expiresAt, expired, ...rights }) => [
    name ?? NO_NAME,
    id.slice(0, ID_SHOWN),
    rights.access,
    vaultsOf({ ...rights, expiresAt }),
    lastUsedAt === null ? 'never' : formatTime(lastUsedAt, now()),
    expired ? 'expired' : dayOf(expiresAt),
  ]);
  const [head = '', ...lines] = alignColumns([['NAME', 'ID', 'MAY', 'VAULTS', 'LAST USED', 'UNTIL'], ...rows]);
  output.line(bold(head));
  for (const line of lines) output.line(line);
  return 0;
}

export async function runTokenRevoke({ daemon, output }: CommandContext, args: Arguments): Promise<number> {
  const token = args.operands[0] ?? '';
  const document = await daemon.call('token.revoke', { token }, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) output.document(document);
  else output.line(['Revoked ', bold(document.name ?? NO_NAME), ': it is refused from now on.']);
  return 0;
}

/** 'read assets, site': what a token may do, in words. */
function rightsOf(rights: TokenRights): string {
  return `${rights.access === 'write' ? 'read and write' : 'read'} ${vaultsOf(rights)}`;
}

function vaultsOf({ vaults }: TokenRights): string {
  return vaults.map(({ id, name }) => name ?? id.slice(0, ID_SHOWN)).join(', ');
}

function dayOf(at: string): string {
  return at.slice(0, 10);
}

/** @throws FsyncError usage */
function lifetimeOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([hdw])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? 0);
  if (ms > 0 && ms <= MOST_DAYS * DAY_MS) return ms;
  throw new FsyncError('usage', `--expires is not a time that a token may last: ${JSON.stringify(text.slice(0, 40))}`, {
    hints: ['Write a number with a unit: 12h, 90d, 8w; at most 365d.'],
  });
}
