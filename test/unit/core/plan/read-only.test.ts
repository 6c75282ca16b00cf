/** A device of an account that may only read: what the server has is in its folder, and what was changed here is kept beside it. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { PlannerClient } from '../../../support/planner-client.js';
import { PlannerWorld } from '../../../support/planner-world.js';

let world: PlannerWorld;
let writer: PlannerClient;
let reader: PlannerClient;

beforeEach(() => {
  world = new PlannerWorld(['W', 'R']);
  [writer, reader] = [world.client('W'), world.client('R')];
  writer.folder.write('a.txt', 'one');
  writer.folder.write('d/b.txt', 'two');
  world.sync();
  reader.readOnly = true;
  reader.stale = true;
});

const files = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    reader.folder
      .entries()
      .filter(({ kind }) => kind === 'file')
      .map(({ path, text }) => [path.replace(/\(conflict .*\)/, '(conflict)'), text]),
  );

/** Until the reader does nothing more. */
function rest(): void {
  writer.cycle();
  for (let round = 0; reader.cycle(); round += 1) if (round > 20) throw new Error('no rest');
}

const waits = (): readonly string[] =>
  reader
    .plan()
    .commit.map(({ facets }) => facets.name.replace(/\(conflict .*\)/, '(conflict)'))
    .sort();

describe('a reader', () => {
  it('keeps its own edits, which wait to be committed', () => {
    reader.folder.write('a.txt', 'mine');
    reader.folder.write('new.txt', 'mine too');
    rest();
    expect(files()).toEqual({ 'a.txt': 'mine', 'd/b.txt': 'two', 'new.txt': 'mine too' });
    expect(waits()).toEqual(['a.txt', 'new.txt']);
    expect(world.vault.head).toBe(writer.head);
  });

  it.each(['earlier', 'later'])('gets the version of the server where it was edited %s here; its own is the conflict copy', (when) => {
    if (when === 'earlier') reader.folder.write('a.txt', 'mine');
    writer.folder.write('a.txt', 'theirs');
    writer.cycle();
    if (when === 'later') reader.folder.write('a.txt', 'mine');
    rest();
    expect(files()).toEqual({ 'a.txt': 'theirs', 'a (conflict).txt': 'mine', 'd/b.txt': 'two' });
    expect(waits()).toEqual(['a (conflict).txt']);
  });

  it('gets the next version at once, and no second copy of the same edit', () => {
    reader.folder.write('a.txt', 'mine');
    for (const text of ['theirs', 'theirs again', 'and again']) {
      writer.folder.write('a.txt', text);
      rest();
    }
    expect(files()).toEqual({ 'a.txt': 'and again', 'a (conflict).txt': 'mine', 'd/b.txt': 'two' });
  });

  it('gets edits in a file that it moved away, where it is now', () => {
    reader.folder.mv('a.txt', 'moved.txt');
    writer.folder.write('a.txt', 'theirs');
    rest();
    expect(files()).toEqual({ 'moved.txt': 'theirs', 'd/b.txt': 'two' });
    expect(waits()).toEqual(['moved.txt']);
  });

  it('keeps what was edited in a directory that was deleted on the server', () => {
    reader.folder.write('d/b.txt', 'mine');
    writer.folder.rm('d/b.txt');
    writer.folder.rmdir('d');
    rest();
    expect(files()).toEqual({ 'a.txt': 'one', 'd/b.txt': 'mine' });
  });

  it('gives way with a name that the server has for something else', () => {
    reader.folder.write('c/inside.txt', 'mine');
    writer.folder.write('c', 'theirs');
    rest();
    expect(files()).toEqual({ 'a.txt': 'one', 'd/b.txt': 'two', c: 'theirs', 'c (conflict)/inside.txt': 'mine' });
  });

  it('gets back what it deleted when that is edited on the server', () => {
    reader.folder.rm('a.txt');
    rest();
    expect(files()).toEqual({ 'd/b.txt': 'two' });
    writer.folder.write('a.txt', 'theirs');
    rest();
    expect(files()).toEqual({ 'a.txt': 'theirs', 'd/b.txt': 'two' });
  });

  it('commits all of it once it may write', () => {
    reader.folder.write('a.txt', 'mine');
    writer.folder.write('a.txt', 'theirs');
    rest();
    reader.readOnly = false;
    world.sync();
    expect(world.converged().filter(({ kind }) => kind === 'file')).toHaveLength(3);
    expect(files()).toEqual({ 'a.txt': 'theirs', 'a (conflict).txt': 'mine', 'd/b.txt': 'two' });
  });
});
