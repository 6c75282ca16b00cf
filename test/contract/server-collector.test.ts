/** Garbage collection on a running server, the same on both databases: what is in use stays, all else goes. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AT_ONCE, blobsOnDisk, CollectorWorld, createTestClock, DAY, type TestClock } from '../support/collector-world.js';
import { propertyOptions, propertyTimeoutMs } from '../support/property-options.js';
import { startServer, type ServerEngine, type ServerHarness } from '../support/server-harness.js';

type Step =
  | { readonly do: 'upload'; readonly sizes: readonly number[]; readonly again: number }
  | { readonly do: 'create'; readonly pick: number; readonly count: number }
  | { readonly do: 'edit'; readonly node: number; readonly pick: number; readonly count: number }
  | { readonly do: 'delete'; readonly node: number }
  | { readonly do: 'wait'; readonly hours: number }
  | { readonly do: 'collect'; readonly retentionDays: number; readonly gcGraceDays: number; readonly deleteDelayHours: number }
  | { readonly do: 'all at once'; readonly sizes: readonly number[]; readonly pick: number };

const size = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 500, max: 20_000 }));
const sizes = fc.array(size, { minLength: 1, maxLength: 6 });
const index = fc.nat(1_000);
const count = fc.integer({ min: 0, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('upload' as const), sizes, again: fc.nat(3) }),
  fc.record({ do: fc.constant('create' as const), pick: index, count }),
  fc.record({ do: fc.constant('edit' as const), node: index, pick: index, count }),
  fc.record({ do: fc.constant('delete' as const), node: index }),
  fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 30 }) }),
  fc.record({
    do: fc.constant('collect' as const),
    retentionDays: fc.constantFrom(0, 1, 2),
    gcGraceDays: fc.constantFrom(0, 0, 1),
    deleteDelayHours: fc.constantFrom(0, 0, 24),
  }),
  fc.record({ do: fc.constant('all at once' as const), sizes, pick: index }),
);

const engines: readonly ServerEngine[] = ['sqlite', 'postgres'];

describe.each(engines)('garbage collection on %s', (engine) => {
  let server: ServerHarness;
  const clock: TestClock = createTestClock();
  beforeAll(async () => {
    server = await startServer({ engine, clock });
  });
  afterAll(() => server.stop());

  const some = <Item>(items: readonly Item[], from: number, many: number): Item[] =>
    items.length === 0 ? [] : Array.from({ length: many }, (_, i) => items[(from + i * 7) % items.length] as Item);

  async function take(world: CollectorWorld, one: Step): Promise<void> {
    const node = 'node' in one ? world.nodes[one.node % Math.max(1, world.nodes.length)] : undefined;
    switch (one.do) {
      case 'upload':
        await world.upload(one.sizes, some(world.chunks, one.again, one.again));
        return;
      case 'create':
        await world.write(null, [...new Set(some(world.chunks, one.pick, one.count))]);
        return;
      case 'edit':
        if (node !== undefined) await world.write(node, [...new Set(some(world.chunks, one.pick, one.count))]);
        return;
      case 'delete':
        if (node !== undefined) await world.write(node, [], true);
        return;
      case 'wait':
        clock.pass(one.hours * 3_600_000);
        return;
      case 'collect':
        await world.collect(one);
        await world.expectReadable();
        return;
      case 'all at once': {
        const chunks = await world.upload(one.sizes);
        await Promise.all([
          world.collect(AT_ONCE),
          world.write(null, [...chunks, ...some(world.chunks, one.pick, 1).filter((id) => !chunks.includes(id))]),
          world.collect(AT_ONCE),
          world.upload(one.sizes, some(world.chunks, one.pick, 2)),
        ]);
        await world.expectReadable();
      }
    }
  }

  it(
    'hazard 66: loses no chunk that a version uses, and leaves nothing else, whatever the order',
    { timeout: propertyTimeoutMs() },
    async () => {
      const days = (steps: readonly Step[]): number => steps.reduce((sum, one) => sum + (one.do === 'wait' ? one.hours / 24 : 0), 0);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
          // The session of the account would end.
          fc.pre(days(steps) < 25);
          const world = await CollectorWorld.open(server, clock);
          for (const one of steps) await take(world, one);
          await world.collect(AT_ONCE);
          await world.expectReadable();
          await world.expectClean();
        }),
        propertyOptions(12),
      );
    },
  );

  it('keeps unused chunks for the time of grace, and begins anew when someone asks for them', async () => {
    const world = await CollectorWorld.open(server, clock);
    const settings = { ...AT_ONCE, gcGraceDays: 7 };
    const [wanted, unwanted] = await world.upload([400, 500]);
    if (wanted === undefined || unwanted === undefined) throw new Error('no chunks');
    expect(await world.collect(settings)).toMatchObject({ chunks: 0, waitingChunks: 2 });
    clock.pass(6 * DAY);
    await world.upload([10], [wanted]);
    clock.pass(1.5 * DAY);
    const report = await world.collect(settings);
    expect(report).toMatchObject({ chunks: 1, chunkBytes: 500 });
    await world.write(null, [wanted]);
    await world.expectReadable();
    await world.collect(AT_ONCE);
    await world.expectClean();
  });

  it('hazard 89: keeps what was current within the retention, and the newest version for ever', async () => {
    const world = await CollectorWorld.open(server, clock);
    const chunks = await world.upload([300, 301, 302, 303]);
    const version = (at: number): (typeof chunks)[number][] => chunks.slice(at, at + 1);
    await world.write(null, version(0));
    const [node] = world.nodes;
    clock.pass(DAY);
    await world.write(node ?? null, version(1));
    clock.pass(5 * DAY);
    await world.write(node ?? null, version(2));
    const settings = { ...AT_ONCE, retentionDays: 3 };
    expect(await world.estimate(settings)).toMatchObject({ revisions: 1, chunks: 2, chunkBytes: 603 });
    expect(await world.collect(settings)).toMatchObject({ revisions: 1, chunks: 2, chunkBytes: 603 });
    expect(node?.versions.map(({ rev }) => rev)).toEqual([2, 3]);
    await world.expectReadable();
    clock.pass(4 * DAY);
    await world.collect(settings);
    expect(node?.versions.map(({ rev }) => rev)).toEqual([3]);
    clock.pass(10 * DAY);
    await world.collect(settings);
    expect(await world.collect(settings)).toMatchObject({ revisions: 0, chunks: 0, packs: 0, repackedPacks: 0 });
    await world.expectReadable();
    await world.expectClean();
  });

  it('says beforehand what it would do, and changes nothing', async () => {
    const world = await CollectorWorld.open(server, clock);
    await world.upload([1_000, 2_000]);
    await world.upload([9_000]);
    const before = blobsOnDisk(server.dataDir);
    const estimate = await world.estimate(AT_ONCE);
    expect(estimate).toMatchObject({ chunks: 3, chunkBytes: 12_000, packs: 2 });
    expect(blobsOnDisk(server.dataDir)).toEqual(before);
    expect(await world.collect(AT_ONCE)).toMatchObject({ chunks: 3, chunkBytes: 12_000, packs: 2, packBytes: estimate.packBytes });
  });

  it('keeps the blob of an emptied pack until its time has come', async () => {
    const world = await CollectorWorld.open(server, clock);
    await world.upload([700]);
    const before = blobsOnDisk(server.dataDir);
    expect(await world.collect({ ...AT_ONCE, deleteDelayHours: 72 })).toMatchObject({ packs: 1, blobs: 0, waitingBlobs: 1 });
    expect(blobsOnDisk(server.dataDir)).toEqual(before);
    clock.pass(3 * DAY);
    expect(await world.collect({ ...AT_ONCE, deleteDelayHours: 72 })).toMatchObject({ blobs: 1, waitingBlobs: 0 });
    await world.expectClean();
  });
});
