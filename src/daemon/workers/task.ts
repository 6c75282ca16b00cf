/**
 * What a worker can be asked to do. A task is a module with a `run` function; a registry maps its
 * name to an import, so that a worker loads only what it is used for, and the main thread only the types.
 */

/** What a running task may ask of its surroundings. */
export interface TaskContext {
  /** Cheap: one atomic load. Long tasks ask it between steps. */
  aborted(): boolean;
  /** Throws FsyncError aborted when the caller gave up. */
  throwIfAborted(): void;
  /** Tells the caller about progress; the unit is the task's own. */
  progress(amount: number): void;
  /** The result refers to this buffer: it moves to the caller instead of being copied. */
  transfer(buffer: ArrayBuffer): void;
}

export interface TaskModule {
  run(input: never, context: TaskContext): unknown;
}

export type TaskRegistry = Readonly<Record<string, () => Promise<TaskModule>>>;

type RunOf<Registry extends TaskRegistry, Name extends keyof Registry> = Awaited<ReturnType<Registry[Name]>>['run'];

export type TaskName<Registry extends TaskRegistry> = keyof Registry & string;
export type TaskInput<Registry extends TaskRegistry, Name extends keyof Registry> = Parameters<RunOf<Registry, Name>>[0];
export type TaskOutput<Registry extends TaskRegistry, Name extends keyof Registry> = Awaited<ReturnType<RunOf<Registry, Name>>>;
