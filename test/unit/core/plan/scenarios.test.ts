/** The scenarios of the black-box suite at the level of the planner, with the outcomes that the decision table recommends. */
import { describe, expect, it } from 'vitest';
import { checkExpectations } from '../../../scenario/expectations.js';
import { readScenarios, type Scenario } from '../../../scenario/scenario-file.js';
import { canPlay, playScenario } from '../../../support/planner-scenario.js';

/** What they are about only a folder on a disk has: ignore rules, names in two Unicode forms side by side, moves from outside. */
const NEED_A_FOLDER = new Set(['cozy-016', 'cozy-017', 'cozy-018', 'cozy-019', 'cozy-071', 'cozy-072', 'filena-066', 'filena-068']);

function playable(file: string): readonly Scenario[] {
  const scenarios = readScenarios(new URL(`../../../scenario/${file}`, import.meta.url));
  return scenarios.filter((scenario) => canPlay(scenario) && !NEED_A_FOLDER.has(scenario.id));
}

/** By file, with how many of them the planner can play at least. */
describe.each([
  ['scenarios.json', 80],
  ['more-scenarios.json', 30],
  ['peer-scenarios.json', 400],
])('scenarios on the planner alone, %s', (file, most) => {
  const scenarios = playable(file);

  it('can play most of them', () => {
    expect(scenarios.length).toBeGreaterThan(most);
  });

  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))('%s ends as expected and as recommended', (_, scenario) => {
    expect(checkExpectations(scenario, playScenario(scenario))).toEqual({ problems: [], notes: [] });
  });
});
