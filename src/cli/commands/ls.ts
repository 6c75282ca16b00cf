/** ls: the tree of a vault with state, size and version. */
import { FsyncError } from '../../core/base/errors.js';
import type { IpcParams } from '../../core/protocol/ipc.js';
import type { EntryState, ListEntry } from '../../core/protocol/vault-documents.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import type { Output } from '../output/output.js';
import { formatBytes, formatTime } from '../output/quantities.js';
import { alignColumns, bold, dim } from '../output/text.js';
import { findVault } from '../vault-root.js';

/** What is deleted may have to be asked of the server. */
const NETWORK_IDLE_MS = 120_000;

export async function runLs({ cwd, daemon, output, now }: CommandContext, args: Arguments): Promise<number> {
  const side = sideOf(args);
  const { root, path } = findVault(cwd, args.operands[0] ?? '.');
  const document = await daemon.call('vault.ls', { root, path, side }, { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: output.event });
  if (args.flag('json')) output.document(document);
  else if (document.entries.length === 0) output.note(dim(side === 'deleted' ? 'Nothing was deleted.' : 'The vault is empty.'));
  else print(output, document.entries, { side, now: now() });
  return 0;
}

type Side = IpcParams<'vault.ls'>['side'];

function sideOf(args: Arguments): Side {
  const [remote, deleted] = [args.flag('remote'), args.flag('deleted')];
  if (remote && deleted) throw new FsyncError('usage', 'only one of --remote and --deleted can be');
  if (deleted) return 'deleted';
  return remote ? 'remote' : 'here';
}

function print(output: Output, entries: readonly ListEntry[], { side, now }: { readonly side: Side; readonly now: number }): void {
  const head = ['STATE', 'SIZE', 'VERSION', side === 'deleted' ? 'DELETED' : 'CHANGED', 'PATH'];
  const [first = '', ...lines] = alignColumns([head, ...entries.map((entry) => row(entry, now))]);
  output.line(bold(first));
  for (const line of lines) output.line(line);
  if (side === 'deleted') output.note(dim('Bring one back with: fsync restore PATH'));
}

const STATES: Readonly<Record<EntryState, string>> = {
  synced: 'in sync',
  upload: 'to upload',
  download: 'to download',
  conflict: 'conflict',
  unsyncable: 'cannot sync',
  deleted: 'deleted',
};

function row({ path, kind, state, size, commit, at }: ListEntry, now: number): readonly string[] {
  return [
    STATES[state],
    size === null ? '-' : formatBytes(size),
    commit === null ? '-' : String(commit),
    at === null ? '-' : formatTime(at, now),
    kind === 'directory' ? `${path}/` : kind === 'symlink' ? `${path}@` : path,
  ];
}
