import { describe, expect, it } from 'vitest';
import { Schedule } from '../../../../src/daemon/sync/schedule.js';
import { SecondLook } from '../../../../src/daemon/sync/second-look.js';

const nothing = { scope: 'all', changing: [], unreadable: [], racyUntilMs: null, racyDirectories: [] } as const;

describe('what the last looks left open', () => {
  it('forgets an unreadable file as soon as its directory was looked at and it was not among the unreadable any more', () => {
    const look = new SecondLook();
    const schedule = new Schedule();
    look.note({ ...nothing, unreadable: ['d/f', 'e/g'] }, { schedule, nowMs: 0 });
    look.note({ ...nothing, scope: [''] }, { schedule, nowMs: 1 });
    expect(look.unreadable).toEqual(['d/f', 'e/g']);
    look.note({ ...nothing, scope: ['d', 'e'], unreadable: ['e/g'] }, { schedule, nowMs: 2 });
    expect(look.unreadable).toEqual(['e/g']);
    look.note(nothing, { schedule, nowMs: 3 });
    expect(look.unreadable).toEqual([]);
  });
});
