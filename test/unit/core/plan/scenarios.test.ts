/** The scenarios of the black-box suite at the level of the planner, with the outcomes that the decision table recommends. */
import { describe, expect, it } from 'vitest';
import { checkExpectations } from '../../../scenario/expectations.js';
import { readScenarios } from '../../../scenario/scenario-file.js';
import { canPlay, playScenario } from '../../../support/planner-scenario.js';

const scenarios = readScenarios(new URL('../../../scenario/scenarios.json', import.meta.url)).filter(canPlay);

describe('scenarios on the planner alone', () => {
  it('can play most of them', () => {
    expect(scenarios.length).toBeGreaterThan(80);
  });

  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))('%s ends as expected and as recommended', (_, scenario) => {
    expect(checkExpectations(scenario, playScenario(scenario))).toEqual({ problems: [], notes: [] });
  });
});
