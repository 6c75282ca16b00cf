/** A commit of the history for people. */
import type { LogEntry, PendingChange } from '../../core/protocol/ipc.js';
import { personName } from './person.js';
import { formatBytes, formatCount, formatTime } from './quantities.js';
import { dim, yellow, type Text } from './text.js';

/** '412  14:02:11  ada  laptop  modified todo.md and 2 more'. */
export function entryLine(entry: LogEntry, now: number): Text {
  const { author, device } = entry;
  const user = personName(author);
  const name = device.name === '' ? device.id.slice(0, 8) : device.name;
  return [yellow(String(entry.commit)), `  ${formatTime(entry.at, now)}  ${user}  ${name}  `, dim(entrySummary(entry))];
}

/** 'gave grace the role writer', 'gave grace the role reader (was writer)', 'removed grace (was reader)'. */
function memberText(member: NonNullable<LogEntry['member']>): string {
  const was = member.before === null ? '' : ` (was ${member.before})`;
  return member.role === null ? `removed ${personName(member)}${was}` : `gave ${personName(member)} the role ${member.role}${was}`;
}

/** 'modified a.txt', 'added photos and 12 more'. */
function entrySummary({ changes, untold, member, commit }: LogEntry): string {
  if (member !== null) return commit === 1 ? 'made the vault' : memberText(member);
  const [first] = changes;
  if (first === undefined)
    return untold > 0
      ? formatCount(untold, 'change that only the server knows', 'changes that only the server knows')
      : 'no change of files';
  const name = first.from === undefined ? first.path : `${first.from} -> ${first.path}`;
  const rest = changes.length === 1 ? '' : ` and ${formatCount(changes.length - 1, 'more', 'more')}`;
  return `${first.change === 'attributes' ? 'changed attributes of' : first.change} ${name}${rest}`;
}

/** '2 added, 1 deleted, 12 KiB'. */
export function changeTotals(changes: readonly PendingChange[]): string {
  const counts = new Map<string, number>();
  for (const { change } of changes) counts.set(change, (counts.get(change) ?? 0) + 1);
  const bytes = changes.reduce((sum, { change, size }) => sum + (change === 'added' || change === 'modified' ? (size ?? 0) : 0), 0);
  const parts = [...counts].map(([change, count]) => `${String(count)} ${change === 'attributes' ? 'with other attributes' : change}`);
  return [...parts, ...(bytes > 0 ? [formatBytes(bytes)] : [])].join(', ');
}
