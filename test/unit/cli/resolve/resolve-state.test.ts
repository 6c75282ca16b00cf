import { describe, expect, it } from 'vitest';
import { openState, press, windowStart, withSides, type Key, type ResolveState } from '../../../../src/cli/resolve/resolve-state.js';
import { sampleConflict, sampleSides } from '../../../support/sample-conflicts.js';

const room = { page: 5, lines: 12 };
const start = openState(['a', 'b', 'c'].map((name) => sampleConflict(name)));

function pressAll(state: ResolveState, ...keys: readonly Key[]): ResolveState {
  return keys.reduce((now, key) => press(now, key, room).state, state);
}

const choices = (state: ResolveState) => Object.fromEntries([...state.decisions].map(([copy, { choice }]) => [copy, choice]));

describe('the state of the interactive resolve', () => {
  it('collects one choice for each conflict and moves on in the list', () => {
    const state = pressAll(start, 'ours', 'theirs', 'both', 'merge');
    expect({ choices: choices(state), selected: state.selected }).toEqual({
      choices: { 'a copy': 'ours', 'b copy': 'theirs', 'c copy': 'merge' },
      selected: 2,
    });
    expect(choices(pressAll(state, 'first', 'undecide'))).toEqual({ 'b copy': 'theirs', 'c copy': 'merge' });
  });

  it('leaves to apply only from the confirmation, and never without a choice', () => {
    expect(press(start, 'apply', room)).toMatchObject({ leaving: null, state: { screen: 'list', notice: 'Nothing is chosen yet.' } });
    const chosen = pressAll(start, 'ours');
    expect(press(chosen, 'confirm', room).leaving).toBeNull();
    const asked = press(chosen, 'apply', room);
    expect(asked).toMatchObject({ leaving: null, state: { screen: 'confirm' } });
    for (const key of ['ours', 'open', 'apply', 'edit', 'down'] as const) expect(press(asked.state, key, room).leaving).toBeNull();
    expect(press(asked.state, 'confirm', room).leaving).toBe('apply');
    expect(press(asked.state, 'back', room).state).toMatchObject({ screen: 'list', decisions: chosen.decisions });
  });

  it.each(['quit', 'interrupt'] as const)('leaves on %s from every screen', (key) => {
    for (const state of [start, pressAll(start, 'open'), pressAll(start, 'ours', 'apply')])
      expect(press(state, key, room).leaving).toBe(key);
  });

  it('edits text only, and only what was seen', () => {
    expect(press(start, 'edit', room)).toMatchObject({ leaving: null, state: { screen: 'conflict' } });
    expect(press(withSides(start, 'a copy', sampleSides('x\n', 'y\n')), 'edit', room).leaving).toBe('edit');
    expect(press(withSides(start, 'a copy', sampleSides('x\n', null)), 'edit', room)).toMatchObject({
      leaving: null,
      state: { notice: 'Only text can be edited.' },
    });
  });

  it('scrolls a comparison between its ends, from the top of each', () => {
    const open = pressAll(start, 'open');
    expect(pressAll(open, 'up').scroll).toBe(0);
    expect(pressAll(open, 'pageDown', 'down').scroll).toBe(6);
    expect(pressAll(open, 'last', 'down').scroll).toBe(7);
    expect(pressAll(open, 'last', 'next')).toMatchObject({ scroll: 0, selected: 1, screen: 'conflict' });
    expect(press(open, 'down', { page: 20, lines: 3 }).state.scroll).toBe(0);
  });

  it('keeps what is selected in the window', () => {
    for (let selected = 0; selected < 30; selected += 1) {
      const first = windowStart(selected, 7, 30);
      expect(first <= selected && selected < first + 7 && first >= 0 && first + 7 <= 30).toBe(true);
    }
    expect(windowStart(1, 7, 2)).toBe(0);
  });
});
