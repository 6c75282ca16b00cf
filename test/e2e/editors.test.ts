/**
 * A file that is saved the way editors do it: both folders come to be equal, there is no conflict
 * copy, nobody ever reads half a file on the other side, and the file stays one node with its history.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isConflictCopy } from '../scenario/conflict-names.js';
import { isInstalled } from '../support/cli-process.js';
import { editorSaves, type Save } from '../support/editor-saves.js';
import { arrives, differences, openTwoDevices, settle, treeOf, type TwoDevices } from '../support/two-devices.js';

/** Longer than an inline record, so that content travels in chunks. */
const version = (number: number): string => `version ${number}\n${'line of text\n'.repeat(400)}end of ${number}\n`;

const PAUSES_MS = [0, 20, 400];

const byProgram: Readonly<Record<string, Save>> = {
  'vim itself': (file, text) => {
    const commands = ['set fileformat=unix', '%d _', `call setline(1, readfile(${JSON.stringify(`${file}.next`)}))`, 'wq'];
    return throughProgram(file, text, ['vim', '-u', 'NONE', '-N', '-n', '-es', ...commands.flatMap((command) => ['-c', command]), file]);
  },
  'sed -i': (file, text) => throughProgram(file, text, ['sed', '-i', '-e', `1r ${file}.next`, '-e', 'd', file]),
};

/** The new text waits outside of the folder, under `FILE.next` for the command. */
function throughProgram(file: string, text: string, [program = '', ...args]: readonly string[]): Promise<void> {
  const aside = mkdtempSync(path.join(tmpdir(), 'fsync-editor-'));
  const next = path.join(aside, 'next');
  writeFileSync(next, text);
  const { status, stderr } = spawnSync(
    program,
    args.map((arg) => arg.replaceAll(`${file}.next`, next)),
  );
  if (status !== 0) throw new Error(`${program} ended with ${String(status)}: ${stderr.toString()}`);
  return Promise.resolve();
}

describe('editors that save', () => {
  let world: TwoDevices;
  beforeAll(async () => {
    world = await openTwoDevices();
  });
  afterAll(() => world.close());

  /** Everything that anybody could read under that name on B, as often as can be looked. */
  function watchOnB(name: string): { stop(): ReadonlySet<string> } {
    const seen = new Set<string>();
    const timer = setInterval(() => {
      const entry = readdirSync(path.dirname(path.join(world.b.root, name))).includes(path.basename(name));
      if (entry) seen.add(readFileSync(path.join(world.b.root, name), 'utf8'));
    }, 5);
    return {
      stop() {
        clearInterval(timer);
        return seen;
      },
    };
  }

  async function versionsOf(name: string): Promise<readonly string[]> {
    const { entries } = await world.a.installation.json(['log', name, '-n', '1000'], { cwd: world.a.root });
    return (entries as { changes: { change: string }[] }[]).map(({ changes }) => changes.map(({ change }) => change).join(' '));
  }

  async function playSaves(name: string, save: Save, pauseMs: number): Promise<void> {
    const file = path.join(world.a.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, version(1));
    await arrives(world.b, name, version(1));
    const watched = watchOnB(name);
    await save(file, version(2), pauseMs);
    await arrives(world.b, name, version(2));
    await settle(world);
    const whole = new Set(['', version(1), version(2)]);
    expect([...watched.stop()].filter((text) => !whole.has(text))).toEqual([]);
    expect(differences(world)).toEqual([]);
    expect([...treeOf(world.a).keys()].filter(isConflictCopy)).toEqual([]);
    const versions = await versionsOf(name);
    expect(versions.at(-1)).toBe('added');
    expect(versions.slice(0, -1).every((change) => change === 'modified')).toBe(true);
    expect(versions.length).toBeGreaterThan(1);
  }

  for (const [editor, save] of Object.entries(editorSaves))
    for (const pauseMs of PAUSES_MS)
      it(`${editor}, with ${pauseMs} ms between its steps`, () => playSaves(`${editor}-${pauseMs}/text.md`, save, pauseMs));

  for (const [program, save] of Object.entries(byProgram)) {
    const [name = ''] = program.split(' ');
    it.skipIf(!isInstalled(name))(program, () => playSaves(`real-${name}/text.md`, save, 0));
  }

  it('a file that is appended to for seconds is whole on the other side when it is at rest', async () => {
    const file = path.join(world.a.root, 'growing.log');
    writeFileSync(file, '');
    const watched = watchOnB('growing.log');
    let text = '';
    for (let line = 0; line < 300; line++) {
      appendFileSync(file, `line ${line}\n`);
      text += `line ${line}\n`;
      await sleep(15);
    }
    await arrives(world.b, 'growing.log', text);
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect([...watched.stop()].filter((seen) => !text.startsWith(seen))).toEqual([]);
    expect((await versionsOf('growing.log')).at(-1)).toBe('added');
  });

  it('a folder moved in from outside comes with all that is in it', async () => {
    const outside = path.join(world.base, 'outside');
    for (let directory = 0; directory < 30; directory++) {
      mkdirSync(path.join(outside, `d${directory}`, 'deep', 'deeper'), { recursive: true });
      for (let file = 0; file < 10; file++)
        writeFileSync(path.join(outside, `d${directory}`, 'deep', 'deeper', `f${file}`), `${directory}/${file}\n`);
    }
    renameSync(outside, path.join(world.a.root, 'moved-in'));
    await arrives(world.b, 'moved-in/d29/deep/deeper/f9', '29/9\n');
    // What is written where nobody may have been watching yet.
    writeFileSync(path.join(world.a.root, 'moved-in', 'd0', 'deep', 'deeper', 'late'), 'late\n');
    await arrives(world.b, 'moved-in/d0/deep/deeper/late', 'late\n');
    await settle(world);
    expect(differences(world)).toEqual([]);
    renameSync(path.join(world.a.root, 'moved-in'), path.join(world.base, 'moved-out'));
    // More than half of the folder: the guard wants to be asked.
    await expect.poll(async () => (await world.a.installation.json(['status', world.a.root])).state, { timeout: 30_000 }).toBe('guarded');
    renameSync(path.join(world.base, 'moved-out'), path.join(world.a.root, 'moved-in'));
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect(treeOf(world.b).get('moved-in/d0/deep/deeper/late')?.text).toBe('late\n');
  });

  it('an overflowing event queue loses nothing', async () => {
    const storm = path.join(world.a.root, 'storm');
    mkdirSync(storm);
    for (let file = 0; file < 60; file++) writeFileSync(path.join(storm, `f${file}`), '0');
    await arrives(world.b, 'storm/f59', '0');
    // Far more events than the queue of the kernel holds (16,384), faster than anybody takes them out.
    for (let round = 1; round <= 250; round++)
      for (let file = 0; file < 60; file++) writeFileSync(path.join(storm, `f${file}`), String(round));
    writeFileSync(path.join(storm, 'last'), 'last\n');
    await arrives(world.b, 'storm/last', 'last\n');
    for (let file = 0; file < 60; file++) await arrives(world.b, `storm/f${file}`, '250');
    await settle(world);
    expect(differences(world)).toEqual([]);
  });
});
