/** Where the crash rounds kill: who, and at which call or after how many milliseconds. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../scripts/harness/processes.mjs';
import type { Dice } from './dice.js';

export type Victim = 'a' | 'b' | 'server';

export interface Crash {
  readonly victim: Victim;
  /** `CALL:before|after:N`, or null for a moment. */
  readonly point: string | null;
  readonly afterMs: number;
}

/** What a daemon does to the disk, to its state database and to the line; each with how often it happens in a round. */
const DAEMON_CALLS: readonly (readonly [call: string, upTo: number])[] = [
  ['commit', 30],
  ['renameat2', 10],
  ['syncfs', 8],
  ['fsyncSync', 10],
  ['openSync', 60],
  ['writeSync', 15],
  ['renameSync', 4],
  ['unlinkSync', 6],
  ['mkdirSync', 4],
  ['rmdirSync', 1],
  ['lstatSync', 200],
  ['request', 15],
];

const SERVER_CALLS: readonly (readonly [call: string, upTo: number])[] = [
  ['commit', 30],
  ['sync', 6],
  ['answer', 40],
];

export function drawCrash(dice: Dice): Crash {
  const victim = dice.pick(['a', 'b', 'server'] as const);
  const afterMs = dice.below(1_500);
  return { victim, point: drawPoint(dice, victim), afterMs };
}

function drawPoint(dice: Dice, victim: Victim): string | null {
  if (dice.below(3) === 0) return null;
  const [call, upTo] = dice.pick(victim === 'server' ? SERVER_CALLS : DAEMON_CALLS);
  return `${call}:${dice.pick(['before', 'after'] as const)}:${String(1 + dice.below(upTo))}`;
}

export interface PowerCut {
  /** The machine: that of device A or that of the server. */
  readonly victim: 'a' | 'server';
  /** As in a crash. */
  readonly point: string | null;
  readonly afterMs: number;
}

export function drawPowerCut(dice: Dice): PowerCut {
  const victim = dice.pick(['a', 'a', 'server'] as const);
  return { victim, point: drawPoint(dice, victim), afterMs: dice.below(3_000) };
}

/** Environment of a process that is to die at this point. */
export function killAt(point: string): NodeJS.ProcessEnv {
  const preload = pathToFileURL(path.join(projectRoot, 'test', 'crash', 'kill-at.mjs')).href;
  return { FSYNC_KILL_AT: point, NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${preload}`.trim() };
}

/** Environment of a process that is to stop at this point (SIGSTOP), counted from when the file `once` is there. */
export function stopAt(point: string, once: string): NodeJS.ProcessEnv {
  return { ...killAt(point), FSYNC_STOP_ONCE: once };
}
