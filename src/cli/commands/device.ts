/** device list, rename, revoke: the installations that may reach the account. */
import { FsyncError } from '../../core/base/errors.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatTime } from '../output/quantities.js';
import { alignColumns, bold, dim } from '../output/text.js';
import { ask } from '../prompt.js';

const NETWORK_IDLE_MS = 60_000;
const ID_SHOWN = 12;
const NO_NAME = '(unreadable name)';

export async function runDeviceList({ daemon, output, now }: CommandContext, args: Arguments): Promise<number> {
  const document = await daemon.call('device.list', {}, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  const rows = document.devices.map(({ id, name, current, createdAt, lastSeenAt }) => [
    name ?? NO_NAME,
    id.slice(0, ID_SHOWN),
    formatTime(createdAt, now()),
    current ? 'this device' : formatTime(lastSeenAt, now()),
  ]);
  const [head = '', ...lines] = alignColumns([['NAME', 'ID', 'ENROLLED', 'LAST SEEN'], ...rows]);
  output.line(bold(head));
  for (const line of lines) output.line(line);
  return 0;
}

export async function runDeviceRename({ daemon, output }: CommandContext, args: Arguments): Promise<number> {
  const [device = '', name = ''] = args.operands;
  const document = await daemon.call('device.rename', { device, name }, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) output.document(document);
  else output.line([`${document.before ?? NO_NAME} is called `, bold(document.name), ' now.']);
  return 0;
}

export async function runDeviceRevoke(context: CommandContext, args: Arguments): Promise<number> {
  const { daemon, output } = context;
  const device = args.operands[0] ?? '';
  if (!args.flag('yes')) await confirm(context, device);
  const document = await daemon.call('device.revoke', { device }, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  output.line(['Revoked ', bold(document.name ?? NO_NAME), ': it cannot sign in, read or write any more.']);
  output.line(dim('The files and keys that are on it stay there: if it was stolen, change what was secret in them.'));
  return 0;
}

async function confirm(context: CommandContext, device: string): Promise<void> {
  const answer = await ask(context, { text: `Revoke ${device}, for good? [y/N]`, hidden: false, instead: '--yes' });
  if (!/^y(es)?$/i.test(answer)) throw new FsyncError('aborted', 'nothing was revoked');
}
