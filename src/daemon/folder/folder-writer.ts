/** The FolderWriter of a real folder: sends steps to a worker in batches and remembers what it parked. */
import { toHex } from '../../core/base/bytes.js';
import type { Clock, RandomBytes } from '../../core/base/effects.js';
import type { FolderStep, FolderWriter, FoundChanges, StepResult } from '../ports.js';
import type { FolderTasks } from './folder-tasks.js';
import type { RootIdentity } from './root-identity.js';

export interface FolderWriterDeps {
  /** Absolute and resolved: no component is a link. */
  readonly root: string;
  readonly identity: RootIdentity;
  readonly tasks: Pick<FolderTasks, 'apply' | 'sweep'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Steps a message: enough to share the cost of syncing, few enough to stop soon when asked to. */
const BATCH = 2_000;

/** `apply` and `sweep` throw FsyncError guarded when the root is not the attached directory, io_error or disk_full when `.fsync` cannot be used. */
export function createFolderWriter({ root, identity, tasks, clock, random }: FolderWriterDeps): FolderWriter {
  /** Names in `.fsync` that this daemon will still ask for: a sweep leaves them. */
  const needed = new Set<string>();
  /** Something may be in the folder that is not on the disk for good: an earlier daemon was killed, or a batch was not done as a whole. */
  let owesSync = true;
  const found = { directories: new Set<string>(), files: new Set<string>() };
  const stamp = () => ({ now: clock.now(), nonce: toHex(random(8)) });

  const note = (step: FolderStep, result: StepResult): void => {
    if (result.status === 'failed') return;
    if (step.op === 'park' && result.status === 'done') needed.add(step.parked);
    if (step.op === 'unpark') needed.delete(step.parked);
    if (step.op === 'unstash') needed.delete(step.stash);
    const displaced = result.displaced ?? null;
    if (displaced !== null) needed.add(displaced);
  };

  const noteFound = ({ directories, files }: FoundChanges): void => {
    for (const path of directories) found.directories.add(path);
    for (const path of files) found.files.add(path);
  };

  return {
    async apply(steps, { signal }) {
      const results: StepResult[] = [];
      for (let start = 0; start < steps.length && !signal.aborted; start += BATCH) {
        const batch = steps.slice(start, start + BATCH);
        const owedBefore = owesSync;
        owesSync = true;
        const answers = await tasks.apply({ root, identity, steps: batch, ...stamp() }, { signal: NEVER });
        owesSync = owedBefore || answers.some((answer) => answer.status !== 'done' || answer.isUnsynced === true);
        for (const [index, answer] of answers.entries()) {
          const step = batch[index];
          if (step !== undefined) note(step, answer);
          results.push(answer);
        }
      }
      while (results.length < steps.length) results.push({ status: 'failed', code: 'aborted', message: 'stopped before this step' });
      return results;
    },
    noteFound,
    async makeDurable() {
      if (!owesSync && found.directories.size + found.files.size === 0) return;
      const changes: FoundChanges = { directories: [...found.directories], files: [...found.files] };
      found.directories.clear();
      found.files.clear();
      const syncEverything = owesSync;
      owesSync = true;
      try {
        await tasks.apply({ root, identity, steps: [], ...stamp(), syncEverything, found: changes }, { signal: NEVER });
      } catch (error) {
        noteFound(changes);
        throw error;
      }
      owesSync = false;
    },
    async sweep({ signal }) {
      if (signal.aborted) return;
      await tasks.sweep({ root, identity, ...stamp(), keep: [...needed] }, { signal });
    },
  };
}

/** A batch that was sent is waited for: its results say what is on the disk. */
const NEVER = new AbortController().signal;
