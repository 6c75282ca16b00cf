/**
 * Directories that were to come to a path and did not. Another one may stand there, such as the one that was to be
 * removed before: what was meant for the new one must not be put into it.
 */
import { parentPath } from '../../core/base/rel-path.js';
import type { FolderStep, StepResult } from '../ports.js';

export class UnmadeDirectories {
  readonly #paths = new Set<string>();

  note(step: FolderStep, { status }: StepResult): void {
    const path = broughtTo(step);
    if (path === null) return;
    if (status === 'done') this.#paths.delete(path);
    else this.#paths.add(path);
  }

  /** Would it put something into one of them? */
  areOnTheWayOf(step: FolderStep): boolean {
    const path = broughtTo(step);
    if (path === null) return false;
    for (let at = parentPath(path); at !== ''; at = parentPath(at)) if (this.#paths.has(at)) return true;
    return false;
  }
}

/** Where there is something after the step that was not there before; null for steps of other kinds. */
function broughtTo(step: FolderStep): string | null {
  switch (step.op) {
    case 'make-directory':
    case 'place-file':
    case 'place-symlink':
      return step.path;
    case 'move':
    case 'unpark':
    case 'unstash':
      return step.to;
    default:
      return null;
  }
}
