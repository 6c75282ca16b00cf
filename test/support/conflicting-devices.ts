/** Two real devices with conflicts between them, and a person at a terminal of the second one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { openTerminal, type Terminal } from './terminal.js';
import { openTwoDevices, settle, type TwoDevices } from './two-devices.js';

type Versions = readonly [base: string | Buffer, a: string | Buffer, b: string | Buffer];

/** Each file was written on both devices while they did not hear of each other. Closed at the end of the test. */
export async function withConflicts(files: Readonly<Record<string, Versions>>): Promise<TwoDevices> {
  const world = await openTwoDevices();
  onTestFinished(() => world.close());
  const write = (root: string, which: 0 | 1 | 2): void => {
    for (const [name, versions] of Object.entries(files)) writeFileSync(join(root, name), versions[which]);
  };
  const { a, b } = world;
  write(a.root, 0);
  await settle(world);
  await b.installation.must(['pause', b.root]);
  write(a.root, 1);
  await a.installation.must(['sync', a.root]);
  write(b.root, 2);
  await b.installation.must(['resume', b.root]);
  await settle(world);
  const { conflicts } = await b.installation.json(['status', b.root]);
  expect(conflicts).toHaveLength(Object.keys(files).length);
  return world;
}

/** In the folder of the second device; 80 by 24. */
export function atTerminal({ b }: TwoDevices, env: NodeJS.ProcessEnv = {}): Promise<Terminal> {
  const options = { columns: 80, rows: 24, cwd: b.root, env: { ...b.installation.environment, TERM: 'screen-256color', ...env } };
  return openTerminal(onTestFinished, options);
}
