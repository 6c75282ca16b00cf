/** Which key means what in the live view of `status --watch`. */
import type { PressedKey } from '../resolve/resolve-keys.js';
import type { WatchKey, WatchState } from './watch-state.js';

const LETTERS: Readonly<Record<string, WatchKey>> = {
  k: 'up',
  j: 'down',
  g: 'first',
  G: 'last',
  ' ': 'pageDown',
  p: 'pause',
  r: 'resolve',
  l: 'log',
  '?': 'help',
  h: 'help',
  q: 'quit',
};

const NAMED: readonly (readonly [keyof PressedKey, WatchKey])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['pageUp', 'pageUp'],
  ['pageDown', 'pageDown'],
  ['home', 'first'],
  ['end', 'last'],
  ['escape', 'back'],
  ['backspace', 'back'],
];

/** Keys that were typed quickly come as one text. */
export function watchKeysOf(input: string, pressed: PressedKey): readonly WatchKey[] {
  if (pressed.ctrl) return input === 'c' ? ['interrupt'] : [];
  const named = NAMED.find(([name]) => pressed[name] === true);
  if (named !== undefined) return [named[1]];
  return pressed.meta ? [] : Array.from(input).flatMap((letter) => LETTERS[letter] ?? []);
}

/** The line at the foot of each screen; fits into 80 columns. */
export function watchKeyHelp({ screen, statuses }: Pick<WatchState, 'screen' | 'statuses'>): string {
  switch (screen) {
    case 'vaults':
      return `${(statuses?.length ?? 0) > 1 ? '↑↓ vault  ' : ''}p pause/resume  r resolve  l log  ? help  q quit`;
    case 'log':
      return '↑↓ scroll  Esc back  ? help  q quit';
    case 'help':
      return 'Esc back  q quit';
  }
}

/** What each key does, for the help screen. */
export const WATCH_KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ['p', 'pause the vault, or go on when it is paused'],
  ['r', 'settle its conflicts: compare both versions, choose, apply'],
  ['l', 'its history, newest first; again or Esc: back'],
  ['↑ ↓ j k', 'another vault; in the history: scroll'],
  ['PgUp PgDn g G', 'scroll by pages, to the start, to the end'],
  ['?', 'this help; again or Esc: back'],
  ['q Ctrl-C', 'leave; the daemon goes on syncing'],
];
