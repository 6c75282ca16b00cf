/** vaults: what the account can reach. */
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatBytes } from '../output/quantities.js';
import { alignColumns, bold, dim } from '../output/text.js';

const NETWORK_IDLE_MS = 60_000;

export async function runVaults({ daemon, output }: CommandContext, args: Arguments): Promise<number> {
  const document = await daemon.call('vault.list', {}, { idleTimeoutMs: NETWORK_IDLE_MS });
  if (args.flag('json')) {
    output.document(document);
    return 0;
  }
  if (document.vaults.length === 0) {
    output.line('No vaults yet.');
    output.line(dim('Make one out of a folder with: fsync init'));
    return 0;
  }
  const rows = document.vaults.map((vault) => [
    vault.name,
    vault.role,
    formatBytes(vault.sizeBytes),
    String(vault.members),
    String(vault.devices),
    vault.state ?? '-',
    vault.root ?? '-',
  ]);
  const [head = '', ...lines] = alignColumns([['NAME', 'ROLE', 'SIZE', 'MEMBERS', 'DEVICES', 'STATE', 'FOLDER HERE'], ...rows]);
  output.line(bold(head));
  for (const line of lines) output.line(line);
  return 0;
}
