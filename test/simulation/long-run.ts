/** `npm run sim -- --seeds N --start S`: many seeds, with progress and a summary. `--seed S --trace` shows one in full. */
import { parseArgs } from 'node:util';
import { showCommand } from './commands.js';
import { runTwice, scenarioOf, shrink } from './seeds.js';
import { runWorld } from './world.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    start: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    'most-failures': { type: 'string', default: '5' },
  },
});

const start = Number(values.start);
const seeds = Number(values.seeds);
const failed: number[] = [];
const startedAt = performance.now();
let steps = 0;

for (let seed = start; seed < start + seeds && failed.length < Number(values['most-failures']); seed += 1) {
  const scenario = scenarioOf(seed);
  const outcome = await runTwice(scenario);
  steps += outcome.steps;
  if (outcome.failure !== null) {
    failed.push(seed);
    console.log(`\nseed ${String(seed)} fails: ${outcome.failure}`);
    const small = await shrink(scenario, outcome.failure);
    console.log(`devices ${small.devices.join(' ')}\n${small.commands.map((command) => `  ${showCommand(command)}`).join('\n')}`);
    console.log(JSON.stringify(small));
    if (values.trace) console.log((await runWorld(small.commands, small)).lines.join('\n'));
  } else if (values.trace) console.log(outcome.lines.join('\n'));
  const done = seed - start + 1;
  if (done % 100 === 0)
    console.log(`${String(done)} of ${String(seeds)} seeds, ${String(failed.length)} failed, ${perSecond(done)} a second`);
}

function perSecond(done: number): string {
  return ((done * 1000) / (performance.now() - startedAt)).toFixed(1);
}

console.log(
  `${String(seeds)} seeds from ${String(start)}: ${failed.length === 0 ? 'all hold' : `failed ${failed.join(' ')}`}; ${String(steps)} steps`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
