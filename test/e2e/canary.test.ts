/**
 * The server can read nothing: random names and contents are synced in every way there is, and
 * then looked for in every byte that the server stored, logged, sent and received.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodings, everyByteOf, findSecrets, type Haystack } from '../support/canary.js';
import { differences, openTwoDevices, settle, treeOf, type TwoDevices } from '../support/two-devices.js';

/** 24 letters that occur nowhere by chance. */
const canary = (kind: string): string =>
  `${kind}${randomBytes(12)
    .toString('hex')
    .replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? 'x')}`;

const secrets = {
  vault: canary('vault'),
  laptop: canary('laptop'),
  desktop: canary('desktop'),
  password: canary('password'),
  folder: canary('folder'),
  file: canary('file'),
  renamed: canary('renamed'),
  link: canary('link'),
  target: canary('target'),
  small: canary('small'),
  edited: canary('edited'),
  large: canary('large'),
  repeated: canary('repeated'),
  conflictA: canary('conflicta'),
  conflictB: canary('conflictb'),
  deleted: canary('deleted'),
};

describe('what the server and the wire can see', () => {
  let world: TwoDevices;
  beforeAll(async () => {
    const names = { vault: secrets.vault, a: secrets.laptop, b: secrets.desktop };
    world = await openTwoDevices({ record: true, names, password: secrets.password });
    await liveThroughEverything(world);
  });
  afterAll(() => world.close());

  it('is enough to bring everything to the other device', () => {
    expect(differences(world)).toEqual([]);
    const texts = [...treeOf(world.b).values()].map((entry) => entry.text ?? '').join('\n');
    for (const content of [secrets.edited, secrets.conflictA, secrets.conflictB, secrets.repeated]) expect(texts).toContain(content);
  });

  it('holds no secret in any file of the server', () => {
    expect(findSecrets(Object.values(secrets), everyByteOf(world.server.dataDir))).toEqual([]);
  });

  it('holds no secret in the output of the server', () => {
    const log: Haystack = { name: 'server.log', bytes: readFileSync(world.server.logFile) };
    expect(findSecrets(Object.values(secrets), [log])).toEqual([]);
  });

  it('holds no secret in any byte of the traffic', () => {
    const streams = [world.a, world.b].flatMap(({ proxy, installation }) =>
      proxy.streams().map((bytes, index) => ({ name: `stream ${index} of ${installation.name}`, bytes })),
    );
    const size = streams.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(size).toBeGreaterThan(1_000_000);
    expect(findSecrets(Object.values(secrets), streams)).toEqual([]);
  });

  it('holds no password in any file of the devices', () => {
    const homes = [world.a, world.b].flatMap(({ installation }) => [...everyByteOf(installation.home)]);
    expect(findSecrets([secrets.password], homes)).toEqual([]);
  });
});

describe('the search for secrets', () => {
  it('finds each encoding at each alignment', () => {
    for (let before = 0; before < 3; before++) {
      const around = Buffer.from(`${'x'.repeat(before)}${secrets.file}tail`);
      for (const text of [around.toString('base64'), around.toString('base64url'), around.toString('hex'), around.toString()]) {
        expect(findSecrets([secrets.file], [{ name: 'here', bytes: Buffer.from(`..${text}..`) }])).not.toEqual([]);
      }
    }
    expect(encodings(secrets.file).every(({ bytes }) => bytes.length >= 24)).toBe(true);
  });
});

async function liveThroughEverything(world: TwoDevices): Promise<void> {
  const { a, b } = world;
  mkdirSync(path.join(a.root, secrets.folder));
  writeFileSync(path.join(a.root, secrets.folder, `${secrets.file}.txt`), `${secrets.small}\n`);
  symlinkSync(secrets.target, path.join(a.root, secrets.link));
  writeFileSync(path.join(a.root, 'large.bin'), Buffer.concat([randomBytes(1_500_000), Buffer.from(secrets.large), randomBytes(100_000)]));
  writeFileSync(path.join(a.root, 'repeated.txt'), `${secrets.repeated}\n`.repeat(1_000));
  writeFileSync(path.join(a.root, `${secrets.deleted}.txt`), secrets.deleted);
  await settle(world);
  writeFileSync(path.join(b.root, secrets.folder, `${secrets.file}.txt`), `${secrets.edited}\n`);
  renameSync(path.join(a.root, `${secrets.deleted}.txt`), path.join(a.root, secrets.renamed));
  await settle(world);
  for (const { installation, root } of [a, b]) await installation.must(['pause', root]);
  writeFileSync(path.join(a.root, 'contested'), secrets.conflictA);
  writeFileSync(path.join(b.root, 'contested'), secrets.conflictB);
  for (const { installation, root } of [a, b]) await installation.must(['resume', root]);
  await settle(world);
}
