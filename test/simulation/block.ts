/** A block of consecutive seeds, as one process runs it for `npm run sim`. */
import { showCommand } from './commands.js';
import { runTwice, scenarioOf, shrink, type Scenario } from './seeds.js';
import { runWorld } from './world.js';

export interface Block {
  readonly first: number;
  readonly last: number;
  /** Runs each seed once: twice as many in the same time, without the proof that a run repeats itself (G1). */
  readonly once: boolean;
  readonly trace: boolean;
}

export interface BlockReport {
  readonly seeds: number;
  readonly steps: number;
  readonly failed: readonly number[];
  /** What there is to read: failures with what they shrink to, and traces. */
  readonly text: string;
}

export async function runBlock({ first, last, once, trace }: Block): Promise<BlockReport> {
  const failed: number[] = [];
  const text: string[] = [];
  let steps = 0;
  for (let seed = first; seed <= last; seed += 1) {
    const scenario = scenarioOf(seed);
    const outcome = await (once ? runWorld(scenario.commands, scenario) : runTwice(scenario));
    steps += outcome.steps;
    if (outcome.failure !== null) {
      failed.push(seed);
      text.push(`\nseed ${String(seed)} fails: ${outcome.failure}`, await shrunk(scenario, outcome.failure, trace));
    } else if (trace) text.push(outcome.lines.join('\n'));
  }
  return { seeds: last - first + 1, steps, failed, text: text.join('\n') };
}

async function shrunk(scenario: Scenario, failure: string, trace: boolean): Promise<string> {
  const small = await shrink(scenario, failure);
  return [...scenarioLines(small), JSON.stringify(small), `so shrunk: ${await oneRun(small, trace)}`].join('\n');
}

/** What becomes of one scenario, to read. */
export async function oneRun(scenario: Scenario, trace: boolean): Promise<string> {
  const { failure, lines } = await runTwice(scenario);
  return [failure ?? 'holds', ...(trace ? lines : [])].join('\n');
}

function scenarioLines({ devices, commands }: Scenario): readonly string[] {
  return [`devices ${devices.join(' ')}`, ...commands.map((command) => `  ${showCommand(command)}`)];
}
