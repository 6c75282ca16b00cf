/**
 * kill -9 of a daemon or of the server at arbitrary moments of a transfer, then a restart: the same
 * trees, nothing lost, no conflict copy that nobody asked for. The moments come from a printed seed.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentBytes, contentDigest } from '../scenario/generated-content.js';
import { isConflictCopy } from '../scenario/conflict-names.js';
import { differences, openTwoDevices, settle, treeOf, type Device, type TwoDevices } from '../support/two-devices.js';

const seed = process.env['FSYNC_TEST_SEED'] ?? String(Date.now());
const ROUNDS = 3;
const BYTES = 24 * 2 ** 20;

/** A moment between 20 and 1,200 ms, the same for the same seed. */
function moment(round: string): number {
  return 20 + (createHash('sha256').update(`${seed}:${round}`).digest().readUInt32BE() % 1_180);
}

describe(`kill -9 (FSYNC_TEST_SEED=${seed})`, () => {
  let world: TwoDevices;
  const expected = new Map<string, string>();
  beforeAll(async () => {
    world = await openTwoDevices();
  });
  afterAll(() => world.close());

  /** One large file and a folder of small ones, written on a device. */
  function writeLoad(device: Device, name: string): void {
    const bytes = contentBytes({ gen: name, bytes: BYTES });
    const staged = path.join(device.root, '..', `${name}.staged`);
    writeFileSync(staged, bytes);
    renameSync(staged, path.join(device.root, `${name}.bin`));
    expected.set(`${name}.bin`, contentDigest(bytes));
    mkdirSync(path.join(device.root, name));
    for (let i = 0; i < 100; i++) {
      const text = `${name} ${i}\n`;
      writeFileSync(path.join(device.root, name, `${i}.txt`), text);
      expected.set(`${name}/${i}.txt`, contentDigest(Buffer.from(text)));
    }
  }

  async function allThere(): Promise<void> {
    await settle(world);
    expect(differences(world)).toEqual([]);
    const tree = treeOf(world.b);
    expect([...expected].filter(([file, digest]) => tree.get(file)?.digest !== digest).map(([file]) => file)).toEqual([]);
    expect([...tree.keys()].filter(isConflictCopy)).toEqual([]);
  }

  for (let round = 1; round <= ROUNDS; round++) {
    it(`survives the death of the sending daemon, round ${round}`, async () => {
      writeLoad(world.a, `send-${round}`);
      await sleep(moment(`send-${round}`));
      await world.a.installation.killDaemon();
      await world.a.installation.startDaemon();
      await allThere();
    });

    it(`hazard 80: survives the death of the receiving daemon, round ${round}`, async () => {
      writeLoad(world.a, `receive-${round}`);
      await sleep(moment(`receive-${round}`) * 2);
      await world.b.installation.killDaemon();
      await world.b.installation.startDaemon();
      await allThere();
    });

    it(`survives the death of the server, round ${round}`, async () => {
      writeLoad(world.b, `server-${round}`);
      await sleep(moment(`server-${round}`));
      await world.server.kill();
      await world.server.start();
      await allThere();
    });
  }

  it('hazard 6: keeps an edit that was made while everything was dead', async () => {
    await world.a.installation.killDaemon();
    await world.b.installation.killDaemon();
    await world.server.kill();
    writeFileSync(path.join(world.a.root, 'offline-a.txt'), 'a');
    writeFileSync(path.join(world.b.root, 'offline-b.txt'), 'b');
    expected.set('offline-a.txt', contentDigest(Buffer.from('a'))).set('offline-b.txt', contentDigest(Buffer.from('b')));
    await world.server.start();
    await allThere();
  });
});
