/** What can happen in a simulated world, as data: a workload is a list of these, a regression is one in a file. */
import { IGNORE_FILE } from '../../src/core/ignore/ignore-rules.js';
import type { DeviceName } from './account.js';
import type { Tape } from './tape.js';

export const FILE_ERRORS = ['EACCES', 'EIO', 'ENOSPC', 'EMFILE', 'EBUSY'] as const;
export type FileErrorCode = (typeof FILE_ERRORS)[number];
export const NETWORK_FAULTS = ['refused', 'answer-lost', 'unavailable', 'rate-limited'] as const;

/** `unsynced`: the program leaves it to the system when it is written to the disk, as most do. */
export type UserCommand = { readonly unsynced?: true } & UserDoing;

type UserDoing =
  /** In one go, or in two halves with time in between. */
  | { readonly op: 'write'; readonly path: string; readonly size: number; readonly slow?: boolean }
  | { readonly op: 'append' | 'truncate' | 'mkdir' | 'rm' | 'rmrf' | 'touch' | 'chmod'; readonly path: string }
  /** As most editors save: a new file takes the old one's place. */
  | { readonly op: 'save'; readonly path: string; readonly size: number }
  | { readonly op: 'symlink'; readonly path: string; readonly target: string }
  /** The ignore rules of the vault are this pattern from now on, in `path`. */
  | { readonly op: 'ignore'; readonly path: string; readonly pattern: string }
  | { readonly op: 'mv' | 'copy'; readonly path: string; readonly to: string };

export type Command = { readonly on: DeviceName } & (
  | UserCommand
  | { readonly op: 'offline' | 'online' | 'stop' | 'start' | 'kill' | 'power-loss' | 'lose-db' | 'save-db' | 'restore-db' }
  /** A backup of the server, and the server as it was then. */
  | { readonly op: 'save-server' | 'restore-server' }
  /** The daemon's n-th file call, request or write to its database from now fails like that. */
  | { readonly op: 'disk-fault'; readonly nth: number; readonly kind: FileErrorCode | 'kill' | 'power-loss' }
  | { readonly op: 'network-fault'; readonly nth: number; readonly kind: (typeof NETWORK_FAULTS)[number] | 'kill' }
  | { readonly op: 'state-fault'; readonly nth: number; readonly kind: 'full' | 'kill' | 'power-loss' }
  /** The server's n-th statement on its database or call of its blob store from now fails. */
  | { readonly op: 'server-fault'; readonly nth: number; readonly kind: 'database' | 'blobs' }
  /** The user does this right before the daemon's n-th file call from now. */
  | { readonly op: 'meanwhile'; readonly nth: number; readonly command: UserCommand }
  | { readonly op: 'clock'; readonly byMs: number }
  | { readonly op: 'wait'; readonly ms: number }
  | { readonly op: 'settle' }
);

const USER_OPS: ReadonlySet<Command['op']> = new Set([
  ...(['write', 'save', 'append', 'truncate', 'mkdir', 'symlink', 'rm', 'rmrf', 'touch', 'chmod', 'mv', 'copy', 'ignore'] as const),
  'meanwhile',
]);

/** A user does it, now or a little later. */
export function isUserCommand({ op }: Command): boolean {
  return USER_OPS.has(op);
}

/** It changes what is ignored. */
export function isRuleCommand(command: UserCommand): boolean {
  return command.path === IGNORE_FILE;
}

const NAMES = ['a', 'b', 'A', 'd', 'e.txt', 'f'];
const REMEMBERED = 8;
/** Bytes: inside the record, in a chunk; equal lengths meet often. */
const SIZES = [24, 24, 24, 40, 3000];

/** Makes up commands that often meet on the same few paths. */
export function workload(tape: Tape, { devices, length }: { devices: readonly DeviceName[]; length: number }): Command[] {
  const recent: string[] = [];
  const fresh = (): string => Array.from({ length: 1 + tape.below(3) }, () => tape.pick(NAMES)).join('/');
  const path = (): string => {
    const known = recent.length > 0 && tape.chance(0.7) ? tape.pick(recent) : fresh();
    const chosen = tape.chance(0.15) ? known.split('/').slice(0, -1).join('/') || known : known;
    recent.push(chosen);
    if (recent.length > REMEMBERED) recent.shift();
    return chosen;
  };
  return Array.from({ length }, () => ({ on: tape.pick(devices), ...anyCommand(tape, path) }));
}

type Body = Command extends infer One ? (One extends Command ? Omit<One, 'on'> : never) : never;

function anyCommand(tape: Tape, path: () => string): Body {
  const roll = tape.below(100);
  if (roll < 68) return userCommand(tape, path);
  if (roll < 74) return { op: 'wait', ms: tape.pick([1, 20, 300, 3_000, 40_000]) };
  if (roll < 76) return { op: 'settle' };
  if (roll < 80) return { op: 'meanwhile', nth: 1 + tape.below(60), command: userCommand(tape, path) };
  if (roll < 84) return { op: tape.pick(['offline', 'online'] as const) };
  if (roll < 87) return { op: tape.pick(['stop', 'start'] as const) };
  if (roll < 90) return { op: 'disk-fault', nth: 1 + tape.below(80), kind: tape.pick([...FILE_ERRORS, 'kill', 'kill']) };
  if (roll < 94) return { op: 'network-fault', nth: 1 + tape.below(6), kind: tape.pick([...NETWORK_FAULTS, 'answer-lost', 'kill']) };
  if (roll < 95) return { op: 'state-fault', nth: 1 + tape.below(6), kind: tape.pick(['full', 'kill'] as const) };
  if (roll < 96) return { op: 'server-fault', nth: 1 + tape.below(40), kind: tape.pick(['database', 'blobs'] as const) };
  if (roll < 97) return { op: 'power-loss' };
  if (roll < 98) return { op: 'kill' };
  if (roll < 99) return { op: 'clock', byMs: tape.pick([-86_400_000, -5_000, 5_000, 3_600_000, 315_360_000_000]) };
  return { op: tape.pick(['lose-db', 'save-db', 'restore-db', 'save-server', 'save-server', 'restore-server'] as const) };
}

function userCommand(tape: Tape, path: () => string): UserCommand {
  return { ...userDoing(tape, path), ...(tape.chance(0.5) ? { unsynced: true } : {}) };
}

function userDoing(tape: Tape, path: () => string): UserDoing {
  const roll = tape.below(100);
  const size = tape.pick(SIZES);
  if (roll < 24) return { op: 'write', path: path(), size, ...(tape.chance(0.2) ? { slow: true } : {}) };
  if (roll < 32) return { op: 'save', path: path(), size };
  if (roll < 38) return { op: 'append', path: path() };
  if (roll < 41) return { op: 'truncate', path: path() };
  if (roll < 49) return { op: 'mkdir', path: path() };
  if (roll < 58) return { op: 'rm', path: path() };
  if (roll < 65) return { op: 'rmrf', path: path() };
  if (roll < 85) return { op: 'mv', path: path(), to: path() };
  if (roll < 88) return { op: 'symlink', path: path(), target: tape.pick(['a', 'b', 'nowhere']) };
  if (roll < 92) return { op: 'chmod', path: path() };
  if (roll < 95) return { op: 'touch', path: path() };
  return { op: 'copy', path: path(), to: path() };
}

const PATTERNS = ['d', 'e.txt', 'b', '/d/', 'a/b', '*/f', '*.txt', '*'];

/** The same commands, between which the users change the ignore rules. */
export function withIgnoreRules(tape: Tape, commands: readonly Command[], devices: readonly DeviceName[]): readonly Command[] {
  const changed = [...commands];
  for (let count = 1 + tape.below(4); count > 0; count -= 1)
    changed.splice(tape.below(changed.length + 1), 0, { on: tape.pick(devices), ...ignoreCommand(tape) });
  return changed;
}

function ignoreCommand(tape: Tape): UserCommand {
  const doing: UserDoing = tape.chance(0.8)
    ? { op: 'ignore', path: IGNORE_FILE, pattern: tape.pick(PATTERNS) }
    : { op: 'rm', path: IGNORE_FILE };
  return { ...doing, ...(tape.chance(0.5) ? { unsynced: true } : {}) };
}

export function showCommand(command: Command): string {
  const { on, op, ...rest } = command;
  return `${on}: ${op} ${Object.entries(rest)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ')}`.trimEnd();
}
