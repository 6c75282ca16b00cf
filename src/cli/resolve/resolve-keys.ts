/** Which key means what in the interactive `fsync resolve`. */
import type { Key, ResolveState } from './resolve-state.js';

/** The keys as ink reports them. */
export interface PressedKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

const LETTERS: Readonly<Record<string, Key>> = {
  k: 'up',
  j: 'down',
  g: 'first',
  G: 'last',
  ' ': 'pageDown',
  o: 'ours',
  t: 'theirs',
  b: 'both',
  m: 'merge',
  e: 'edit',
  u: 'undecide',
  n: 'next',
  p: 'previous',
  a: 'apply',
  y: 'confirm',
  q: 'quit',
};

const NAMED: readonly (readonly [keyof PressedKey, Key])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'back'],
  ['rightArrow', 'open'],
  ['pageUp', 'pageUp'],
  ['pageDown', 'pageDown'],
  ['home', 'first'],
  ['end', 'last'],
  ['return', 'open'],
  ['escape', 'back'],
  ['backspace', 'undecide'],
  ['delete', 'undecide'],
];

/** Keys that were typed quickly come as one text; such a text, which may have been pasted, confirms nothing. */
export function keysOf(input: string, pressed: PressedKey): readonly Key[] {
  const single = keyOf(input, pressed);
  if (single !== null) return [single];
  if (pressed.ctrl || pressed.meta) return [];
  return Array.from(input)
    .flatMap((letter) => LETTERS[letter] ?? [])
    .filter((key) => key !== 'confirm');
}

function keyOf(input: string, pressed: PressedKey): Key | null {
  if (pressed.ctrl) return input === 'c' ? 'interrupt' : null;
  const named = NAMED.find(([name]) => pressed[name] === true);
  if (named !== undefined) return named[1];
  return pressed.meta ? null : (LETTERS[input] ?? null);
}

const CHOICES = 'o ours  t theirs  b both  m merge  e edit  u none';

/** The lines at the foot of each screen; both fit into 80 columns. */
export function keyHelp({ screen }: Pick<ResolveState, 'screen'>): readonly string[] {
  switch (screen) {
    case 'list':
      return [CHOICES, '↑↓ select  Enter compare  a apply …  q quit, nothing applied'];
    case 'conflict':
      return [CHOICES, '↑↓ scroll  n next  p previous  Esc list  a apply …  q quit, nothing applied'];
    case 'confirm':
      return ['y apply  n back to the list  q quit, nothing applied'];
  }
}
