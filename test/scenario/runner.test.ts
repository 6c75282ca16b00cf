/**
 * The runner is tested on a naive path-by-path sync: simple changes pass, and what needs the
 * identity of files, a journal or care with deletions is caught.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNaiveWorld } from './naive-world.js';
import { runScenario } from './run-scenario.js';
import { readScenarios } from './scenario-file.js';
import { conflictCopiesOf, isConflictCopy } from './conflict-names.js';

const scenarios = readScenarios(new URL('scenarios.json', import.meta.url));
const quick = scenarios
  .filter((scenario) => !scenario.requires.includes('non-root'))
  .map((scenario) => ({ ...scenario, steps: scenario.steps.filter((step) => !('wait' in step)) }));
const failures = new Map<string, readonly string[]>();
let base = '';

beforeAll(async () => {
  base = mkdtempSync(path.join(tmpdir(), 'fsync-naive-'));
  for (const scenario of quick) {
    const report = await runScenario(scenario, createNaiveWorld(path.join(base, scenario.id), scenario));
    if (report.problems.length > 0) failures.set(scenario.id, report.problems);
  }
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('the scenario runner on a naive sync', () => {
  it('reads every scenario and finds their names unique', () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(88);
    expect(new Set(scenarios.map(({ id }) => id)).size).toBe(scenarios.length);
  });

  it('passes what one client does while the other rests', () => {
    const simple = [
      'basic-002',
      'basic-004',
      'basic-007',
      'basic-009',
      'basic-010',
      'basic-012',
      'basic-017',
      'move-007',
      'move-012',
      'move-020',
    ];
    expect(simple.filter((id) => failures.has(id))).toEqual([]);
  });

  it.each([
    ['xmove-004', 'an edit inside a folder that the other side renames'],
    ['xmove-006', 'new files inside a folder that the other side renames'],
    ['xmove-027', 'a move into a folder that the other side renames'],
  ])('catches %s: %s', (id) => {
    expect(failures.get(id)).toBeDefined();
  });

  it('passes about four in five of them', () => {
    const passed = quick.length - failures.size;
    expect(passed).toBeGreaterThan(quick.length * 0.6);
    expect(passed).toBeLessThan(quick.length * 0.95);
  });
});

describe('conflict copies', () => {
  it('are recognised by their own name only', () => {
    expect(isConflictCopy('a/report (conflict laptop 2026-11-22 140311 k3f9).md')).toBe(true);
    expect(isConflictCopy('d (conflict laptop 2026-11-22 140311 k3f9)/x')).toBe(false);
    expect(isConflictCopy('about a (conflict).md')).toBe(false);
  });

  it('are found by the name they were made from, also when it had to be shortened', () => {
    const names = [
      'f (conflict A 2026-11-22 140311 k3f9).txt',
      'f.txt',
      'ff (conflict A 2026-11-22 140311 k3f9).txt',
      'nnn (conflict A 2026-11-22 140311 k3f9)',
    ];
    expect(conflictCopiesOf('f.txt', names)).toEqual([names[0]]);
    expect(conflictCopiesOf('nnnnnnnn', names)).toEqual([names[3]]);
  });
});
