/** A program writes to a log in a synced folder, and goes on writing to it after it was rotated: nobody else wrote, so nothing conflicts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { differences, openTwoDevices, settle, treeOf, type TwoDevices } from '../support/two-devices.js';

let world: TwoDevices;

beforeAll(async () => {
  world = await openTwoDevices();
});

afterAll(async () => {
  await world.close();
});

/** Larger than what travels inside a record, so that reading and uploading it takes its time. */
const LOG_BYTES = 3_000_000;
const TURN_MS = 700;

it('keeps the names of a log that is written while it is rotated, and of what takes its place', async () => {
  const at = (name: string): string => path.join(world.a.root, name);
  writeFileSync(at('app.log'), 'x'.repeat(LOG_BYTES));
  await settle(world);
  const loop = 'exec 3>>"$1"; for ((i = 0; ; i++)); do echo "line $i" >&3; sleep 0.003; done';
  const writer = spawn('bash', ['-c', loop, 'bash', at('app.log')]);
  try {
    await sleep(TURN_MS);
    renameSync(at('app.log'), at('app.log.1'));
    writeFileSync(at('app.log'), 'a new log');
    await sleep(TURN_MS);
    renameSync(at('app.log.1'), at('app.log.2'));
    mkdirSync(at('app.log.1'));
    writeFileSync(at('app.log.1/note'), 'a directory of that name');
    await sleep(TURN_MS);
  } finally {
    writer.kill();
    await once(writer, 'exit');
  }
  await settle(world);
  expect(differences(world)).toEqual([]);
  expect([...treeOf(world.b).keys()].sort()).toEqual(['app.log', 'app.log.1', 'app.log.1/note', 'app.log.2']);
});
