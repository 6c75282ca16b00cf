/**
 * Scenarios that do not hold yet, by mode and name, each with the reason. They run as expected
 * failures: one that starts to pass turns the suite red until it is taken off this list.
 */
import type { ScenarioMode } from './cli-device.js';

export const knownFailures: Readonly<Record<ScenarioMode, Readonly<Record<string, string>>>> = {
  cut: {},
  stopped: {},
  live: {},
};
