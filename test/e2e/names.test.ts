/** Names that are hard somewhere: those that can be synced are, those that cannot are listed with the reason, and stop nobody. */
import { linkSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isConflictCopy } from '../scenario/conflict-names.js';
import { differences, openTwoDevices, settle, treeOf, type TwoDevices } from '../support/two-devices.js';

describe('names', () => {
  let world: TwoDevices;
  beforeEach(async () => {
    world = await openTwoDevices();
  });
  afterEach(() => world.close());

  const inA = (...parts: readonly string[]): string => path.join(world.a.root, ...parts);
  const inB = (...parts: readonly string[]): string => path.join(world.b.root, ...parts);

  it('hazards 26, 29: syncs what is legal here and illegal elsewhere, also case pairs, deep paths and 255 bytes', async () => {
    const long = `${'ü'.repeat(125)}.text`;
    const deep = path.join(...Array.from({ length: 60 }, (_, i) => `directory-${i}`));
    for (const name of ['CON', 'a:b', 'ends with dot.', 'ends with space ', 'q?*<>|"', '-rf', ' ', 'Case', 'case', '\u{1F600}', long])
      writeFileSync(inA(name), `${name}\n`);
    mkdirSync(inA(deep), { recursive: true });
    writeFileSync(inA(deep, 'f'), 'deep\n');
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect(readdirSync(inB()).filter((name) => !name.startsWith('.'))).toHaveLength(12);
    expect(treeOf(world.b).get(`${deep}/f`)?.text).toBe('deep\n');

    renameSync(inA('Case'), inA('CASE'));
    await world.a.installation.stopDaemon();
    await world.b.installation.stopDaemon();
    writeFileSync(inA(long), 'from A\n');
    writeFileSync(inB(long), 'from B\n');
    await settle(world);
    expect(differences(world)).toEqual([]);
    expect(treeOf(world.b).get('CASE')?.text).toBe('Case\n');
    const copies = [...treeOf(world.b).keys()].filter(isConflictCopy);
    expect(copies).toHaveLength(1);
    expect(Buffer.byteLength(copies[0] ?? '')).toBeLessThanOrEqual(255);
    expect(copies[0]).toMatch(/\.text$/);
  });

  it('lists what it cannot sync, each with its reason, and goes on with the rest', async () => {
    writeFileSync(inA('good'), 'good\n');
    writeFileSync(Buffer.concat([Buffer.from(`${world.a.root}/bad-`), Buffer.from([0xff, 0xfe])]), 'x');
    writeFileSync(inA('new\nline'), 'x');
    mkdirSync(inA('d'));
    writeFileSync(inA('d', 'also good'), 'also\n');
    writeFileSync(inA('d', '\u0065\u0301'), 'composed of two\n');
    writeFileSync(inA('d', '\u00e9'), 'one character\n');
    linkSync(inA('good'), inA('second name'));
    await settle(world);
    const { state, unsyncable } = await world.a.installation.json(['status', world.a.root]);
    expect(state).toBe('synced');
    expect(unsyncable).toContainEqual({ path: 'bad-\\xff\\xfe', reason: 'invalid-name' });
    expect(unsyncable).toContainEqual({ path: 'new\nline', reason: 'invalid-name' });
    expect(unsyncable.filter(({ path: at }: { path: string }) => at.normalize('NFC') === 'd/\u00e9')).toHaveLength(1);
    expect(treeOf(world.b).get('good')?.text).toBe('good\n');
    expect(treeOf(world.b).get('d/also good')?.text).toBe('also\n');
    expect(treeOf(world.b).get('second name')?.text).toBe('good\n');
    expect(
      readdirSync(inB('d'))
        .map((name) => name.normalize('NFC'))
        .sort(),
    ).toEqual(['also good', '\u00e9']);
  });
});
