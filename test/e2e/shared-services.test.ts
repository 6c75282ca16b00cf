/** The same main job with PostgreSQL and Redis behind the server, and with two server processes. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrives, differences, openTwoDevices, settle, type TwoDevices } from '../support/two-devices.js';

const databaseUrl = process.env['FSYNC_TEST_DATABASE_URL'];
const redisUrl = process.env['FSYNC_TEST_REDIS_URL'];

describe.skipIf(databaseUrl === undefined || redisUrl === undefined)('PostgreSQL and Redis behind the server', () => {
  const name = `fsync_e2e_${randomBytes(6).toString('hex')}`;
  let world: TwoDevices;
  beforeAll(async () => {
    await admin(`CREATE DATABASE ${name}`);
    const url = new URL(databaseUrl ?? '');
    url.pathname = `/${name}`;
    world = await openTwoDevices({
      serverEnv: { FSYNC_DATABASE_URL: url.href, FSYNC_REDIS_URL: redisUrl, FSYNC_REDIS_PREFIX: `${name}:` },
    });
  });
  afterAll(async () => {
    await world.close();
    await admin(`DROP DATABASE ${name} WITH (FORCE)`);
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

async function admin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
