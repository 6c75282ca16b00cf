/** The state of the live view of `status --watch`: what was read and keys in, next state out. Nothing is done here. */
import type { LogEntry, StatusDocument } from '../../core/protocol/ipc.js';
import { withSample } from './throughput.js';

export interface WatchState {
  /** One entry a vault; null until the daemon has answered. */
  readonly statuses: readonly StatusDocument[] | null;
  /** Bytes a second, one sample a second, by the root of the vault. */
  readonly rates: ReadonlyMap<string, readonly number[]>;
  readonly sampledAt: number;
  /** Newest commits first, by the root of the vault. */
  readonly logs: ReadonlyMap<string, readonly LogEntry[]>;
  readonly selected: number;
  readonly screen: 'vaults' | 'log' | 'help';
  /** First entry shown of the log. */
  readonly scroll: number;
  readonly notice: string | null;
}

export type WatchKey =
  'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last' | 'pause' | 'resolve' | 'log' | 'help' | 'back' | 'quit' | 'interrupt';

export type WatchLeaving = 'quit' | 'interrupt' | 'resolve';

export interface WatchStep {
  readonly state: WatchState;
  /** The view is to be closed for this. */
  readonly leaving: WatchLeaving | null;
  /** The vault is to be paused, or to go on. */
  readonly pause: { readonly status: StatusDocument; readonly paused: boolean } | null;
}

const SAMPLE_MS = 1000;

export function openWatchState(): WatchState {
  const none = new Map<string, never>();
  return { statuses: null, rates: none, sampledAt: 0, logs: none, selected: 0, screen: 'vaults', scroll: 0, notice: null };
}

export function selectedStatus({ statuses, selected }: WatchState): StatusDocument | undefined {
  return statuses?.[selected];
}

export function selectedLog(state: WatchState): readonly LogEntry[] {
  return state.logs.get(selectedStatus(state)?.vault.root ?? '') ?? [];
}

/** What the daemon says now. The selection stays with its vault. */
export function withStatuses(state: WatchState, statuses: readonly StatusDocument[], now: number): WatchState {
  const root = selectedStatus(state)?.vault.root;
  const index = statuses.findIndex(({ vault }) => vault.root === root);
  const selected = index >= 0 ? index : Math.min(state.selected, Math.max(0, statuses.length - 1));
  const due = now - state.sampledAt >= SAMPLE_MS;
  const rates = due
    ? new Map(
        statuses.map(({ vault, transfer }) => [vault.root, withSample(state.rates.get(vault.root) ?? [], transfer?.bytesPerSecond ?? 0)]),
      )
    : state.rates;
  return { ...state, statuses, selected, rates, sampledAt: due ? now : state.sampledAt };
}

export function withLog(state: WatchState, root: string, entries: readonly LogEntry[]): WatchState {
  return { ...state, logs: new Map(state.logs).set(root, entries) };
}

export function withNotice(state: WatchState, notice: string): WatchState {
  return { ...state, notice };
}

/** `page`: entries of the log for which there is room. */
export function pressWatchKey(before: WatchState, key: WatchKey, page: number): WatchStep {
  const state = { ...before, notice: null };
  if (key === 'quit' || key === 'interrupt') return { state, leaving: key, pause: null };
  if (key === 'pause') return pressPause(state);
  if (key === 'resolve') return pressResolve(state);
  return stay(isMovement(key) ? moved(state, key, page) : onScreen(state, SCREENS[key], key !== 'back'));
}

const SCREENS = { back: 'vaults', log: 'log', help: 'help' } as const satisfies Partial<Record<WatchKey, WatchState['screen']>>;

function stay(state: WatchState): WatchStep {
  return { state, leaving: null, pause: null };
}

function pressPause(state: WatchState): WatchStep {
  const status = selectedStatus(state);
  if (status === undefined) return stay(withNotice(state, 'There is no vault to pause.'));
  return { state, leaving: null, pause: { status, paused: status.state !== 'paused' } };
}

function pressResolve(state: WatchState): WatchStep {
  const conflicts = selectedStatus(state)?.conflicts ?? [];
  if (conflicts.length === 0) return stay(withNotice(state, 'There is no conflict to settle.'));
  return { state: onScreen(state, 'vaults', false), leaving: 'resolve', pause: null };
}

/** `toggle`: from that screen back to the vaults. */
function onScreen(state: WatchState, screen: WatchState['screen'], toggle: boolean): WatchState {
  return { ...state, screen: toggle && state.screen === screen ? 'vaults' : screen, scroll: 0 };
}

type Movement = 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last';

const MOVEMENTS: readonly WatchKey[] = ['up', 'down', 'pageUp', 'pageDown', 'first', 'last'] satisfies Movement[];

function isMovement(key: WatchKey): key is Movement {
  return MOVEMENTS.includes(key);
}

function moved(state: WatchState, key: Movement, page: number): WatchState {
  return state.screen === 'log' ? scrolled(state, key, page) : { ...state, selected: selectedAfter(state, key, page) };
}

function scrolled(state: WatchState, key: Movement, page: number): WatchState {
  const last = Math.max(0, selectedLog(state).length - page);
  return { ...state, scroll: within(state.scroll + distance(key, page), last) };
}

function selectedAfter({ selected, statuses }: WatchState, key: Movement, page: number): number {
  return within(selected + distance(key, page), Math.max(0, (statuses?.length ?? 0) - 1));
}

function within(position: number, last: number): number {
  return Math.max(0, Math.min(last, position));
}

function distance(key: Movement, page: number): number {
  const steps: Readonly<Record<Movement, number>> = {
    up: -1,
    down: 1,
    pageUp: -page,
    pageDown: page,
    first: -Number.MAX_SAFE_INTEGER,
    last: Number.MAX_SAFE_INTEGER,
  };
  return steps[key];
}
