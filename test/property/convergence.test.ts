/**
 * Random histories of two and three devices: every intermediate tree is valid, all devices end with
 * the same tree, nothing that a user left in place is lost, and nothing that was deleted comes back.
 *
 * FSYNC_PROPERTY_RUNS sets the number of cases a property, FSYNC_PROPERTY_SEED repeats a run.
 */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { propertyOptions } from '../support/property-options.js';
import { play, randomRun } from '../support/random-run.js';

describe('random histories', () => {
  it('of two devices converge and lose nothing', () => {
    fc.assert(
      fc.property(randomRun({ clients: 2, maxEvents: 14 }), (run) => {
        play(run);
      }),
      propertyOptions(300),
    );
  });

  it('of three devices converge and lose nothing', () => {
    fc.assert(
      fc.property(randomRun({ clients: 3, maxEvents: 18 }), (run) => {
        play(run);
      }),
      propertyOptions(200),
    );
  });

  it('with few different contents converge and lose nothing', () => {
    fc.assert(
      fc.property(randomRun({ clients: 2, maxEvents: 16 }), (run) => {
        play(run, { pool: 3 });
      }),
      propertyOptions(200),
    );
  });
});
