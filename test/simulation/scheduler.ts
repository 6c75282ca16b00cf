/**
 * The one virtual executor of a simulated world. Whatever would take time (a port call, a timer, an
 * answer) is a task with a due time; the schedule tape says which of those that are due runs next.
 * Between two tasks everything that has become runnable runs to its end, so nothing else decides an order.
 */
import { createHash } from 'node:crypto';
import type { Tape } from './tape.js';

/** Whom a task belongs to: what a dead process had asked for never happens. */
export interface Owner {
  readonly name: string;
  alive: boolean;
}

export interface Task {
  readonly owner: Owner;
  readonly label: string;
  readonly dueMs: number;
  readonly run: () => void | Promise<void>;
}

/** Longest and shortest time that a kind of call takes, milliseconds. */
const DELAYS = { disk: [0, 3], network: [1, 120], hint: [0, 60] } as const;
const SHOWN_LINES = 200_000;

export class Scheduler {
  readonly tape: Tape;
  now: number;
  /** Whose code runs now. */
  current: Owner;
  steps = 0;
  readonly #world: Owner = { name: 'world', alive: true };
  readonly #trace = createHash('sha256');
  readonly #lines: string[] = [];
  #tasks: Task[] = [];

  constructor(tape: Tape, startMs: number) {
    this.tape = tape;
    this.now = startMs;
    this.current = this.#world;
  }

  after(owner: Owner, label: string, delayMs: number, run: Task['run']): Task {
    const task = { owner, label, dueMs: this.now + Math.max(0, Math.ceil(delayMs)), run };
    this.#tasks.push(task);
    return task;
  }

  cancel(task: Task): void {
    this.#tasks = this.#tasks.filter((one) => one !== task);
  }

  delay(kind: keyof typeof DELAYS): number {
    const [least, most] = DELAYS[kind];
    return least + this.tape.below(most - least + 1);
  }

  /** Runs `work` some time later. The promise never settles when the owner is dead by then, or dies in it. */
  async call<Result>(owner: Owner, label: string, kind: keyof typeof DELAYS, work: () => Result | Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.after(owner, label, this.delay(kind), async () => {
        try {
          const result = await work();
          if (owner.alive) resolve(result);
        } catch (error) {
          if (owner.alive) reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** Runs one task and all that follows from it at once; false when there is none before `untilMs`. */
  async step(untilMs = Infinity): Promise<boolean> {
    this.#tasks = this.#tasks.filter(({ owner }) => owner.alive);
    const next = Math.min(...this.#tasks.map(({ dueMs }) => dueMs));
    if (next > untilMs || !Number.isFinite(next)) {
      if (Number.isFinite(untilMs)) this.now = Math.max(this.now, untilMs);
      return false;
    }
    this.now = Math.max(this.now, next);
    const due = this.#tasks.filter(({ dueMs }) => dueMs <= this.now);
    const task = due.length === 1 && due[0] !== undefined ? due[0] : this.tape.pick(due);
    this.cancel(task);
    this.steps += 1;
    this.note(`${task.owner.name} ${task.label}`);
    await this.as(task.owner, task.run);
    return true;
  }

  /** Runs `work` as this owner, with everything that becomes runnable by it. */
  async as(owner: Owner, work: () => void | Promise<void>): Promise<void> {
    this.current = owner;
    await work();
    await drained();
    this.current = this.#world;
  }

  /** Adds a line to the trace: two runs of one seed must have the same. */
  note(line: string): void {
    const stamped = `${String(this.now)} ${line}`;
    this.#trace.update(stamped).update('\n');
    this.#lines.push(stamped);
    if (this.#lines.length > SHOWN_LINES) this.#lines.splice(0, SHOWN_LINES / 2);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  traceHash(): string {
    return this.#trace.copy().digest('hex').slice(0, 16);
  }
}

const realSetImmediate = setImmediate;

/** After all promises that could settle have settled. */
async function drained(): Promise<void> {
  await new Promise<void>((resolve) => {
    realSetImmediate(resolve);
  });
}
