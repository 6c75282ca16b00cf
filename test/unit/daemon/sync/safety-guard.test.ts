import { beforeEach, describe, expect, it } from 'vitest';
import type { GuardLimits } from '../../../../src/core/plan/guard.js';
import { SafetyGuard, SETTLE_MS } from '../../../../src/daemon/sync/safety-guard.js';
import { createMemoryStateStore, type MemoryStateStore } from '../../../support/memory-state-store.js';
import type { PlannerClient } from '../../../support/planner-client.js';
import { PlannerWorld } from '../../../support/planner-world.js';

const FILES = 20;
const SLICE_MS = 500;

describe('the guard of a session', () => {
  let a: PlannerClient;
  let store: MemoryStateStore;
  let guard: SafetyGuard;
  let nowMs: number;
  let limits: GuardLimits;

  beforeEach(() => {
    const world = new PlannerWorld(['A', 'B']);
    a = world.client('A');
    for (let i = 0; i < FILES; i += 1) a.folder.write(`f${String(i)}`, `text ${String(i)}`);
    world.sync();
    nowMs = 1_000_000;
    limits = { files: 5, percent: 50 };
    store = createMemoryStateStore();
    guard = begun();
  });

  /** As a daemon that starts finds it. */
  function begun(): SafetyGuard {
    return new SafetyGuard({ store, trees: a.trees, limits: () => limits, clock: { now: () => nowMs }, isReader: () => false });
  }

  /** Looks at the folder, asks the guard, and does what it lets through. */
  function slice(): boolean {
    nowMs += SLICE_MS;
    a.observe();
    let checked = guard.check(a.plan());
    while (checked.isSettling) {
      nowMs += SETTLE_MS;
      checked = guard.check(a.plan());
    }
    if (checked.held !== null) return true;
    a.cycle();
    guard.check(a.plan());
    return false;
  }

  it('counts slices of one deletion together', () => {
    const held = Array.from({ length: FILES }, (_, i) => {
      a.folder.rm(`f${String(i)}`);
      return slice();
    });
    expect(held.indexOf(true)).toBe(FILES / 2);
  });

  it('counts a file once, however often it is rewritten', () => {
    for (let i = 0; i < 3 * FILES; i += 1) {
      a.folder.write('f0', `line ${String(i)}`);
      expect(slice()).toBe(false);
    }
  });

  it('forgets what was taken back', () => {
    for (let i = 0; i < FILES; i += 1) a.folder.write(`f${String(i)}`, 'rewritten');
    expect(slice()).toBe(true);
    for (let i = 0; i < FILES; i += 1) a.folder.write(`f${String(i)}`, `text ${String(i)}`);
    expect(slice()).toBe(false);
    a.folder.write('f0', 'edited');
    expect(slice()).toBe(false);
  });

  it('hazard 48: holds back the deletions of an emptied folder also when something new comes into it, until somebody decides', () => {
    limits = { files: 100, percent: 50 };
    for (let i = 0; i < FILES; i += 1) a.folder.rm(`f${String(i)}`);
    expect(slice()).toBe(true);
    a.folder.write('new', 'new');
    expect(slice()).toBe(true);
    guard = begun();
    expect(slice()).toBe(true);
    guard.approve(guard.check(a.plan()).held?.changes.map(({ id }) => id) ?? []);
    expect(slice()).toBe(false);
  });

  it('waits while more of a deletion is coming, also while the same files are written again', () => {
    for (let i = 0; i < 11; i += 1) a.folder.write(`f${String(i)}`, 'first');
    a.observe();
    expect(guard.check(a.plan()).isSettling).toBe(true);
    nowMs += SETTLE_MS - 1;
    for (let i = 0; i < 11; i += 1) a.folder.write(`f${String(i)}`, 'second');
    a.observe();
    expect(guard.check(a.plan()).isSettling).toBe(true);
    nowMs += SETTLE_MS - 1;
    expect(guard.check(a.plan()).isSettling).toBe(true);
    nowMs += 1;
    expect(guard.check(a.plan()).isSettling).toBe(false);
  });
});
