/** daemon logs: the end of the log file, and what comes after it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FsyncError } from '../../core/base/errors.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { FollowedLog } from '../followed-log.js';
import { formatTime } from '../output/quantities.js';
import { dim, red, yellow, type Text } from '../output/text.js';

const DEFAULT_LINES = 100;
const FOLLOW_MS = 250;

export async function runDaemonLogs(context: CommandContext, args: Arguments): Promise<number> {
  const { logFile } = context.paths;
  const count = args.integer('number', 0) ?? DEFAULT_LINES;
  const log = FollowedLog.open(logFile);
  if (log === null) {
    throw new FsyncError('not_found', `there is no log yet: ${logFile}`, {
      hints: ['The daemon writes it when it starts: fsync daemon start'],
    });
  }
  try {
    const lines = log.tail();
    for (const line of count === 0 ? [] : lines.slice(-count)) print(context, args, line);
    return args.flag('follow') ? await follow(context, args, log) : 0;
  } finally {
    log.close();
  }
}

/** Ends with Ctrl-C only. */
async function follow(context: CommandContext, args: Arguments, log: FollowedLog): Promise<number> {
  for (;;) {
    await sleep(FOLLOW_MS, undefined, { signal: context.signal });
    for (const line of log.next()) print(context, args, line);
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
