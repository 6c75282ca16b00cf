/** daemon logs: the end of the log file, and what comes after it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FsyncError } from '../../core/base/errors.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatTime } from '../output/quantities.js';
import { dim, red, yellow, type Text } from '../output/text.js';
import { isSystemError } from '../vault-root.js';

const DEFAULT_LINES = 100;
const FOLLOW_MS = 250;
/** The last lines are looked for in this much of the end of the file. */
const MAX_TAIL_BYTES = 8 * 1024 * 1024;

export async function runDaemonLogs(context: CommandContext, args: Arguments): Promise<number> {
  const { logFile } = context.paths;
  const count = args.integer('number', 0) ?? DEFAULT_LINES;
  const first = readFrom(logFile, null);
  if (first === null) {
    throw new FsyncError('not_found', `there is no log yet: ${logFile}`, {
      hints: ['The daemon writes it when it starts: fsync daemon start'],
    });
  }
  const lines = first.text.split('\n').filter((line) => line !== '');
  for (const line of count === 0 ? [] : lines.slice(-count)) print(context, args, line);
  return args.flag('follow') ? follow(context, args, first) : 0;
}

interface LogPart {
  readonly text: string;
  /** Position after it, and the file it is in: a rotated log is another file. */
  readonly end: number;
  readonly inode: number;
}

/** Ends with Ctrl-C only. */
async function follow(context: CommandContext, args: Arguments, first: LogPart): Promise<number> {
  let position: LogPart = first;
  let rest = '';
  for (;;) {
    await sleep(FOLLOW_MS, undefined, { signal: context.signal });
    const part = readFrom(context.paths.logFile, position);
    if (part === null) continue;
    const lines = (rest + restOfRotated(context.paths.logFile, { position, isOther: part.inode !== position.inode }) + part.text).split(
      '\n',
    );
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') print(context, args, line);
    position = part;
  }
}

/** What was written to a file after the last look and before it was renamed away. */
function restOfRotated(path: string, { position, isOther }: { readonly position: LogPart; readonly isOther: boolean }): string {
  const rotated = isOther ? readFrom(`${path}.1`, position) : null;
  return rotated?.inode === position.inode ? rotated.text : '';
}

/** From a known position, or the end of the file; from its start when it is another file now. null when there is none. */
function readFrom(path: string, after: LogPart | null): LogPart | null {
  const file = openIfThere(path);
  if (file === null) return null;
  try {
    const { size, ino } = fstatSync(file);
    const same = after !== null && after.inode === ino && after.end <= size;
    const start = same ? after.end : Math.max(0, size - MAX_TAIL_BYTES);
    const buffer = Buffer.alloc(Math.min(size - start, MAX_TAIL_BYTES));
    const length = buffer.length === 0 ? 0 : readSync(file, buffer, 0, buffer.length, start);
    return { text: buffer.toString('utf8', 0, length), end: start + length, inode: ino };
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  }
}

interface LogLine {
  readonly at: string;
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function print({ output, now }: CommandContext, args: Arguments, line: string): void {
  const entry = parseLogLine(line);
  if (args.flag('json')) {
    output.document({ schema: 'fsync/daemon-logs/1', ...entry });
    return;
  }
  const fields = Object.entries(entry.fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  output.line([
    dim(entry.at === '' ? '' : `${formatTime(entry.at, now())} `),
    level(entry.level),
    ` ${entry.message} `,
    dim(fields.join(' ')),
  ]);
}

function level(name: string): Text {
  if (name === 'error' || name === 'fatal') return red(name);
  return name === 'warn' ? yellow(name) : name;
}

const LEVELS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [10, 'debug'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
]);

const USUAL_FIELDS: readonly string[] = ['level', 'time', 'msg', 'pid', 'hostname'];

/** Lines are JSON as pino writes it; anything else (a crash of the runtime) is a message of level 'error'. */
function parseLogLine(line: string): LogLine {
  const value = parseObject(line);
  if (value === null) return { at: '', level: 'error', message: line, fields: {} };
  const { level: severity, time, msg } = value;
  const fields = Object.fromEntries(Object.entries(value).filter(([name]) => !USUAL_FIELDS.includes(name)));
  const moment = new Date(typeof time === 'number' || typeof time === 'string' ? time : Number.NaN);
  return {
    at: Number.isNaN(moment.getTime()) ? '' : moment.toISOString(),
    level: LEVELS.get(severity) ?? (typeof severity === 'string' ? severity : 'info'),
    message: typeof msg === 'string' ? msg : '',
    fields,
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
