/** The state of the interactive `fsync resolve`: keys in, next state out. Nothing is applied here. */
import type { ConflictStatus, ResolveChoice } from '../../core/protocol/ipc.js';
import type { ConflictSides } from './conflict-sides.js';

export type Decision =
  { readonly choice: ResolveChoice } | { readonly choice: 'edit'; readonly text: string; readonly sides: ConflictSides };

export interface ResolveState {
  readonly conflicts: readonly ConflictStatus[];
  readonly selected: number;
  readonly screen: 'list' | 'conflict' | 'confirm';
  /** First line shown of the comparison. */
  readonly scroll: number;
  /** By the path of the copy: the one name that no other conflict has. */
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly sides: ReadonlyMap<string, ConflictSides>;
  readonly notice: string | null;
}

export type Leaving = 'apply' | 'quit' | 'interrupt' | 'edit';
export type Key =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'first'
  | 'last'
  | 'open'
  | 'back'
  | 'next'
  | 'previous'
  | 'apply'
  | 'confirm'
  | 'undecide'
  | 'edit'
  | 'quit'
  | 'interrupt'
  | ResolveChoice;

/** What the screen has room for. */
export interface Room {
  /** Entries of the list, and lines of the comparison. */
  readonly page: number;
  readonly lines: number;
}

export interface Step {
  readonly state: ResolveState;
  /** The view is to be closed for this. */
  readonly leaving: Leaving | null;
}

export function openState(conflicts: readonly ConflictStatus[]): ResolveState {
  return { conflicts, selected: 0, screen: 'list', scroll: 0, decisions: new Map(), sides: new Map(), notice: null };
}

export function selectedConflict({ conflicts, selected }: ResolveState): ConflictStatus | undefined {
  return conflicts[selected];
}

export function withSides(state: ResolveState, copy: string, sides: ConflictSides): ResolveState {
  return { ...state, sides: new Map(state.sides).set(copy, sides) };
}

export function decide(state: ResolveState, copy: string, decision: Decision | null): ResolveState {
  const decisions = new Map(state.decisions);
  if (decision === null) decisions.delete(copy);
  else decisions.set(copy, decision);
  return { ...state, decisions, notice: null };
}

export function press(before: ResolveState, key: Key, room: Room): Step {
  const state = { ...before, notice: null };
  if (key === 'interrupt' || key === 'quit') return { state, leaving: key };
  if (state.screen === 'confirm') return pressConfirm(state, key);
  if (key === 'edit') return pressEdit(state);
  return { state: pressOpen(state, key, room), leaving: null };
}

function pressConfirm(state: ResolveState, key: Key): Step {
  if (key === 'confirm') return { state, leaving: 'apply' };
  return { state: key === 'back' || key === 'next' ? { ...state, screen: 'list' } : state, leaving: null };
}

/** Both versions have to be seen first: only then it is known that they are text. */
function pressEdit(state: ResolveState): Step {
  const sides = state.sides.get(selectedConflict(state)?.copy ?? '');
  if (sides === undefined)
    return { state: { ...state, screen: 'conflict', scroll: 0, notice: 'Look at both first, then press e.' }, leaving: null };
  if (!isEditable(sides)) return { state: { ...state, notice: 'Only text can be edited.' }, leaving: null };
  return { state, leaving: 'edit' };
}

export function isEditable({ ours, theirs }: ConflictSides): boolean {
  return [ours, theirs].every(({ kind, text }) => kind === 'file' && text !== null);
}

function pressOpen(state: ResolveState, key: Key, room: Room): ResolveState {
  if (isChoice(key)) return chooseAndGoOn(state, { choice: key });
  if (isMovement(key)) return state.screen === 'list' ? select(state, moved(state.selected, key, room.page)) : scrolled(state, key, room);
  return OPEN_KEYS[key]?.(state) ?? state;
}

const OPEN_KEYS: Readonly<Partial<Record<Key, (state: ResolveState) => ResolveState>>> = {
  undecide: (state) => decide(state, selectedConflict(state)?.copy ?? '', null),
  apply: askToConfirm,
  open: (state) => ({ ...state, screen: 'conflict', scroll: 0 }),
  back: (state) => ({ ...state, screen: 'list', scroll: 0 }),
  next: (state) => select(state, state.selected + 1),
  previous: (state) => select(state, state.selected - 1),
};

function askToConfirm(state: ResolveState): ResolveState {
  return state.decisions.size === 0 ? { ...state, notice: 'Nothing is chosen yet.' } : { ...state, screen: 'confirm' };
}

/** In the list the next conflict is at hand; a comparison stays, with the choice shown. */
function chooseAndGoOn(state: ResolveState, decision: Decision): ResolveState {
  const decided = decide(state, selectedConflict(state)?.copy ?? '', decision);
  return state.screen === 'list' ? select(decided, state.selected + 1) : decided;
}

function select(state: ResolveState, index: number): ResolveState {
  return { ...state, selected: Math.max(0, Math.min(state.conflicts.length - 1, index)), scroll: 0 };
}

function scrolled(state: ResolveState, key: Movement, { page, lines }: Room): ResolveState {
  return { ...state, scroll: Math.max(0, Math.min(lines - page, moved(state.scroll, key, page))) };
}

const CHOICES: readonly Key[] = ['ours', 'theirs', 'both', 'merge'] satisfies ResolveChoice[];
const MOVEMENTS: readonly Key[] = ['up', 'down', 'pageUp', 'pageDown', 'first', 'last'] satisfies Movement[];

function isChoice(key: Key): key is ResolveChoice {
  return CHOICES.includes(key);
}

function isMovement(key: Key): key is Movement {
  return MOVEMENTS.includes(key);
}

type Movement = 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last';

function moved(position: number, key: Movement, page: number): number {
  switch (key) {
    case 'up':
      return position - 1;
    case 'down':
      return position + 1;
    case 'pageUp':
      return position - page;
    case 'pageDown':
      return position + page;
    case 'first':
      return 0;
    case 'last':
      return Number.MAX_SAFE_INTEGER;
  }
}

/** The first entry of a window of `page` entries that shows `selected` near its middle. */
export function windowStart(selected: number, page: number, count: number): number {
  return Math.max(0, Math.min(count - page, selected - Math.floor(page / 2)));
}
