/** From a seed to a workload and a schedule, and from a failure to the few commands that matter. */
import type { DeviceName } from './account.js';
import { isUserCommand, withIgnoreRules, workload, type Command } from './commands.js';
import { Tape } from './tape.js';
import { runWorld, type Outcome } from './world.js';

export interface Scenario {
  readonly devices: readonly DeviceName[];
  readonly scheduleSeed: number;
  readonly commands: readonly Command[];
  readonly positions?: boolean;
}

const MOST_COMMANDS = 26;
/** Commands of one user before the next one has a turn. */
const TURN = 8;

export function scenarioOf(seed: number): Scenario {
  const tape = new Tape(seed * 2 + 1);
  const devices: readonly DeviceName[] = tape.pick([
    ['A', 'B'],
    ['A', 'B'],
    ['A', 'B', 'C'],
    ['A', 'B', 'C', 'D'],
  ] as const);
  const commands = workload(tape, { devices, length: 4 + tape.below(MOST_COMMANDS) });
  const ordered = tape.chance(0.25) ? inTurns(commands, devices) : commands;
  return { devices, scheduleSeed: seed * 2, commands: tape.chance(0.2) ? withIgnoreRules(tape, ordered, devices) : ordered };
}

/** The same commands, but the users write one after the other, each in folders that are equal: nothing they do may conflict. */
function inTurns(commands: readonly Command[], devices: readonly DeviceName[]): readonly Command[] {
  return commands.flatMap((command, index) => {
    const on = devices[Math.floor(index / TURN) % devices.length] ?? command.on;
    const turn: readonly Command[] = index > 0 && index % TURN === 0 ? [{ on, op: 'settle' }] : [];
    return [...turn, isUserCommand(command) ? { ...command, on } : command];
  });
}

/** Runs it twice: the second must do exactly the same (G1). */
export async function runTwice(scenario: Scenario): Promise<Outcome> {
  const first = await runWorld(scenario.commands, scenario);
  const second = await runWorld(scenario.commands, scenario);
  if (first.trace === second.trace) return first;
  const at = first.lines.findIndex((line, index) => line !== second.lines[index]);
  return { ...first, failure: `G1: two runs differ at line ${String(at)}: ${first.lines[at] ?? ''} / ${second.lines[at] ?? ''}` };
}

/** Takes commands away as long as it still fails in the same way; the schedule tape stays. */
export async function shrink(scenario: Scenario, failure: string, mostRuns = 300): Promise<Scenario> {
  const kind = failure.slice(0, 2);
  let { commands } = scenario;
  let runs = 0;
  for (let size = Math.max(1, commands.length >> 1); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let at = 0; at < commands.length && runs < mostRuns;) {
      const fewer = [...commands.slice(0, at), ...commands.slice(at + size)];
      runs += 1;
      const outcome = await runWorld(fewer, scenario);
      if (outcome.failure?.slice(0, 2) === kind) commands = fewer;
      else at += size;
    }
  }
  return { ...scenario, commands };
}
