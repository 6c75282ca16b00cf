import { describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../../../src/core/protocol/ipc.js';
import { watchKeyHelp, watchKeysOf } from '../../../../src/cli/watch/watch-keys.js';
import {
  openWatchState,
  pressWatchKey,
  selectedStatus,
  withLog,
  withStatuses,
  type WatchState,
} from '../../../../src/cli/watch/watch-state.js';
import { fullStatus, sampleLog, sampleStatus } from '../../../support/sample-documents.js';

const PAGE = 10;
const opened = (statuses: readonly StatusDocument[]): WatchState => withStatuses(openWatchState(), statuses, 1000);
const three = opened(['/a', '/b', '/c'].map((root) => sampleStatus(root)));
const rootOf = (state: WatchState): string | undefined => selectedStatus(state)?.vault.root;
const NO_KEY = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageUp: false,
  pageDown: false,
  return: false,
  escape: false,
  backspace: false,
  delete: false,
  ctrl: false,
  meta: false,
};

describe('the state of the live view', () => {
  it('keeps the selection on its vault when others come and go', () => {
    const selected = pressWatchKey(three, 'down', PAGE).state;
    expect(rootOf(selected)).toBe('/b');
    expect(rootOf(withStatuses(selected, [sampleStatus('/b'), sampleStatus('/c')], 2000))).toBe('/b');
    expect(rootOf(withStatuses(selected, [sampleStatus('/a')], 2000))).toBe('/a');
    expect(rootOf(withStatuses(selected, [], 2000))).toBeUndefined();
  });

  it('moves within the vaults, and stops at both ends', () => {
    expect(rootOf(pressWatchKey(three, 'up', PAGE).state)).toBe('/a');
    expect(rootOf(pressWatchKey(three, 'last', PAGE).state)).toBe('/c');
    expect(rootOf(pressWatchKey(pressWatchKey(three, 'last', PAGE).state, 'pageDown', PAGE).state)).toBe('/c');
  });

  it('asks to pause a vault, and to go on with one that is paused', () => {
    expect(pressWatchKey(three, 'pause', PAGE).pause).toMatchObject({ paused: true, status: { vault: { root: '/a' } } });
    expect(pressWatchKey(opened([sampleStatus('/p', { state: 'paused' })]), 'pause', PAGE).pause).toMatchObject({ paused: false });
    expect(pressWatchKey(opened([]), 'pause', PAGE)).toMatchObject({ pause: null, state: { notice: expect.stringContaining('no vault') } });
  });

  it('leaves for the conflicts only when there are some', () => {
    expect(pressWatchKey(opened([fullStatus('/a')]), 'resolve', PAGE).leaving).toBe('resolve');
    expect(pressWatchKey(three, 'resolve', PAGE)).toMatchObject({ leaving: null, state: { notice: 'There is no conflict to settle.' } });
    expect(pressWatchKey(three, 'quit', PAGE).leaving).toBe('quit');
    expect(pressWatchKey(three, 'interrupt', PAGE).leaving).toBe('interrupt');
  });

  it('opens and closes the history and the help with the same key, and with Escape', () => {
    const log = pressWatchKey(three, 'log', PAGE).state;
    expect(log.screen).toBe('log');
    expect(pressWatchKey(log, 'log', PAGE).state.screen).toBe('vaults');
    expect(pressWatchKey(pressWatchKey(log, 'help', PAGE).state, 'back', PAGE).state.screen).toBe('vaults');
  });

  it('scrolls the history to its end and no further', () => {
    const entry = sampleLog.entries[0];
    const entries = entry === undefined ? [] : Array.from({ length: 25 }, () => entry);
    const log = pressWatchKey(withLog(three, '/a', entries), 'log', PAGE).state;
    expect(pressWatchKey(log, 'last', PAGE).state.scroll).toBe(15);
    expect(pressWatchKey(pressWatchKey(log, 'last', PAGE).state, 'pageUp', PAGE).state.scroll).toBe(5);
    expect(pressWatchKey(log, 'up', PAGE).state.scroll).toBe(0);
  });

  it('takes a sample of the throughput once a second, and forgets it when nothing moves', () => {
    const busy = fullStatus('/a');
    let state = withStatuses(openWatchState(), [busy], 1000);
    state = withStatuses(state, [busy], 1500);
    state = withStatuses(state, [sampleStatus('/a')], 2000);
    expect(state.rates.get('/a')).toEqual([3_145_728, 0]);
    for (let second = 3; second < 63; second += 1) state = withStatuses(state, [sampleStatus('/a')], second * 1000);
    expect(state.rates.get('/a')).toEqual([]);
  });
});

describe('the keys of the live view', () => {
  it('takes keys that come together, and ignores what it does not know', () => {
    expect(watchKeysOf('px?q', NO_KEY)).toEqual(['pause', 'help', 'quit']);
    expect(watchKeysOf('c', { ...NO_KEY, ctrl: true })).toEqual(['interrupt']);
    expect(watchKeysOf('q', { ...NO_KEY, ctrl: true })).toEqual([]);
    expect(watchKeysOf('', { ...NO_KEY, escape: true })).toEqual(['back']);
  });

  it('names them in a line of at most 80 columns on each screen', () => {
    for (const screen of ['vaults', 'log', 'help'] as const) {
      const line = watchKeyHelp({ screen, statuses: three.statuses });
      expect(line).toContain('q quit');
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });
});
