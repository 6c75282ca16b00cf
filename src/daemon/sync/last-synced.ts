/** When the folder was last in sync: kept with its state, and told to the server as the position of this device. */
import type { CycleContext, CycleOutcome } from './cycle.js';
import type { HeldCommit } from './session-ports.js';

export class LastSynced {
  readonly #context: Pick<CycleContext, 'deps' | 'log'>;
  #atMs: number | null;
  #held: HeldCommit | null = null;

  constructor(context: Pick<CycleContext, 'deps' | 'log'>) {
    this.#context = context;
    this.#atMs = context.deps.folder.store.progress().lastSyncedAtMs;
  }

  get atMs(): number | null {
    return this.#atMs;
  }

  /** The newest commit that the folder was found to hold, with all before it, since this session began. */
  get held(): HeldCommit | null {
    return this.#held;
  }

  /** There is nothing to do any more in either direction. */
  note({ plan }: Pick<CycleOutcome, 'plan'>): void {
    const { deps, log } = this.#context;
    const atMs = deps.clock.now();
    this.#atMs = atMs;
    deps.folder.store.transaction((write) => {
      write.setProgress({ lastSyncedAtMs: atMs });
    });
    const { seq, hash } = log.head;
    // What cannot be placed here is not here, although nobody can do anything about it now.
    if (hash === null || plan.apply.length > 0) return;
    this.#held = { seq, hash, historyId: log.historyId, atMs };
    deps.positions.tell(this.#held);
  }
}
