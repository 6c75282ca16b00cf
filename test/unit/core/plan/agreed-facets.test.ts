import { beforeEach, describe, expect, it } from 'vitest';
import { agreedFacets } from '../../../../src/core/plan/agreed-facets.js';
import type { BaseNode } from '../../../../src/core/tree/base-tree.js';
import type { LocalNode } from '../../../../src/core/tree/local-tree.js';
import type { NodeState } from '../../../../src/core/tree/node.js';
import { fakeContent } from '../../../support/fake-vault.js';
import type { PlannerClient, Tape } from '../../../support/planner-client.js';
import { PlannerWorld } from '../../../support/planner-world.js';

/** Contents are still on their way. */
const LATE: Tape = { pick: () => 3 };

describe('a file that was moved and edited elsewhere, whose content has not come yet', () => {
  let world: PlannerWorld;
  let a: PlannerClient;
  let b: PlannerClient;
  const texts = (): readonly string[] =>
    world
      .converged()
      .map(({ text }) => text)
      .sort();
  const paths = (): readonly string[] => world.converged().map(({ path, text }) => `${path} = ${text}`);

  beforeEach(() => {
    world = new PlannerWorld(['A', 'B']);
    [a, b] = [world.client('A'), world.client('B')];
    a.folder.write('f', '1');
    world.sync();
    a.folder.mv('f', 'g');
    a.folder.write('g', '2');
    a.cycle();
    b.cycle(LATE);
    expect(b.folder.entries().map(({ path, text }) => `${path} = ${text}`)).toEqual(['g = 1']);
  });

  it('is deleted when it is deleted there', () => {
    a.folder.rm('g');
    world.sync();
    expect(paths()).toEqual([]);
  });

  it('is deleted also when the daemon started again in between', () => {
    b.restart();
    a.folder.rm('g');
    world.sync();
    expect(paths()).toEqual([]);
  });

  it('gives its name to another that takes its place there', () => {
    a.folder.rm('g');
    a.cycle();
    a.folder.write('g', '3');
    a.cycle();
    world.sync();
    expect(paths()).toEqual(['g = 3']);
  });

  it('moves back when it is moved back there', () => {
    a.folder.mv('g', 'f');
    a.cycle();
    world.sync();
    expect(paths()).toEqual(['f = 2']);
  });

  it('is an edit when it is edited here, also after a new start', () => {
    b.folder.write('g', '3');
    b.restart();
    world.sync();
    expect(texts()).toEqual(['2', '3']);
  });

  it('is an edit when it was moved to there and edited here at the same time, also after a new start', () => {
    world.sync();
    a.folder.mv('g', 'h');
    a.folder.write('h', '3');
    a.cycle();
    b.folder.mv('g', 'h');
    b.folder.write('h', '4');
    b.observe();
    b.pull();
    b.plan();
    b.restart();
    world.sync();
    expect(texts()).toEqual(['3', '4']);
  });

  it('is kept when it is edited here and deleted there', () => {
    b.folder.write('g', '3');
    a.folder.rm('g');
    a.cycle();
    world.sync();
    expect(paths()).toEqual(['g = 3']);
  });
});

describe('agreedFacets', () => {
  const [old, recent] = [fakeContent('1'), fakeContent('2')];
  const state = { parent: 'p', name: 'f', kind: 'file', mode: 0o644, mtimeMs: 1, content: old, target: null, stamp: 10, rev: 1 };
  const base = { state, diskName: 'f', fingerprint: { ino: 'before' }, verifiedAtMs: 1 } as unknown as BaseNode;
  const remote = { ...state, name: 'g', mode: 0o755, content: recent, stamp: 20, rev: 2 } as unknown as NodeState;
  const local = (now: object): LocalNode =>
    ({
      ...state,
      status: 'present',
      diskName: 'f',
      fingerprint: { ino: 'now' },
      verifiedAtMs: 2,
      mtimeMs: 5,
      ...now,
    }) as unknown as LocalNode;

  it('has nothing to say while the folder has none of what the server has', () => {
    expect(agreedFacets(base, local({}), remote)).toBeNull();
    expect(agreedFacets(base, local({ diskName: 'h', mode: 0o600, content: fakeContent('3') }), remote)).toBeNull();
  });

  it('takes the place alone', () => {
    expect(agreedFacets(base, local({ diskName: 'g' }), remote)).toEqual({ ...base, diskName: 'g', state: { ...state, name: 'g' } });
  });

  it('takes the mode alone', () => {
    expect(agreedFacets(base, local({ mode: 0o755 }), remote)).toEqual({ ...base, state: { ...state, mode: 0o755 } });
  });

  it('takes the place alone of what cannot be read', () => {
    const unread = local({ status: 'unknown', diskName: 'g', mode: 0o755, content: recent });
    expect(agreedFacets(base, unread, remote)).toEqual({ ...base, diskName: 'g', state: { ...state, name: 'g' } });
  });

  it('takes the content with the fingerprint that it was read under', () => {
    expect(agreedFacets(base, local({ content: recent }), remote)).toEqual({
      ...base,
      fingerprint: { ino: 'now' },
      verifiedAtMs: 2,
      state: { ...state, content: recent, mtimeMs: 5, stamp: 20 },
    });
  });
});
