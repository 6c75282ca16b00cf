import { beforeEach, describe, expect, it } from 'vitest';
import type { GuardedPlan, GuardInput } from '../../../../src/core/plan/guard.js';
import { guardPlan } from '../../../../src/core/plan/guard.js';
import { heldReason } from '../../../../src/core/plan/held-reason.js';
import type { PlannerClient } from '../../../support/planner-client.js';
import { PlannerWorld } from '../../../support/planner-world.js';

let world: PlannerWorld;
let a: PlannerClient;
let b: PlannerClient;

function start(count: number): void {
  for (let i = 0; i < count; i += 1) a.folder.write(`f${i}`, `text ${i}`);
  world.sync();
}

function guarded(client: PlannerClient, change: Partial<GuardInput> = {}): GuardedPlan {
  client.observe();
  client.pull();
  const { base, local, remote } = client.trees;
  const limits = { files: 100, percent: 50 };
  return guardPlan(client.plan(), {
    base,
    local,
    remote,
    limits,
    approved: new Set(),
    recent: { server: 0, folder: 0 },
    emptied: new Set(),
    ...change,
  });
}

beforeEach(() => {
  world = new PlannerWorld(['A', 'B']);
  [a, b] = [world.client('A'), world.client('B')];
});

describe('guardPlan', () => {
  it('hazard 49: holds back more than 100 files that are more than half of all, not one less', () => {
    start(202);
    for (let i = 0; i < 101; i += 1) a.folder.rm(`f${i}`);
    expect(guarded(a).held).toBeNull();
    a.folder.rm('f101');
    expect(guarded(a).held?.changes).toHaveLength(102);
    expect(guarded(a, { limits: { files: 102, percent: 50 } }).held).toBeNull();
  });

  it('counts slices of one deletion together', () => {
    start(120);
    for (let i = 0; i < 70; i += 1) a.folder.rm(`f${i}`);
    expect(guarded(a).held).toBeNull();
    expect(guarded(a, { recent: { server: 40, folder: 0 } }).held?.cause).toBe('mass-change');
    expect(guarded(a, { recent: { server: 0, folder: 40 } }).held).toBeNull();
  });

  it('counts what others delete and rewrite, on the side of the folder', () => {
    start(150);
    for (let i = 0; i < 80; i += 1) a.folder.rm(`f${i}`);
    for (let i = 80; i < 150; i += 1) a.folder.write(`f${i}`, 'rewritten');
    a.cycle();
    const { held, plan } = guarded(b);
    expect(plan.apply).toEqual([]);
    expect(held && heldReason(held)).toBe('of 150 files, 80 would be deleted and 70 rewritten in this folder');
  });

  it('holds back a directory and what needs its name, and lets new files through', () => {
    for (let i = 0; i < 120; i += 1) a.folder.write(`d/f${i}`, `text ${i}`);
    a.folder.write('kept', 'k');
    world.sync();
    a.folder.rmdir('d');
    a.folder.write('d', 'a file now');
    a.folder.write('new', 'n');
    const { held, plan } = guarded(a);
    expect(held && heldReason(held)).toBe('of 121 files, 120 would be deleted on the server');
    expect(plan.commit.map(({ facets }) => facets.name)).toEqual(['new']);
  });

  it('takes a folder without anything in it for a mistake, unless there was next to nothing', () => {
    start(2);
    a.folder.rm('f0');
    expect(guarded(a).held).toBeNull();
    a.folder.rm('f1');
    const { held } = guarded(a);
    expect(held && heldReason(held)).toBe('the folder was emptied: of 2 files, 2 would be deleted on the server');
    a.folder.write('something', 's');
    expect(guarded(a).held).toBeNull();
  });

  it('says nothing when two folders that were never in sync come together', () => {
    start(120);
    b.loseState();
    for (let i = 0; i < 120; i += 1) b.folder.write(`f${i}`, 'other');
    expect(guarded(b).held).toBeNull();
  });
});
