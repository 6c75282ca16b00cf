/** What long commands say meanwhile, with real bytes on the way: redrawn on a terminal, nothing quick in a pipe. */
import { randomFillSync } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fsyncOnTerminal, hasTerminal } from '../support/cli-process.js';
import { openTwoDevices, settle, type Device, type TwoDevices } from '../support/two-devices.js';

const BYTES = 120_000_000;
const NUMBERS = String.raw`\d+ of 1 file, [\d.]+ (?:B|MiB) of 114 MiB`;

describe.runIf(hasTerminal)('progress on a terminal', () => {
  let world: TwoDevices;
  beforeAll(async () => {
    world = await openTwoDevices();
  });
  afterAll(async () => {
    await world.close();
  });
  const screenOf = async ({ installation }: Device, args: readonly string[], cwd: string): Promise<string> => {
    const { code, screen } = await fsyncOnTerminal(args, { home: installation.home, cwd });
    expect({ code, screen: code === 0 ? '' : screen }).toEqual({ code: 0, screen: '' });
    return screen;
  };

  it('shows files, bytes, rate and time left for init, clone, verify, restore and sync --once', async () => {
    const { a, b } = world;
    const folder = join(world.base, 'a', 'big');
    mkdirSync(folder);
    const write = (name: string): void => writeFileSync(join(folder, name), randomFillSync(Buffer.alloc(BYTES)));
    write('one.bin');
    const init = await screenOf(a, ['init', '--name', 'big'], folder);
    expect(init).toMatch(new RegExp(`Reading ${NUMBERS}`));
    expect(init).toMatch(new RegExp(`Uploading ${NUMBERS}, [\\d.]+ MiB/s, \\d+ s left`));
    const copy = join(world.base, 'b', 'big');
    expect(await screenOf(b, ['clone', 'big', copy], world.base)).toMatch(new RegExp(`Downloading ${NUMBERS}`));
    expect(await screenOf(a, ['verify'], folder)).toMatch(new RegExp(`Checking ${NUMBERS}`));
    rmSync(join(folder, 'one.bin'));
    await a.installation.must(['sync', folder]);
    // The bytes are gone from here for good: no stash and no other file has them.
    const stash = join(folder, '.fsync', 'stash');
    for (const name of readdirSync(stash)) rmSync(join(stash, name));
    expect(await screenOf(a, ['restore', 'one.bin'], folder)).toMatch(new RegExp(`Downloading ${NUMBERS}`));
    await settle(world);
    await a.installation.stopDaemon();
    write('two.bin');
    expect(await screenOf(a, ['sync', '--once'], folder)).toMatch(new RegExp(`Uploading ${NUMBERS}`));
  }, 240_000);
});
