/** What a session has been told to look at since its last cycle. Events only add to it; the cycle takes it whole. */
import type { Scope } from './observe.js';

export interface Work {
  /** Directories to list, 'all', or none. */
  readonly scope: Scope;
  readonly pull: boolean;
}

export class WorkList {
  #directories = new Set<string>();
  #all = false;
  #pull = false;
  #wake: (() => void) | null = null;
  #woken = false;

  /** `null` = anything may have changed. */
  look(directories: readonly string[] | null): void {
    if (directories === null) this.#all = true;
    else for (const directory of directories) this.#directories.add(directory);
    this.wake();
  }

  pull(): void {
    this.#pull = true;
    this.wake();
  }

  get hasLocalWork(): boolean {
    return this.#all || this.#directories.size > 0;
  }

  get hasPull(): boolean {
    return this.#pull;
  }

  take(): Work {
    const work: Work = { scope: this.#all ? 'all' : [...this.#directories], pull: this.#pull };
    this.#directories = new Set();
    this.#all = false;
    this.#pull = false;
    return work;
  }

  /** Gives back what a failed cycle did not do. */
  giveBack(work: Work): void {
    if (work.scope === 'all') this.#all = true;
    else for (const directory of work.scope) this.#directories.add(directory);
    this.#pull ||= work.pull;
  }

  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Resolves when something was added since the last call, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = Number.isFinite(timeoutMs) ? setTimeout(resolve, Math.min(timeoutMs, 2 ** 30)) : undefined;
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
    this.#woken = false;
  }
}
