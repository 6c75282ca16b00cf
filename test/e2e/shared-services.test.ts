/** The same main job with PostgreSQL and Redis behind the server, and with two server processes. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimSharedServices, hasSharedServices, type ServerServices } from '../support/shared-services.js';
import { arrives, differences, openTwoDevices, settle, type TwoDevices } from '../support/two-devices.js';

describe.skipIf(!hasSharedServices)('PostgreSQL and Redis behind the server', () => {
  let services: ServerServices;
  let world: TwoDevices;
  beforeAll(async () => {
    services = await claimSharedServices();
    world = await openTwoDevices({ serverEnv: services.env });
  });
  afterAll(async () => {
    await world.close();
    await services.drop();
  });

  it('keeps two folders the same, live', async () => {
    writeFileSync(path.join(world.a.root, 'note.md'), 'from A\n');
    await arrives(world.b, 'note.md', 'from A\n');
    writeFileSync(path.join(world.b.root, 'reply.md'), 'from B\n');
    await arrives(world.a, 'reply.md', 'from B\n');
  });

  it('keeps both versions of two edits, and goes on after a kill -9 of the server', async () => {
    for (const { installation, root } of [world.a, world.b]) await installation.must(['pause', root]);
    writeFileSync(path.join(world.a.root, 'note.md'), 'A again\n');
    writeFileSync(path.join(world.b.root, 'note.md'), 'B again\n');
    await world.server.kill();
    await world.server.start();
    for (const { installation, root } of [world.a, world.b]) await installation.must(['resume', root]);
    await settle(world);
    expect(differences(world)).toEqual([]);
  });
});
