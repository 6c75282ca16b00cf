/** verify: every file hashed anew; with --server every chunk read from there. */
import type { VerifyDocument } from '../../core/protocol/vault-documents.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatBytes, formatCount } from '../output/quantities.js';
import type { Output } from '../output/output.js';
import { dim, green, red, yellow, type Text } from '../output/text.js';
import { findVault } from '../vault-root.js';

/** One batch of large files may take long. */
const IDLE_MS = 3_600_000;
const DAMAGED = 9;

export async function runVerify({ cwd, daemon, output }: CommandContext, args: Arguments): Promise<number> {
  const { root } = findVault(cwd, args.operands[0] ?? '.');
  const params = { root, server: args.flag('server') };
  const document = await daemon.call('vault.verify', params, { idleTimeoutMs: IDLE_MS, onEvent: output.event });
  if (args.flag('json')) output.document(document);
  else print(output, document);
  return isWhole(document) ? 0 : DAMAGED;
}

/** What is about to be uploaded is as it should be. */
function isWhole({ damaged, unreadable, server }: VerifyDocument): boolean {
  return damaged.length + unreadable.length + (server?.missing.length ?? 0) + (server?.broken.length ?? 0) === 0;
}

function print(output: Output, document: VerifyDocument): void {
  const { files, bytes, changed, damaged, unreadable, server } = document;
  const list = (mark: Text, paths: readonly string[], meaning: string): void => {
    for (const path of paths) output.line([mark, `  ${path}`, dim(`: ${meaning}`)]);
  };
  list(red('damaged'), damaged, 'the bytes changed and nobody wrote them');
  list(red('unreadable'), unreadable, 'it could not be read');
  list(yellow('changed'), changed, 'it is about to be uploaded');
  list(red('missing'), server?.missing ?? [], 'the server lacks a part of it');
  list(red('broken'), server?.broken ?? [], 'a part of it cannot be read from the server');
  const onServer = server === null ? '' : `, ${formatCount(server.chunks, 'chunk')} on the server`;
  const verdict = isWhole(document) ? green('Whole') : red('Not whole');
  output.line([verdict, `: ${formatCount(files, 'file')}, ${formatBytes(bytes)}${onServer}`]);
  if (damaged.length > 0) output.line(dim('The server has the good version: fsync show PATH'));
}
