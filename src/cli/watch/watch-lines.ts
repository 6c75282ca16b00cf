/** The screens of `status --watch` as lines: never more than there are rows; what is too wide is cut when it is drawn. */
import type { StatusDocument, WorkProgress } from '../../core/protocol/ipc.js';
import { entryLine } from '../output/log-text.js';
import { formatBytes, formatCount } from '../output/quantities.js';
import { changeText, headline, runningWork, waiting } from '../output/status-text.js';
import { bold, cyan, dim, red, yellow, type Text } from '../output/text.js';
import { unsyncableText } from '../output/unsyncable-text.js';
import { textWidth } from '../output/width.js';
import { windowStart } from '../resolve/resolve-state.js';
import { allot } from './allot.js';
import { KEPT_SAMPLES, throughputGraph } from './throughput.js';
import { WATCH_KEYS } from './watch-keys.js';
import { selectedLog, selectedStatus, type WatchState } from './watch-state.js';

export interface Screen {
  readonly rows: number;
  readonly columns: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Title and the empty line below it. */
const LOG_FRAME = 2;

/** Entries of the log that fit on its screen. */
export function logPage(rows: number): number {
  return Math.max(1, rows - LOG_FRAME);
}

export function watchLines(state: WatchState, screen: Screen): readonly Text[] {
  switch (state.screen) {
    case 'help':
      return helpLines().slice(0, screen.rows);
    case 'log':
      return logLines(state, screen);
    case 'vaults':
      return vaultsLines(state, screen).slice(0, screen.rows);
  }
}

function helpLines(): readonly Text[] {
  const width = Math.max(...WATCH_KEYS.map(([keys]) => textWidth(keys)));
  const keys = WATCH_KEYS.map(([name, meaning]): Text => [`  ${name}${' '.repeat(width - textWidth(name))}  `, dim(meaning)]);
  const marks: readonly Text[] = [
    '',
    bold('Marks'),
    ['  ', yellow('C'), dim('  a conflict: both versions are kept until it is settled')],
    ['  ', red('!'), dim('  cannot be synced, and why; more with fsync why PATH')],
    ['  A M R D T', dim('  added, modified, moved, deleted, other attributes')],
  ];
  return [bold('Keys'), ...keys, ...marks];
}

function logLines(state: WatchState, { rows, now }: Screen): readonly Text[] {
  const entries = selectedLog(state);
  const page = logPage(rows);
  const start = Math.max(0, Math.min(state.scroll, entries.length - page));
  const shown = entries.slice(start, start + page);
  const position = entries.length > page ? `  ${String(start + 1)}–${String(start + shown.length)} of ${String(entries.length)}` : '';
  const title: Text = [bold(`History of ${selectedStatus(state)?.vault.name ?? ''}`), dim(position)];
  return [title, '', ...(entries.length === 0 ? [dim('No commits yet.')] : shown.map((entry) => entryLine(entry, now)))];
}

function vaultsLines(state: WatchState, screen: Screen): readonly Text[] {
  const { statuses } = state;
  if (statuses === null) return [dim('Asking the daemon …')];
  const status = selectedStatus(state);
  if (status === undefined) {
    return ['No folder on this device is attached to a vault.', dim('Make a vault with fsync init, or attach a folder with fsync clone.')];
  }
  if (statuses.length === 1) return detailLines(state, status, screen);
  const overview = overviewLines(state, statuses, screen);
  return [...overview, '', ...detailLines(state, status, { ...screen, rows: screen.rows - overview.length - 1 })];
}

/** A line a vault; at most a third of the screen. */
function overviewLines({ selected }: WatchState, statuses: readonly StatusDocument[], { rows, columns, now }: Screen): readonly Text[] {
  const page = Math.max(2, Math.floor(rows / 3));
  const start = windowStart(selected, page, statuses.length);
  const shown = statuses.slice(start, start + page);
  const width = Math.min(Math.floor(columns / 3), Math.max(...shown.map(({ vault }) => textWidth(vault.name))));
  const lines = shown.map((status, index): Text => {
    const { vault } = status;
    const [running] = runningWork(status);
    const name = `${vault.name}${' '.repeat(Math.max(0, width - textWidth(vault.name)))}`;
    const isSelected = start + index === selected;
    const share: Text = running === undefined ? '' : [bar(running.progress, OVERVIEW_BAR), ' '];
    return [isSelected ? bold(`> ${name}`) : `  ${name}`, '  ', share, headline(status, now)];
  });
  return statuses.length > page
    ? [...lines, dim(`  ${String(start + 1)}–${String(start + shown.length)} of ${formatCount(statuses.length, 'vault')}`)]
    : lines;
}

const OVERVIEW_BAR = 10;
const WIDEST_BAR = 60;

function detailLines(state: WatchState, status: StatusDocument, { rows, columns, now }: Screen): readonly Text[] {
  const { vault, reason } = status;
  const rates = state.rates.get(vault.root) ?? [];
  const head: Text[] = [
    [bold(vault.name), dim(`  ${vault.root}`)],
    ['  ', headline(status, now)],
  ];
  if (reason !== null && status.state !== 'synced') head.push(dim(`  ${reason}`));
  if (status.state === 'conflicts' && status.pending.uploadCount + status.pending.downloadCount > 0) head.push(`  ${waiting(status)}`);
  for (const { text, progress } of runningWork(status)) head.push(['  ', bar(progress, Math.min(WIDEST_BAR, columns - 12))], `  ${text}`);
  if (rates.length > 0) head.push(rateLine(rates, columns));
  const sections = sectionsOf(state, status, now);
  const given = allot(
    sections.map(({ entries }) => entries.length),
    rows - head.length,
    SECTION_FRAME,
  );
  return [...head, ...sections.flatMap((section, index) => sectionLines(section, given[index] ?? 0))];
}

function bar({ bytesDone, bytesTotal }: WorkProgress, width: number): Text {
  const share = bytesTotal === 0 ? 0 : Math.min(1, bytesDone / bytesTotal);
  const full = Math.round(share * width);
  return [cyan('█'.repeat(full)), dim('░'.repeat(width - full)), ` ${String(Math.floor(share * 100)).padStart(3)} %`];
}

function rateLine(rates: readonly number[], columns: number): Text {
  const width = Math.min(KEPT_SAMPLES, columns - 30);
  const shown = rates.slice(-width);
  return ['  ', cyan(throughputGraph(rates, width)), dim(`  at most ${formatBytes(Math.max(...shown))}/s in ${String(shown.length)} s`)];
}

interface Section {
  readonly title: string;
  /** How many there are; more than the entries when the daemon lists only some. */
  readonly count: number;
  readonly entries: readonly Text[];
}

/** An empty line and the title. */
const SECTION_FRAME = 2;

/** In the order in which a person should look at them. */
function sectionsOf(state: WatchState, status: StatusDocument, now: number): readonly Section[] {
  const { conflicts, unsyncable, unwatched, pending } = status;
  const problems = [
    ...unsyncable.map((entry): Text => [red('!'), ` ${entry.path}`, dim(`: ${unsyncableText(entry)}`)]),
    ...(unwatched === null
      ? []
      : [
          [
            yellow('!'),
            ` ${formatCount(unwatched.directories, 'directory', 'directories')} cannot be watched`,
            dim(`: ${unwatched.reason}`),
          ] satisfies Text,
        ]),
  ];
  return [
    { title: 'Conflicts', count: conflicts.length, entries: conflicts.map((conflict) => conflictLine(conflict)) },
    { title: 'Problems', count: problems.length, entries: problems },
    { title: 'Recent', count: 0, entries: selectedLog(state).map((entry) => entryLine(entry, now)) },
    { title: 'To upload', count: pending.uploadCount, entries: pending.upload.map(changeText) },
    { title: 'To download', count: pending.downloadCount, entries: pending.download.map(changeText) },
  ];
}

function conflictLine({ path, winner, loser }: StatusDocument['conflicts'][number]): Text {
  return [yellow('C'), ` ${path}`, dim(` from ${winner}, and a copy from ${loser}`)];
}

/** The last entry gives way to how many more there are. */
function sectionLines({ title, count, entries }: Section, room: number): readonly Text[] {
  if (room === 0) return [];
  const rest = count - room;
  const shown = entries.slice(0, rest > 0 && room > 1 ? room - 1 : room);
  const lines: Text[] = [
    '',
    [bold(title), dim(count > shown.length ? ` (${String(count)})` : '')],
    ...shown.map((entry): Text => ['  ', entry]),
  ];
  if (shown.length < room) lines.push(dim(`  … and ${String(count - shown.length)} more`));
  return lines;
}
