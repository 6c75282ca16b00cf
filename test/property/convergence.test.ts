/**
 * Random histories of two and three devices: every intermediate tree is valid, all devices end with
 * the same tree, nothing that a user left in place is lost, and nothing that was deleted comes back.
 *
 * FSYNC_PROPERTY_RUNS sets the number of cases a property, FSYNC_PROPERTY_SEED repeats a run.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { propertyOptions, propertyTimeoutMs } from '../support/property-options.js';
import { outcomeOf, play, randomRun } from '../support/random-run.js';

vi.setConfig({ testTimeout: propertyTimeoutMs() });

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

  it('with unreadable and hidden things and hard links converge once all can be read again', () => {
    fc.assert(
      fc.property(randomRun({ clients: 2, maxEvents: 16, hindrances: true }), (run) => {
        play(run);
      }),
      propertyOptions(300),
    );
  });

  it('with lost databases converge and lose nothing', () => {
    fc.assert(
      fc.property(randomRun({ clients: 3, maxEvents: 16, losses: true }), (run) => {
        play(run, { mayComeBack: true });
      }),
      propertyOptions(200),
    );
  });

  it('hazard 54: end in the same tree whether commits and changes are made at once or in pieces', () => {
    fc.assert(
      fc.property(randomRun({ clients: 3, maxEvents: 14 }), fc.integer({ min: 1, max: 999 }), (run, tape) => {
        const [atOnce, inPieces] = [outcomeOf(run, 0), outcomeOf(run, tape)];
        expect(inPieces.tree, atOnce.log.join('\n')).toEqual(atOnce.tree);
      }),
      propertyOptions(300),
    );
  });
});
