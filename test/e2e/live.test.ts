/** Two devices with running daemons: nobody types a command, and the folders stay the same. */
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrives, differences, openTwoDevices, settle, treeOf, type TwoDevices } from '../support/two-devices.js';

describe('two live devices', () => {
  let world: TwoDevices;
  beforeAll(async () => {
    world = await openTwoDevices();
  });
  afterAll(() => world.close());

  it('brings a save on A to B', async () => {
    writeFileSync(path.join(world.a.root, 'note.md'), 'first\n');
    await arrives(world.b, 'note.md', 'first\n');
  });

  it('brings an edit on B to A', async () => {
    appendFileSync(path.join(world.b.root, 'note.md'), 'second\n');
    await arrives(world.a, 'note.md', 'first\nsecond\n');
  });

  it('notices an edit in a folder that came from the other side, and again after it was renamed there', async () => {
    mkdirSync(path.join(world.a.root, 'shared', 'deep'), { recursive: true });
    writeFileSync(path.join(world.a.root, 'shared', 'deep', 'file'), 'from A\n');
    await arrives(world.b, 'shared/deep/file', 'from A\n');
    appendFileSync(path.join(world.b.root, 'shared', 'deep', 'file'), 'and B\n');
    await arrives(world.a, 'shared/deep/file', 'from A\nand B\n');
    renameSync(path.join(world.a.root, 'shared'), path.join(world.a.root, 'theirs'));
    await arrives(world.b, 'theirs/deep/file', 'from A\nand B\n');
    writeFileSync(path.join(world.b.root, 'theirs', 'deep', 'other'), 'from B\n');
    await arrives(world.a, 'theirs/deep/other', 'from B\n');
  });

  it('hazard 4: follows an editor that saves by renaming a temporary file', async () => {
    writeFileSync(path.join(world.a.root, 'note.md.tmp'), 'third\n');
    renameSync(path.join(world.a.root, 'note.md.tmp'), path.join(world.a.root, 'note.md'));
    await arrives(world.b, 'note.md', 'third\n');
    await arrives(world.b, 'note.md.tmp', null);
  });

  it('follows a burst in a new folder, a rename of it and its deletion', async () => {
    const folder = path.join(world.a.root, 'burst');
    mkdirSync(folder);
    // Nearly as many as may go at once without a question: what was rewritten moments ago counts with them.
    for (let i = 0; i < 90; i++) writeFileSync(path.join(folder, `f${i}`), `content ${i}\n`);
    await arrives(world.b, 'burst/f89', 'content 89\n');
    await settle(world);
    expect(differences(world)).toEqual([]);
    renameSync(folder, path.join(world.a.root, 'renamed'));
    await arrives(world.b, 'renamed/f0', 'content 0\n');
    await settle(world);
    expect(differences(world)).toEqual([]);
    rmSync(path.join(world.b.root, 'renamed'), { recursive: true });
    await arrives(world.a, 'renamed', null);
  });

  it('hazard 47: carries exec bits, links and empty folders', async () => {
    writeFileSync(path.join(world.a.root, 'run.sh'), '#!/bin/sh\n');
    chmodSync(path.join(world.a.root, 'run.sh'), 0o755);
    symlinkSync('run.sh', path.join(world.a.root, 'link'));
    mkdirSync(path.join(world.a.root, 'empty'));
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect(treeOf(world.b).get('run.sh')?.executable).toBe(true);
    expect(treeOf(world.b).get('link')?.target).toBe('run.sh');
    expect(treeOf(world.b).get('empty')?.kind).toBe('directory');
  });

  it('goes on after the server was restarted', async () => {
    await world.server.stop();
    writeFileSync(path.join(world.a.root, 'while-away.txt'), 'from A\n');
    writeFileSync(path.join(world.b.root, 'while-away-too.txt'), 'from B\n');
    await world.server.start();
    await arrives(world.b, 'while-away.txt', 'from A\n');
    await arrives(world.a, 'while-away-too.txt', 'from B\n');
    await settle(world);
    expect(differences(world)).toEqual([]);
  });
});
