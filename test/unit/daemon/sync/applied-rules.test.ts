import { expect, it } from 'vitest';
import { parseIgnoreRules } from '../../../../src/core/ignore/ignore-rules.js';
import { AppliedRules } from '../../../../src/daemon/sync/applied-rules.js';

const [logs, none] = ['*.log\n', ''].map(parseIgnoreRules);
if (logs === undefined || none === undefined) throw new Error('unreachable');

it('hazards 23, 90: looks at everything until all of the folder has been looked at with the present rules', () => {
  const applied = new AppliedRules();
  expect(applied.scopeFor(none, ['d'])).toBe('all');
  applied.note(none, ['d']);
  expect(applied.scopeFor(none, ['d'])).toBe('all');
  applied.note(none, 'all');
  expect(applied.scopeFor(none, ['d'])).toEqual(['d']);
  expect(applied.scopeFor(logs, [''])).toBe('all');
  applied.note(logs, 'all');
  expect(applied.scopeFor(parseIgnoreRules('*.log\n'), [''])).toEqual(['']);
  expect(applied.scopeFor(none, [''])).toBe('all');
});
