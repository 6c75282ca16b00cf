/** vault delete: a vault on the server, for everyone; the name has to be typed. */
import { FsyncError } from '../../core/base/errors.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { bold, dim } from '../output/text.js';
import { ask } from '../prompt.js';

const NETWORK_IDLE_MS = 120_000;

export async function runVaultDelete(context: CommandContext, args: Arguments): Promise<number> {
  const { daemon, output } = context;
  const wanted = args.operands[0] ?? '';
  const confirmed =
    args.text('confirm') ??
    (await ask(context, {
      text: `This deletes ${wanted} and its history for everyone. Its name`,
      hidden: false,
      instead: '--confirm NAME',
    }));
  if (confirmed !== wanted) throw new FsyncError('usage', `the name does not match: ${confirmed}`, { hints: ['Nothing was deleted.'] });
  const document = await daemon.call('vault.delete', { vault: wanted }, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) {
    output.document({ schema: 'fsync/vault-delete/1', ...document });
    return 0;
  }
  output.line(['Deleted the vault ', bold(document.name), ' on the server.']);
  if (document.root !== null) output.line(dim(`The files in ${document.root} stay; the folder is detached.`));
  return 0;
}
