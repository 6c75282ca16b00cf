/** When a conflict copy may be there: only what two users did at the same time can conflict. */
import type { DeviceName } from './account.js';
import { isConflictCopy } from './conflict-name.js';
import type { Device } from './device.js';
import { treeOf } from './folder-tree.js';

/** C6: where only one user wrote since the folders were last equal, no conflict copy comes into being. */
export class ConflictCopies {
  #known: ReadonlySet<string> = new Set();
  readonly #writers = new Set<DeviceName>();
  #isAnyAllowed = false;

  wrote(user: DeviceName): void {
    this.#writers.add(user);
  }

  /** Something was put back as it was earlier, or forgotten: what is there now may meet what was there then. */
  allowAny(): void {
    this.#isAnyAllowed = true;
  }

  /** The folders are equal: says what should not be there, and begins anew. */
  check(devices: readonly Device[]): readonly string[] {
    const copies = new Set(devices.flatMap(({ disk }) => [...treeOf(disk.root).keys()].filter(isConflictCopy)));
    const unasked = [...copies].filter((path) => !this.#known.has(nameOf(path)));
    const isOneWriter = this.#writers.size <= 1 && !this.#isAnyAllowed;
    this.#known = new Set([...copies].map(nameOf));
    this.#writers.clear();
    this.#isAnyAllowed = false;
    return isOneWriter ? unasked.map((path) => `C6: a conflict copy where one user wrote: ${path}`) : [];
  }
}

/** A user may move a copy, or what it is in. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
