/** How many cases a property runs, and from which seed. The seed is printed, so that a failure can be repeated. */
import process from 'node:process';
import type { Parameters } from 'fast-check';

/** `FSYNC_PROPERTY_RUNS` overrides `runs`; `FSYNC_PROPERTY_SEED` repeats one run. */
export function propertyOptions<Case>(runs: number): Parameters<Case> {
  const wanted = Number(process.env['FSYNC_PROPERTY_RUNS'] ?? runs);
  const given = process.env['FSYNC_PROPERTY_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  process.stdout.write(`${String(wanted)} cases from seed ${String(seed)}\n`);
  return { numRuns: wanted, seed };
}

/** Time for as many cases as were asked for, and to shrink one that fails. */
export function propertyTimeoutMs(): number {
  return 180_000 + 50 * Number(process.env['FSYNC_PROPERTY_RUNS'] ?? 0);
}
