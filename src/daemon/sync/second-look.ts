/** What the last looks at the folder left open: files that were changing, unreadable ones, stamps too young to trust. */
import type { Observation } from './observe.js';
import { parentPath } from './observe.js';
import type { Moment, Schedule } from './schedule.js';

const CHANGING_RETRY_MS = 250;
/** Over the moment itself, for clocks that tick coarsely. */
const RACY_SLACK_MS = 50;

export class SecondLook {
  readonly #racy = new Set<string>();
  readonly #changing = new Set<string>();
  readonly #unreadable = new Set<string>();

  get isChanging(): boolean {
    return this.#changing.size > 0;
  }

  get unreadable(): readonly string[] {
    return [...this.#unreadable];
  }

  note(observation: Observation, { schedule, nowMs }: { schedule: Schedule; nowMs: number }): void {
    const { scope } = observation;
    this.#changing.clear();
    for (const path of observation.changing) this.#changing.add(parentPath(path));
    if (this.#changing.size > 0) schedule.at('changing', nowMs + CHANGING_RETRY_MS);
    for (const path of this.#unreadable) if (scope === 'all' || scope.includes(parentPath(path))) this.#unreadable.delete(path);
    for (const path of observation.unreadable) this.#unreadable.add(path);
    for (const directory of observation.racyDirectories) this.#racy.add(directory);
    if (observation.racyUntilMs !== null) schedule.reset('racy', observation.racyUntilMs + RACY_SLACK_MS);
  }

  /** The directories whose second look has come. */
  due(moments: ReadonlySet<Moment>): readonly string[] {
    const racy = moments.has('racy') ? [...this.#racy] : [];
    if (moments.has('racy')) this.#racy.clear();
    return moments.has('changing') ? [...racy, ...this.#changing] : racy;
  }
}
