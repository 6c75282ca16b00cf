/** share, unshare, members: who may read and write a vault. */
import { FsyncError } from '../../core/base/errors.js';
import type { Role } from '../../core/protocol/ipc.js';
import type { LookupDocument, MemberEntry } from '../../core/protocol/member-documents.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { personName } from '../output/person.js';
import { formatTime } from '../output/quantities.js';
import { alignColumns, bold, dim, yellow } from '../output/text.js';
import { ask } from '../prompt.js';
import { findVault } from '../vault-root.js';

const NETWORK_IDLE_MS = 120_000;
const ID_SHOWN = 12;

export async function runShare(context: CommandContext, args: Arguments): Promise<number> {
  const { daemon, output, cwd } = context;
  const user = args.operands[0] ?? '';
  const role = roleOf(args.text('role'));
  const { root } = findVault(cwd, '.');
  const found = await daemon.call('account.lookup', { user, words: args.text('words') }, { idleTimeoutMs: NETWORK_IDLE_MS });
  const verified = found.person.verified || (!args.flag('yes') && (await compareWords(context, found)));
  const params = { root, user, account: found.person.account, role, verified };
  const document = await daemon.call('vault.share', params, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  output.line([bold(user), ` is ${ROLE_WORDS[role]} of ${document.vault.name}${document.commit === null ? ' already' : ' now'}.`]);
  if (document.before === null)
    output.line(dim(`They find it with fsync vaults, and attach a folder with: fsync clone ${document.vault.name}`));
  if (!document.member.verified) output.line(yellow('The safety words were not compared: the server may have named another account.'));
  return 0;
}

const ROLE_WORDS: Readonly<Record<Role, string>> = { reader: 'a reader', writer: 'a writer', owner: 'an owner' };

function roleOf(text: string | null): Role {
  if (text === 'reader' || text === 'writer' || text === 'owner') return text;
  throw new FsyncError('usage', 'what may the account do?', { hints: ['Say it with --role reader, --role writer or --role owner.'] });
}

/** @returns true: a person says that they are the same. @throws FsyncError usage without a terminal, aborted for a no */
async function compareWords(context: CommandContext, { me, person }: LookupDocument): Promise<boolean> {
  const { output, stdin } = context;
  if (stdin.isTTY !== true)
    throw new FsyncError('usage', `the safety words of ${person.user} were never compared, and there is no terminal to ask on`, {
      hints: [`Give what fsync whoami shows ${person.user} with --words "…", or share without comparing: --yes`],
    });
  output.note(`Safety words of ${me.user} (you):`);
  output.note(['  ', bold(me.words)]);
  output.note(`Safety words of ${person.user}, as the server says:`);
  output.note(['  ', bold(person.words)]);
  output.note(`Ask ${person.user}, by phone or face to face: fsync whoami must show the same words there.`);
  const answer = await ask(context, { text: 'Are they the same? [y/N]', hidden: false, instead: '--words or --yes' });
  if (/^y(es)?$/i.test(answer)) return true;
  throw new FsyncError('aborted', 'nothing was shared');
}

export async function runUnshare({ daemon, output, cwd }: CommandContext, args: Arguments): Promise<number> {
  const { root } = findVault(cwd, '.');
  const document = await daemon.call('vault.unshare', { root, user: args.operands[0] ?? '' }, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  output.line([bold(document.member.user ?? document.member.account.slice(0, ID_SHOWN)), ` cannot reach ${document.vault.name} any more.`]);
  output.line(dim('What is on their devices stays there.'));
  if (document.rotationPending) output.line(yellow(ROTATION_PENDING));
  return 0;
}

const ROTATION_PENDING =
  'Key rotation is pending: the vault goes on with a key that a removed member has held. The server refuses them; only together could they read what is new.';

export async function runMembers({ daemon, output, cwd, now }: CommandContext, args: Arguments): Promise<number> {
  const { root } = findVault(cwd, '.');
  const document = await daemon.call('vault.members', { root }, { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: output.event });
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  const rows = document.members.map((member) => [
    member.user ?? member.account.slice(0, ID_SHOWN),
    member.role,
    member.since === null ? '-' : formatTime(member.since, now()),
    comparison(member),
  ]);
  const [head = '', ...lines] = alignColumns([['USER', 'ROLE', 'SINCE', 'SAFETY WORDS'], ...rows]);
  output.line(bold(head));
  for (const line of lines) output.line(line);
  if (args.flag('words')) {
    output.line();
    for (const member of document.members) output.line([bold(personName(member)), `: ${member.words}`]);
  }
  if (document.rotationPending) output.line(yellow(ROTATION_PENDING));
  return 0;
}

function comparison({ current, verified }: MemberEntry): string {
  if (current) return 'this account';
  return verified ? 'compared' : 'not compared';
}
