/**
 * Test layers as projects. The quick ones run first and side by side; what starts daemons, servers
 * and many processes comes after them, so that two cores are not asked for everything at once.
 */
import { defineConfig } from 'vitest/config';

interface Layer {
  readonly name: string;
  readonly include: string;
  readonly timeoutMs: number;
  readonly group: number;
  readonly services?: boolean;
}

const layers: readonly Layer[] = [
  { name: 'architecture', include: 'test/{architecture,hazards,mutants}.test.ts', timeoutMs: 20_000, group: 0 },
  { name: 'unit', include: 'test/unit/**/*.test.{ts,tsx}', timeoutMs: 30_000, group: 0, services: true },
  { name: 'contract', include: 'test/contract/**/*.test.ts', timeoutMs: 60_000, group: 0, services: true },
  { name: 'vectors', include: 'test/vectors/**/*.test.ts', timeoutMs: 30_000, group: 0 },
  { name: 'property', include: 'test/property/**/*.test.ts', timeoutMs: 180_000, group: 0 },
  { name: 'simulation', include: 'test/simulation/**/*.test.ts', timeoutMs: 300_000, group: 0 },
  { name: 'evil', include: 'test/evil/**/*.test.ts', timeoutMs: 120_000, group: 1 },
  { name: 'crash', include: 'test/crash/**/*.test.ts', timeoutMs: 240_000, group: 1 },
  { name: 'e2e', include: 'test/e2e/**/*.test.ts', timeoutMs: 240_000, group: 1, services: true },
  { name: 'scenario', include: 'test/scenario/**/*.test.ts', timeoutMs: 120_000, group: 1, services: true },
];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: layers.map(({ name, include, timeoutMs, group, services }) => ({
      test: {
        name,
        include: [include],
        testTimeout: timeoutMs,
        hookTimeout: Math.max(timeoutMs, 60_000),
        teardownTimeout: 30_000,
        // Real processes on a busy machine: one more try tells a slow one from a broken one. Nothing random hides in these layers.
        retry: group === 1 || name === 'contract' ? 1 : 0,
        pool: 'forks' as const,
        sequence: { groupOrder: group },
        ...(services === true ? { globalSetup: ['test/setup/services.ts'] } : {}),
      },
    })),
  },
});
