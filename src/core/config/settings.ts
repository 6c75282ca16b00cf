/**
 * Every user setting: its key, type, default and meaning. The daemon reads them, `fsync config`
 * lists and changes them, the manual is generated from them.
 */
import { CONFLICT_STRATEGIES } from '../conflict/conflict-strategy.js';
import { FsyncError } from '../base/errors.js';

interface SettingBase<Value> {
  readonly default: Value;
  /** One sentence for people. */
  readonly meaning: string;
}
interface NumberSetting extends SettingBase<number> {
  /** 'duration' is milliseconds, 'size' is bytes, 'rate' is bytes a second: 0, or between `min` and `max`. */
  readonly type: 'integer' | 'duration' | 'size' | 'rate';
  readonly min: number;
  readonly max: number;
}
interface BooleanSetting extends SettingBase<boolean> {
  readonly type: 'boolean';
}
interface TextSetting extends SettingBase<string> {
  readonly type: 'text';
}
interface ChoiceSetting extends SettingBase<string> {
  readonly type: 'choice';
  readonly choices: readonly string[];
}
export type SettingDefinition = NumberSetting | BooleanSetting | TextSetting | ChoiceSetting;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const GIB = 1_073_741_824;

const integer = (value: number, min: number, max: number, meaning: string): NumberSetting => ({
  type: 'integer',
  default: value,
  min,
  max,
  meaning,
});
const duration = (value: number, min: number, max: number, meaning: string): NumberSetting => ({
  type: 'duration',
  default: value,
  min,
  max,
  meaning,
});
const size = (value: number, min: number, max: number, meaning: string): NumberSetting => ({
  type: 'size',
  default: value,
  min,
  max,
  meaning,
});
/** Slower than the least rate, a pack would not arrive before its deadline. */
const rate = (meaning: string): NumberSetting => ({ type: 'rate', default: 0, min: 65_536, max: 1024 * GIB, meaning });
const flag = (value: boolean, meaning: string): BooleanSetting => ({ type: 'boolean', default: value, meaning });
const text = (value: string, meaning: string): TextSetting => ({ type: 'text', default: value, meaning });
const choice = (value: string, choices: readonly string[], meaning: string): ChoiceSetting => ({
  type: 'choice',
  default: value,
  choices,
  meaning,
});

export const SETTINGS = {
  'sync.debounce': duration(25, 0, 60_000, 'How long after a change in the folder the daemon waits for more of the same burst.'),
  'sync.head-poll': duration(30_000, 1_000, HOUR, 'How often the server is asked for news in case a notification was lost.'),
  'scan.interval': duration(600_000, 10_000, 7 * DAY, 'How often the whole folder is looked at again in case a file event was lost.'),
  'guard.files': integer(
    100,
    0,
    1_000_000_000,
    'More than this many files deleted or rewritten at once, and more than guard.percent of all, wait for a decision (fsync guard).',
  ),
  'guard.percent': integer(50, 0, 100, 'The part of all files, in percent, that goes with guard.files; 100 never waits.'),
  'conflict.strategy': choice(
    'lww',
    CONFLICT_STRATEGIES,
    'How conflicts that this device finds are settled where .fsyncattributes says nothing: lww keeps the later version in place and leaves the other to fsync resolve; keep-both leaves two files; ours and theirs keep one, the other is in the history; merge puts text together line by line where that is clean.',
  ),
  'watch.engine': choice('auto', ['auto', 'chokidar', 'directories', 'polling'], 'How changes in the folder are noticed.'),
  'workers.count': integer(0, 0, 64, 'Threads that read, hash and seal files; 0 chooses by the number of processors.'),
  'transfer.upload-limit': rate('How many bytes a second may be sent, for all folders together; 0 is no limit.'),
  'transfer.download-limit': rate('How many bytes a second may be fetched, for all folders together; 0 is no limit.'),
  'network.timeout': duration(30_000, 1_000, 600_000, 'How long a small request to the server may take.'),
  'network.websocket': flag(true, 'Listen for notifications over a WebSocket; without it, by long polling.'),
  'network.ca-file': text(
    '',
    'A PEM file with certificate authorities to trust besides the built-in ones, for servers with an own certificate.',
  ),
  'log.level': choice('info', ['debug', 'info', 'warn', 'error', 'silent'], 'The least severe messages that go to the log file.'),
  'log.max-size': size(10_485_760, 65_536, GIB, 'Size at which the log file is rotated; five old files are kept.'),
} as const satisfies Record<string, SettingDefinition>;

export type SettingKey = keyof typeof SETTINGS;
type ValueOf<D> = D extends { type: 'boolean' } ? boolean : D extends { type: 'text' | 'choice' } ? string : number;
export type SettingValue<K extends SettingKey = SettingKey> = ValueOf<(typeof SETTINGS)[K]>;
export type SettingValues = { readonly [K in SettingKey]: SettingValue<K> };

export const SETTING_KEYS: readonly SettingKey[] = Object.keys(SETTINGS).filter(isSettingKey);

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}

/** @throws FsyncError usage for an unknown key, naming near ones. */
export function parseSettingKey(key: string): SettingKey {
  if (isSettingKey(key)) return key;
  const group = key.split('.')[0] ?? '';
  const near = Object.keys(SETTINGS).filter((known) => known.startsWith(`${group}.`));
  throw new FsyncError('usage', `unknown setting: ${JSON.stringify(key.slice(0, 80))}`, {
    hints: [near.length > 0 ? `Settings of that group: ${near.join(', ')}.` : 'See them all with: fsync config list'],
  });
}
