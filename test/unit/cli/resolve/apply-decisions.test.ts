import { describe, expect, it } from 'vitest';
import { planDecisions } from '../../../../src/cli/resolve/apply-decisions.js';
import { sampleConflict } from '../../../support/sample-conflicts.js';

describe('planDecisions', () => {
  it('makes one call for each choice', () => {
    const open = ['a', 'b', 'c'].map((name) => sampleConflict(name));
    const choices = new Map([
      ['a copy', 'ours'],
      ['b copy', 'theirs'],
      ['c copy', 'ours'],
    ] as const);
    expect(planDecisions(open, choices)).toEqual({
      batches: [
        { choice: 'ours', copies: ['a copy', 'c copy'] },
        { choice: 'theirs', copies: ['b copy'] },
      ],
      blocked: [],
    });
  });

  it('settles the conflict of a copy before that of its original, and never with it', () => {
    const [outer, inner] = [sampleConflict('a', 'a copy'), sampleConflict('a copy', 'a copy copy')];
    const both = new Map([
      ['a copy', 'ours'],
      ['a copy copy', 'ours'],
    ] as const);
    expect(planDecisions([outer, inner], both).batches.map(({ copies }) => copies)).toEqual([['a copy copy'], ['a copy']]);
    expect(planDecisions([outer, inner], new Map([['a copy', 'ours']] as const))).toEqual({ batches: [], blocked: [outer] });
  });
});
