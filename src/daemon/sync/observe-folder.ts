/** The first step of a cycle: looks at what may have changed in the folder, and at all of it when its ignore rules have. */
import type { FoundChanges } from '../ports.js';
import type { CycleContext } from './cycle.js';
import { newNode } from './new-node.js';
import { observe, type Observation } from './observe.js';
import type { Work } from './work-list.js';

/** Null when there is nothing to look at. */
export async function observeFolder(context: CycleContext, work: Work, signal: AbortSignal): Promise<Observation | null> {
  if (work.scope !== 'all' && work.scope.length === 0) return null;
  const { deps, trees, reading, followed, failures, appliedRules } = context;
  const { scanner, reader } = deps.folder;
  if (work.scope !== 'all') failures.retrySoon(work.scope, deps.clock.now());
  const rules = deps.folder.ignoreRules();
  const scope = appliedRules.scopeFor(rules, work.scope);
  const isIgnored = rules.ignores.bind(rules);
  const onListings = followed.note.bind(followed);
  const onChanges = (changes: FoundChanges): void => {
    deps.folder.writer.noteFound(changes);
  };
  const observation = await observe(
    { trees, scanner, reader, reading, newNode: () => newNode(context), isIgnored, clock: deps.clock, onListings, onChanges },
    scope,
    signal,
  );
  appliedRules.note(rules, scope);
  return observation;
}
