/** register, login, logout, whoami. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { FsyncError } from '../../core/base/errors.js';
import type { AccountDocument, TokenRights } from '../../core/protocol/account-documents.js';
import type { IpcParams } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { bold, dim, yellow } from '../output/text.js';
import { ask, readSecretFromStdin } from '../prompt.js';

/** Registering derives keys from the password on purpose slowly, and talks to the server. */
const NETWORK_IDLE_MS = 120_000;

export async function runRegister(context: CommandContext, args: Arguments): Promise<number> {
  const { output, daemon } = context;
  const params = await signInParams(context, args, { twice: true });
  const document = await daemon.call('account.register', params, { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: output.event });
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  printSignedIn(context, document, 'Registered');
  output.line();
  output.line('Recovery phrase (shown only now; write it down: it opens the account without the password):');
  output.line();
  for (const line of phraseLines(document.recoveryPhrase)) output.line(['  ', bold(line)]);
  output.line();
  output.line(dim('Next: make a vault out of a folder with fsync init.'));
  return 0;
}

export async function runLogin(context: CommandContext, args: Arguments): Promise<number> {
  const { output, daemon } = context;
  const params = await signInParams(context, args, { twice: false });
  const document = await daemon.call('account.login', params, { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: output.event });
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  printSignedIn(context, document, 'Signed in');
  output.line(dim('Next: see the vaults with fsync vaults, attach a folder with fsync clone.'));
  return 0;
}

export async function runLogout({ daemon, output }: CommandContext, args: Arguments): Promise<number> {
  const result = await daemon.call('account.logout', {}, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) output.document({ schema: 'fsync/logout/1', ...result });
  else output.line('Signed out. The keys of this device are forgotten; folders and files stay.');
  return 0;
}

export async function runWhoami({ daemon, output }: CommandContext, args: Arguments): Promise<number> {
  const document = await daemon.call('account.whoami', {});
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  output.line([bold(document.user), ` on ${document.server}`]);
  output.line(`${document.token === null ? 'Device: ' : 'Token:  '}  ${document.device.name} (${document.device.id})`);
  if (document.token !== null) printRights(output, document.token);
  output.line(`Account:  ${document.account}`);
  output.line(`Words:    ${document.safetyWords}`);
  output.line(`Secrets:  ${KEY_STORES[document.keyStore]}`);
  if (document.sessionEnded === true) output.line(yellow('Session:  ended by the server. Sign in again: fsync login'));
  return 0;
}

function printRights(output: CommandContext['output'], { vaults, access, expiresAt }: TokenRights): void {
  output.line(`May:      ${access === 'write' ? 'read and write' : 'read'} ${vaults.map(({ id, name }) => name ?? id).join(', ')}`);
  output.line(`Until:    ${expiresAt.slice(0, 16).replace('T', ' ')} UTC`);
}

const KEY_STORES: Readonly<Record<AccountDocument['keyStore'], string>> = {
  keychain: 'in the keychain of the system',
  'sealed-file': 'in a file sealed with a passphrase',
  'insecure-file': 'in a plain file that only its owner can read',
  token: 'in FSYNC_TOKEN, nowhere on disk',
};

async function signInParams(
  context: CommandContext,
  args: Arguments,
  { twice }: { readonly twice: boolean },
): Promise<IpcParams<'account.login'>> {
  const server = serverAddress(args.text('server') ?? (await ask(context, SERVER_QUESTION)));
  const user = loginName(args.text('user') ?? (await ask(context, USER_QUESTION)));
  const device = args.text('device') ?? hostname().split('.')[0] ?? 'device';
  const password = await passwordOf(context, args, twice);
  const insecureKeyFile = args.flag('insecure-key-file');
  const caFile = args.text('ca-file');
  if (caFile === null) return { server, user, password, device, insecureKeyFile };
  return { server, user, password, device, insecureKeyFile, caFile: resolve(context.cwd, caFile) };
}

const SERVER_QUESTION = { text: 'Server', hidden: false, instead: '--server URL or FSYNC_SERVER' };
const USER_QUESTION = { text: 'User', hidden: false, instead: '--user NAME or FSYNC_USER' };
const PASSWORD_QUESTION = { text: 'Password', hidden: true, instead: 'FSYNC_PASSWORD or --password-stdin' };

async function passwordOf(context: CommandContext, args: Arguments, twice: boolean): Promise<string> {
  if (args.flag('password-stdin')) return readSecretFromStdin(context.stdin);
  const given = context.env['FSYNC_PASSWORD'];
  if (given !== undefined && given !== '') return given;
  const password = await ask(context, PASSWORD_QUESTION);
  if (password === '') throw new FsyncError('usage', 'the password is empty', { hints: ['Run the command again and type one.'] });
  if (twice && (await ask(context, { ...PASSWORD_QUESTION, text: 'Password again' })) !== password) {
    throw new FsyncError('usage', 'the two passwords are not the same', { hints: ['Run the command again.'] });
  }
  return password;
}

/** @throws FsyncError usage unless it is https, or http on this machine */
function serverAddress(typed: string): string {
  const hints = ['Write it like https://sync.example.org (http only for a server on this machine).'];
  const url = URL.canParse(typed) ? new URL(typed) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new FsyncError('usage', `not an address of a server: ${JSON.stringify(typed.slice(0, 200))}`, { hints });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new FsyncError('usage', 'the address of the server holds more than a host and a path', { hints });
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new FsyncError('usage', `${url.host} would be reached without encryption`, { hints });
  }
  return url.href.replace(/\/+$/, '');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** @throws FsyncError usage */
function loginName(typed: string): string {
  if (/^[a-z0-9._@-]{1,64}$/.test(typed)) return typed;
  throw new FsyncError('usage', `not a login name: ${JSON.stringify(typed.slice(0, 80))}`, {
    hints: ['Use 1 to 64 of a-z, 0-9, dot, dash, underscore and @.'],
  });
}

function printSignedIn({ output }: CommandContext, document: Omit<AccountDocument, 'schema'>, verb: string): void {
  output.line([`${verb} as `, bold(document.user), ` on ${document.server}; this device is `, bold(document.device.name), '.']);
}

/** Six words a line. */
function phraseLines(phrase: string): readonly string[] {
  const words = phrase.split(' ');
  return Array.from({ length: Math.ceil(words.length / 6) }, (_, row) => words.slice(row * 6, row * 6 + 6).join(' '));
}
