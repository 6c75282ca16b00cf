/** A status document for people: the first line says how it stands, then lists, each with the next step. */
import type { ChangeKind, PendingChange, StatusDocument, WorkProgress } from '../../core/protocol/ipc.js';
import type { Output } from './output.js';
import { transferLine, workLine } from './progress.js';
import { formatBytes, formatCount, formatTime } from './quantities.js';
import { bold, cyan, dim, green, red, yellow, type Text } from './text.js';
import { unsyncableText } from './unsyncable-text.js';

/** More entries of one list are counted, not shown. */
const MAX_LISTED = 20;

export function printStatus(output: Output, status: StatusDocument, now: number): void {
  output.line(headline(status, now));
  if (status.reason !== null && status.state !== 'synced') output.line(dim(`  ${status.reason}`));
  if (status.vault.rotationPending) output.line(yellow('  key rotation is pending: a removed member has held the key of this vault'));
  for (const { text } of runningWork(status)) output.line(`  ${text}`);
  printPending(output, isReadOnly(status) ? 'Changed here, not sent:' : 'To upload:', status.pending.upload, status.pending.uploadCount);
  printPending(output, 'To download:', status.pending.download, status.pending.downloadCount);
  printConflicts(output, status);
  printUnsyncable(output, status);
  printUnwatched(output, status);
  const step = isReadOnly(status) ? READ_ONLY_STEP : (status.hint ?? NEXT_STEP[status.state]);
  if (step !== null) output.line(dim(step));
}

/** Nothing is wrong, but the account may only read and something was changed here. */
export function isReadOnly({ vault, state, pending }: StatusDocument): boolean {
  return vault.role === 'reader' && state === 'error' && pending.uploadCount > 0 && pending.downloadCount === 0;
}

const READ_ONLY_STEP = 'Copy what you need elsewhere, or ask an owner of the vault for the role writer.';

/** What moves at this moment, each with how far it is. */
export function runningWork({
  transfer,
  reading = null,
}: StatusDocument): readonly { readonly text: string; readonly progress: WorkProgress }[] {
  return [
    ...(transfer === null ? [] : [{ text: transferLine(transfer), progress: transfer }]),
    ...(reading === null ? [] : [{ text: workLine('Reading', reading), progress: reading }]),
  ];
}

/** One line: the state of the vault. */
export function headline(status: StatusDocument, now: number): Text {
  const { vault, lastSyncedAt } = status;
  const since = lastSyncedAt === null ? '' : ` as of ${formatTime(lastSyncedAt, now)}`;
  switch (status.state) {
    case 'synced':
      return [green('In sync'), ` with ${vault.server}${since}`, dim(` (${vault.name})`)];
    case 'syncing':
      return [cyan('Syncing'), `: ${isWaiting(status) ? waiting(status) : 'looking at what changed'}`, dim(` (${vault.name})`)];
    case 'conflicts':
      return [yellow(formatCount(status.conflicts.length, 'conflict')), `; all else is in sync with ${vault.server}${since}`];
    case 'offline':
      return [yellow('Offline'), `: ${vault.server} cannot be reached; ${waiting(status)}`];
    case 'paused':
      return [yellow('Paused'), `: ${waiting(status)}`, dim(` (${vault.name})`)];
    case 'guarded':
      return [red('Held back'), ': a safety guard waits for a decision', dim(` (${vault.name})`)];
    case 'error':
      if (isReadOnly(status))
        return [yellow('Read only'), `: ${formatCount(status.pending.uploadCount, 'change')} here not sent`, dim(` (${vault.name})`)];
      return [red('Not syncing'), ': an error needs attention', dim(` (${vault.name})`)];
  }
}

function isWaiting({ pending }: StatusDocument): boolean {
  return pending.uploadCount + pending.downloadCount > 0;
}

/** '3 files to upload (12 MiB), 1 to download'. */
export function waiting({ pending }: Pick<StatusDocument, 'pending'>): string {
  const parts: string[] = [];
  if (pending.uploadCount > 0) parts.push(`${formatCount(pending.uploadCount, 'file')} to upload${sizeOf(pending.upload)}`);
  if (pending.downloadCount > 0) {
    const count = parts.length > 0 ? String(pending.downloadCount) : formatCount(pending.downloadCount, 'file');
    parts.push(`${count} to download${sizeOf(pending.download)}`);
  }
  return parts.length === 0 ? 'nothing waits here' : parts.join(', ');
}

function sizeOf(changes: readonly PendingChange[]): string {
  const bytes = changes.reduce((sum, change) => sum + (change.size ?? 0), 0);
  return bytes === 0 ? '' : ` (${formatBytes(bytes)})`;
}

const NEXT_STEP: Readonly<Record<StatusDocument['state'], string | null>> = {
  synced: null,
  syncing: null,
  conflicts: null,
  offline: 'Changes are kept and sent when the server can be reached again.',
  paused: 'Go on with: fsync resume',
  guarded: 'See what is held back and decide: fsync guard show. Until then nothing is deleted or rewritten.',
  error: 'See the log: fsync daemon logs',
};

const CHANGE_LETTERS: Readonly<Record<ChangeKind, string>> = { added: 'A', modified: 'M', moved: 'R', deleted: 'D', attributes: 'T' };

/** 'M  notes/todo.md', 'R  old.txt -> new.txt'. */
export function changeText(change: PendingChange): Text {
  const name = change.from === undefined ? change.path : `${change.from} -> ${change.path}`;
  return [CHANGE_LETTERS[change.change], `  ${name}`, dim(change.size === null ? '' : ` (${formatBytes(change.size)})`)];
}

function printPending(output: Output, title: string, changes: readonly PendingChange[], count: number): void {
  if (count === 0) return;
  output.line();
  output.line(bold(title));
  for (const change of changes.slice(0, MAX_LISTED)) output.line(['  ', changeText(change)]);
  printRest(output, count - Math.min(changes.length, MAX_LISTED));
}

function printConflicts(output: Output, { conflicts }: StatusDocument): void {
  if (conflicts.length === 0) return;
  output.line();
  output.line([bold('Conflicts'), dim(' (settle them with fsync resolve --ours|--theirs|--both|--merge):')]);
  for (const { path, copy, winner, loser } of conflicts.slice(0, MAX_LISTED)) {
    output.line([yellow('  C'), `  ${path}`, dim(` from ${winner}`)]);
    output.line(['     ', copy, dim(` from ${loser}`)]);
  }
  printRest(output, conflicts.length - MAX_LISTED);
}

function printUnsyncable(output: Output, { unsyncable }: StatusDocument): void {
  if (unsyncable.length === 0) return;
  output.line();
  output.line([bold('Cannot be synced'), dim(' (leave them out with fsync ignore):')]);
  for (const entry of unsyncable.slice(0, MAX_LISTED)) output.line([red('  !'), `  ${entry.path}`, dim(`: ${unsyncableText(entry)}`)]);
  printRest(output, unsyncable.length - MAX_LISTED);
}

function printUnwatched(output: Output, { unwatched }: StatusDocument): void {
  if (unwatched === null) return;
  const { reason, directories } = unwatched;
  output.line();
  output.line([
    yellow(formatCount(directories, 'directory', 'directories')),
    ` cannot be watched (${reason}): changes there are noticed within 30 s.`,
  ]);
  if (reason === 'watcher-limit') output.line(dim('  Raise the limit of the system: sysctl fs.inotify.max_user_instances=1024'));
  if (reason === 'watch-limit') output.line(dim('  Raise the limit of the system: sysctl fs.inotify.max_user_watches=1048576'));
}

function printRest(output: Output, count: number): void {
  if (count > 0) output.line(dim(`  … and ${String(count)} more; see all with fsync status --json`));
}

/** One line a path, sorted: U to upload, D to download, C conflict, ! cannot be synced. The form is stable. */
export function printShortStatus(output: Output, status: StatusDocument): void {
  const rows: (readonly [string, string])[] = [
    ...status.pending.upload.map(({ path }) => ['U', path] as const),
    ...status.pending.download.map(({ path }) => ['D', path] as const),
    ...status.conflicts.map(({ path }) => ['C', path] as const),
    ...status.unsyncable.map(({ path }) => ['!', path] as const),
  ];
  rows.sort(([, a], [, b]) => (a < b ? -1 : Number(a > b)));
  for (const [mark, path] of rows) output.line(`${mark} ${path}`);
}
