/** A watcher that tells of followed directories only, late, out of order, twice or not at all. */
import type { FolderWatcher } from '../../src/daemon/ports.js';
import { pathOf, type Inode } from './inode.js';
import type { Owner, Scheduler } from './scheduler.js';

const LOST = 0.08;
const TWICE = 0.05;
const OVERFLOW = 0.01;

export interface SimWatcher extends FolderWatcher {
  changed(directory: Inode): void;
}

export function createSimWatcher(scheduler: Scheduler, owner: Owner, lies: () => boolean): SimWatcher {
  const followed = new Set<string>();
  let listener: (directories: readonly string[] | null) => void = () => undefined;
  const tell = (hint: readonly string[] | null): void => {
    scheduler.after(owner, `hint ${hint === null ? 'overflow' : hint.join(' ')}`, scheduler.delay('hint'), () => {
      listener(hint);
    });
  };
  return {
    onHint: (next) => {
      listener = next;
    },
    follow: (directories) => {
      for (const path of directories) followed.add(path);
    },
    unfollow: (directories) => {
      for (const path of directories) followed.delete(path);
    },
    degraded: () => null,
    unwatchedSubtrees: () => [],
    close: () => Promise.resolve(),
    changed(directory) {
      const path = pathOf(directory);
      if (!owner.alive || !followed.has(path) || path === '.fsync' || path.startsWith('.fsync/')) return;
      if (lies() && scheduler.tape.chance(LOST)) return;
      tell(lies() && scheduler.tape.chance(OVERFLOW) ? null : [path]);
      if (lies() && scheduler.tape.chance(TWICE)) tell([path]);
    },
  };
}
