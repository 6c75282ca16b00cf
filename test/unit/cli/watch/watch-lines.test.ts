import { describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../../../src/core/protocol/ipc.js';
import { renderText } from '../../../../src/cli/output/text.js';
import { allot } from '../../../../src/cli/watch/allot.js';
import { throughputGraph, withSample } from '../../../../src/cli/watch/throughput.js';
import { watchLines } from '../../../../src/cli/watch/watch-lines.js';
import { openWatchState, withLog, withStatuses, type WatchState } from '../../../../src/cli/watch/watch-state.js';
import { fullStatus, sampleLog, sampleStatus } from '../../../support/sample-documents.js';

const now = Date.parse('2026-11-22T15:00:00.000Z');
const named = (name: string, changes: Partial<StatusDocument> = {}): StatusDocument => {
  const root = `/home/me/${name}`;
  return sampleStatus(root, { vault: { ...sampleStatus(root).vault, name }, ...changes });
};
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ path: `file ${String(index)}`, reason: 'unreadable' }));
const draw = (state: WatchState, rows: number, columns = 80): readonly string[] =>
  watchLines(state, { rows, columns, now }).map((line) => renderText(line, false));
const opened = (...statuses: readonly StatusDocument[]): WatchState => withStatuses(openWatchState(), statuses, now);

describe('the lines of the live view', () => {
  it('shows how a vault stands: state, bar, numbers, graph, conflicts, problems, history, what waits', () => {
    const text = draw(withLog(opened(fullStatus('/home/me/notes')), '/home/me/notes', sampleLog.entries), 40).join('\n');
    for (const part of [
      'notes  /home/me/notes',
      'Syncing: 2 files to upload (3.9 KiB), 1 to download (notes)',
      /^ {2}█{5}░{55} {3}8 %$/m,
      'Uploading 2 of 14 files, 1 MiB of 12 MiB, 3 MiB/s, 4 s left',
      /█ {2}at most 3 MiB\/s in 1 s/,
      /Conflicts\n {2}C todo\.md from laptop, and a copy from desktop/,
      /Problems\n {2}! run\.sock: a socket, a pipe or a device\n {2}! 2 directories cannot be watched/,
      /Recent\n {2}4 .* gave grace \(not verified\) the role writer\n {2}3 .* moved a\.txt -> b\.txt/,
      /To upload\n {2}M {2}a\.txt \(12 B\)/,
      'To download',
    ])
      expect(text).toMatch(part);
  });

  it.each([8, 12, 21, 37])('never takes more than %i rows, whatever there is to tell', (rows) => {
    const state = opened(...Array.from({ length: 30 }, (_, index) => ({ ...fullStatus(`/v/${String(index)}`), unsyncable: many(500) })));
    expect(draw(withLog(state, '/v/0', sampleLog.entries), rows).length).toBeLessThanOrEqual(rows);
    for (const screen of ['log', 'help'] as const) expect(draw({ ...state, screen }, rows).length).toBeLessThanOrEqual(rows);
  });

  it('says how many there are when not all fit', () => {
    const text = draw(opened(named('notes', { unsyncable: many(500) })), 10).join('\n');
    expect(text).toMatch(/Problems \(500\)\n(?: {2}! file \d: cannot be read\n)+ {2}… and 49\d more$/);
  });

  it('lists several vaults, each with its state, and the selected one in full', () => {
    const state = opened(named('notes', { state: 'offline' }), named('photos', { transfer: fullStatus('/p').transfer }));
    const lines = draw({ ...state, selected: 1 }, 21);
    expect(lines[0]).toMatch(/^ {2}notes {3}Offline/);
    expect(lines[1]).toMatch(/^> photos {2}█░{9} {3}8 % In sync/);
    expect(lines[3]).toBe('photos  /home/me/photos');
  });

  it('asks for a vault when there is none', () => {
    expect(draw(opened(), 21).join('\n')).toMatch(/No folder .*\nMake a vault with fsync init/);
  });
});

describe('the room of the lists', () => {
  it.each([
    [[10, 10], 10, [3, 3]],
    [[1, 10], 10, [1, 5]],
    [[10, 10], 4, [2, 0]],
    [[10, 10], 2, [0, 0]],
    [[0, 2], 20, [0, 2]],
  ])('gives lists of %j in %i rows %j entries', (wanted, room, given) => {
    expect(allot(wanted, room, 2)).toEqual(given);
  });
});

describe('the graph', () => {
  it('is drawn against the highest sample', () => {
    expect(throughputGraph([0, 1, 4, 7, 14], 60)).toBe('▁▂▃▅█');
    expect(throughputGraph([5, 10, 10], 2)).toBe('██');
  });

  it('keeps a minute', () => {
    let samples: readonly number[] = [];
    for (let second = 0; second < 100; second += 1) samples = withSample(samples, second);
    expect([samples.length, samples[0]]).toEqual([60, 40]);
  });
});
