/** A device that may only read, on random trees: it comes to rest, sends nothing, and keeps every byte that only it has. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { nameKey } from '../../src/core/tree/name-key.js';
import { fakeContent } from '../support/fake-vault.js';
import type { PlannerClient } from '../support/planner-client.js';
import { propertyOptions, propertyTimeoutMs } from '../support/property-options.js';
import { scene, trees } from '../support/planner-scene.js';

vi.setConfig({ testTimeout: propertyTimeoutMs() });

const textsOf = (client: PlannerClient): ReadonlySet<string> =>
  new Set(
    client.folder
      .entries()
      .filter(({ kind }) => kind === 'file')
      .map(({ text }) => text),
  );

describe('a reader', () => {
  it('keeps what only it has, sends nothing, and has what the server has where it changed nothing', () => {
    fc.assert(
      fc.property(trees(), (made) => {
        const { world, here } = scene(made);
        here.readOnly = true;
        const head = world.vault.head;
        const isOnServer = (text: string): boolean => world.vault.stored.has(fakeContent(text).id);
        const own = [...textsOf(here)].filter((text) => !isOnServer(text));
        const bound = 4 * (world.vault.nodes.size + here.trees.local.size) + 10;
        let rounds = 0;
        while (here.apply(here.plan()) > 0) expect((rounds += 1)).toBeLessThanOrEqual(bound);
        const left = textsOf(here);
        expect(own.filter((text) => !left.has(text))).toEqual([]);
        expect(world.vault.head).toBe(head);
        if (here.plan().commit.length > 0) return;
        // Nothing waits: then the folder is what the server has.
        const files = [...world.vault.paths()].filter(([, { kind }]) => kind === 'file');
        const texts = new Map(here.folder.entries().map(({ path, text }) => [nameKey(path), text]));
        const differing = files.filter(([path, { content }]) => fakeContent(texts.get(nameKey(path)) ?? '').id !== content?.id);
        expect(differing.map(([path]) => path)).toEqual([]);
      }),
      propertyOptions(300),
    );
  });
});
