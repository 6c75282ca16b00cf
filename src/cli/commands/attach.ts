/** init, clone, detach: folders come and go. */
import { existsSync, mkdirSync, realpathSync, rmdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { FsyncError } from '../../core/base/errors.js';
import type { Arguments } from '../arguments.js';
import { attachedRoots } from '../attached-roots.js';
import type { CommandContext } from '../command-context.js';
import { bold, dim } from '../output/text.js';
import { printStatus } from '../output/status-text.js';
import { findVault, isDirectory, isSystemError } from '../vault-root.js';

/** Making or joining a vault talks to the server; the transfer itself goes on in the background. */
const NETWORK_IDLE_MS = 300_000;

export async function runInit(context: CommandContext, args: Arguments): Promise<number> {
  const { output, daemon, cwd } = context;
  const folder = resolve(cwd, args.operands[0] ?? '.');
  const name = args.text('name') ?? basename(folder);
  if (name === '') throw new FsyncError('usage', 'the vault needs a name', { hints: ['Give one with --name.'] });
  const document = await inFolder(folder, (root) =>
    daemon.call('vault.init', { root, name }, { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: output.event }),
  );
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  output.line(['Made the vault ', bold(document.vault.name), ` out of ${document.vault.root}.`]);
  printStatus(output, document, context.now());
  return 0;
}

export async function runClone(context: CommandContext, args: Arguments): Promise<number> {
  const { output, daemon, cwd } = context;
  const vault = args.operands[0] ?? '';
  const folder = args.operands[1] ?? (await folderNamed(context, vault));
  const document = await inFolder(resolve(cwd, folder), (root) =>
    daemon.call('vault.clone', { vault, root }, { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: output.event }),
  );
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  output.line(['Attached ', bold(document.vault.name), ` to ${document.vault.root}.`]);
  printStatus(output, document, context.now());
  return 0;
}

export async function runDetach({ output, daemon, cwd, paths }: CommandContext, args: Arguments): Promise<number> {
  const { root } = findVault(cwd, args.operands[0] ?? '.', attachedRoots(paths));
  const result = await daemon.call('vault.detach', { root }, { idleTimeoutMs: 60_000 });
  if (args.flag('json')) {
    output.document({ schema: 'fsync/detach/1', ...result, root });
    return 0;
  }
  output.line(['Detached ', bold(result.name), `. The files stay in ${root}.`]);
  output.line(dim(`Attach it again with: fsync clone ${result.name} ${root}`));
  return 0;
}

/** Does the work in a folder that is made when it is not there, and removed again when the work fails and it is empty. */
async function inFolder<T>(path: string, work: (root: string) => Promise<T>): Promise<T> {
  const { root, isNew } = openFolder(path);
  try {
    return await work(root);
  } catch (error) {
    if (isNew) removeIfEmpty(root);
    throw error;
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY')) throw error;
  }
}

/** The folder with links resolved. @throws FsyncError usage, io_error */
function openFolder(path: string): { readonly root: string; readonly isNew: boolean } {
  try {
    const isNew = makeFolder(path);
    if (isDirectory(path)) return { root: realpathSync(path), isNew };
  } catch (error) {
    if (isSystemError(error, 'EEXIST', 'ENOTDIR')) throw notAFolder(path);
    if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT')) {
      throw new FsyncError('io_error', `the folder cannot be made: ${path}`, { cause: error, hints: ['Check who may write there.'] });
    }
    throw error;
  }
  throw notAFolder(path);
}

/** Says whether it was missing. Node's recursive mkdir never ends where the system makes no entries, as in /proc. */
function makeFolder(path: string): boolean {
  const missing: string[] = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) mkdirSync(folder);
  return missing.length > 0;
}

function notAFolder(path: string): FsyncError {
  return new FsyncError('usage', `not a folder: ${path}`, { hints: ['Give a folder, or a name that does not exist yet.'] });
}

/**
 * The folder of a vault given without one: its name, if that is a good name for a folder. An id is
 * looked up. @throws FsyncError usage, not_found
 */
async function folderNamed({ daemon }: CommandContext, vault: string): Promise<string> {
  const name = /^[0-9a-f]{64}$/.test(vault) ? await nameOf(daemon, vault) : vault;
  if (name !== '' && join('x', name) === `x/${name}` && !name.includes('/') && !name.startsWith('.')) return name;
  throw new FsyncError('usage', `the name of the vault is not usable as a folder: ${JSON.stringify(name)}`, {
    hints: ['Give the folder: fsync clone VAULT DIR'],
  });
}

async function nameOf(daemon: CommandContext['daemon'], id: string): Promise<string> {
  const { vaults } = await daemon.call('vault.list', {}, { idleTimeoutMs: NETWORK_IDLE_MS });
  const found = vaults.find((vault) => vault.id === id);
  if (found === undefined) throw new FsyncError('not_found', `no such vault: ${id}`, { hints: ['See them all with: fsync vaults'] });
  return found.name;
}
