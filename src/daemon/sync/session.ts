/**
 * One attached folder, alive: gathers hints, runs cycles one after the other, tells the transfer
 * lanes what is wanted, and answers those who wait for the folder to be in sync. Every decision is
 * made in a cycle; everything else only says "look again".
 */
import { FsyncError } from '../../core/base/errors.js';
import type { Held } from '../../core/plan/guard.js';
import type { StatusDocument } from '../../core/protocol/ipc.js';
import { Batched } from './batched.js';
import { runCycle, type CycleContext, type CycleOutcome } from './cycle.js';
import { createCycleContext } from './cycle-context.js';
import { Failures } from './failures.js';
import { FollowedDirectories } from './followed-directories.js';
import { heldBack } from './held-back.js';
import { isQuiet } from './is-quiet.js';
import { LastSynced } from './last-synced.js';
import { longPoll } from './long-poll.js';
import { parentPath } from './observe.js';
import { Schedule } from './schedule.js';
import type { SessionDeps } from './session-ports.js';
import { SETTLE_MS } from './safety-guard.js';
import { SecondLook } from './second-look.js';
import { sleep } from './sleep.js';
import { LISTED, promptState, statusDocument } from './status-document.js';
import { retryWaitMs, troubleOf, type Trouble } from './trouble.js';
import { Waiters, type SyncDirection } from './waiters.js';
import { WorkList, type Work } from './work-list.js';

export interface SessionOptions {
  readonly paused: boolean;
  readonly scanIntervalMs: number;
  readonly pollIntervalMs: number;
  /** How long after a file event more of the same burst is waited for. */
  readonly debounceMs: number;
}

const LANE_BATCH_MS = 150;

export class Session {
  readonly lastSynced: LastSynced;
  readonly #deps: SessionDeps;
  readonly #options: SessionOptions;
  readonly #context: CycleContext;
  readonly #work = new WorkList();
  readonly #schedule = new Schedule();
  readonly #waiters = new Waiters();
  readonly #failures = new Failures();
  readonly #abort = new AbortController();
  readonly #followed: FollowedDirectories;
  readonly #secondLook = new SecondLook();
  readonly #wakeSoon = new Batched(LANE_BATCH_MS, () => {
    this.#work.wake();
  });
  #paused: boolean;
  #outcome: CycleOutcome | null = null;
  #trouble: Trouble | null = null;
  #running: Promise<unknown> = Promise.resolve();
  #unsubscribe: () => void = () => undefined;

  constructor(deps: SessionDeps, options: SessionOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#paused = options.paused;
    const { folder } = deps;
    this.#followed = new FollowedDirectories(folder.watcher, (directories) => {
      this.#work.look(directories);
    });
    this.#context = createCycleContext(deps, {
      failures: this.#failures,
      followed: this.#followed,
      mayExchange: () => this.#mayExchange(),
      look: this.#work.look.bind(this.#work),
      ...this.#laneEvents(),
    });
    this.lastSynced = new LastSynced(this.#context);
  }

  get context(): CycleContext {
    return this.#context;
  }

  /** What stops it, as of the last cycle. */
  get standstill(): { readonly trouble: Trouble | null; readonly held: Held | null } {
    return { trouble: this.#trouble, held: this.#outcome?.held ?? null };
  }

  start(): void {
    const { folder, socket, info } = this.#deps;
    folder.watcher.onHint((directories) => {
      this.#work.look(directories);
    });
    this.#followed.start(this.#context.trees.local);
    this.#unsubscribe = socket.subscribe(info.vault, (seq) => {
      this.#hear(seq);
    });
    this.#work.look(null);
    this.#work.pull();
    this.#running = Promise.all([
      this.#loop(),
      longPoll({
        deps: this.#deps,
        log: this.#context.log,
        isWanted: () => this.#mayExchange() && this.#trouble === null,
        onNews: () => {
          this.#work.pull();
        },
        signal: this.#abort.signal,
      }),
    ]);
  }

  /** `reason` is what those who wait for the folder are told. */
  async stop(reason = new FsyncError('daemon_unreachable', 'the daemon is stopping')): Promise<void> {
    this.#unsubscribe();
    this.#abort.abort(new FsyncError('aborted', 'the session is stopping'));
    this.#work.wake();
    await Promise.all([this.#context.uploads.stop(), this.#context.downloads.stop()]);
    await this.#running;
    await this.#deps.positions.stop();
    this.#waiters.rejectAll(reason);
    await this.#deps.folder.close();
  }

  pause(): void {
    this.#paused = true;
    this.#context.uploads.want([]);
    this.#context.downloads.want([]);
    this.#waiters.rejectAll(new FsyncError('not_in_sync', `${this.#deps.info.name} was paused`, { hints: ['Go on with: fsync resume'] }));
    this.#work.wake();
  }

  resume(): void {
    this.#paused = false;
    this.nudge();
  }

  /** Look at everything and ask the server now, whatever was being waited for. */
  nudge(): void {
    this.#failures.retryNow();
    this.#schedule.clear('retry');
    this.#work.look(null);
    this.#work.pull();
  }

  /** Resolves when the folder is in sync in that direction, as found by a look that starts after this call. */
  async sync(direction: SyncDirection, options: { signal: AbortSignal; timeoutMs: number }): Promise<StatusDocument> {
    if (this.#paused) throw new FsyncError('not_in_sync', `${this.#deps.info.name} is paused`, { hints: ['Go on with: fsync resume'] });
    const done = this.#waiters.add(direction, options);
    this.nudge();
    await done;
    return this.status();
  }

  /** Runs `work` between two cycles, so that it sees the trees at rest. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#waiters.between(work, () => {
      this.#work.wake();
    });
  }

  status(listed = LISTED): StatusDocument {
    return statusDocument({
      ...this.#context,
      listed,
      outcome: this.#outcome,
      failures: this.#failures.list(),
      unreadable: this.#secondLook.unreadable,
      paused: this.#paused,
      busy: this.#isBusy(),
      trouble: this.#trouble,
      lastSyncedAtMs: this.lastSynced.atMs,
    });
  }

  async #loop(): Promise<void> {
    const { clock } = this.#deps;
    this.#schedule.reset('full-scan', clock.now() + this.#options.scanIntervalMs);
    this.#schedule.reset('poll', clock.now() + this.#options.pollIntervalMs);
    for (;;) {
      await this.#waiters.runBetween();
      await this.#work.wait(this.#schedule.wait(clock.now()));
      if (this.#isStopping()) return;
      this.#takeMoments();
      if (this.#work.hasLocalWork && !this.#waiters.areAnyWaiting) await sleep(this.#options.debounceMs, this.#abort.signal);
      await this.#cycle();
    }
  }

  /** The server tells a head when it has a new one, and to whoever subscribes: after an outage it is known to be back by that. */
  #hear(seq: number): void {
    const isBack = this.#trouble?.error.code === 'server_unreachable';
    if (isBack) this.#schedule.clear('retry');
    if (isBack || seq > this.#context.log.head.seq) this.#work.pull();
  }

  #isStopping(): boolean {
    return this.#abort.signal.aborted;
  }

  async #cycle(): Promise<void> {
    const work = this.#work.take();
    const round = this.#waiters.beginCycle();
    const beganMs = this.#deps.clock.now();
    try {
      this.#takeOutcome(await runCycle(this.#context, work, this.#abort.signal), work, beganMs);
    } catch (error) {
      this.#takeTrouble(error, work);
    }
    this.#answerWaiters(round);
    this.#deps.folder.prompt.tell(() => promptState(this.status()));
  }

  #takeOutcome(outcome: CycleOutcome, work: Work, beganMs: number): void {
    const { clock } = this.#deps;
    this.#outcome = outcome;
    if (work.pull && this.#mayExchange()) this.#trouble = null;
    if (outcome.observation !== null) this.#secondLook.note(outcome.observation, { schedule: this.#schedule, nowMs: clock.now() });
    if (outcome.isSettling) this.#schedule.at('soon', clock.now() + SETTLE_MS);
    const retryAt = this.#failures.nextRetryMs(beganMs);
    if (retryAt !== null) this.#schedule.reset('failed', retryAt);
    if (this.#isQuiet('both') && outcome.held === null && this.#trouble === null && !this.#paused) this.lastSynced.note(outcome);
  }

  #takeTrouble(error: unknown, work: Work): void {
    if (this.#abort.signal.aborted) return;
    const { clock, logger, random } = this.#deps;
    this.#trouble = troubleOf(error, (this.#trouble?.attempts ?? 0) + 1);
    logger.warn('sync cycle failed', { code: this.#trouble.error.code, message: this.#trouble.error.message, error });
    this.#work.giveBack({ ...work, pull: true });
    this.#schedule.reset('retry', clock.now() + retryWaitMs(this.#trouble, (random(1)[0] ?? 0) / 256));
  }

  #takeMoments(): void {
    const { clock } = this.#deps;
    const moments = this.#schedule.take(clock.now());
    if (moments.has('full-scan')) {
      this.#work.look(null);
      this.#schedule.reset('full-scan', clock.now() + this.#options.scanIntervalMs);
    }
    if (moments.has('poll')) {
      this.#work.pull();
      this.#schedule.reset('poll', clock.now() + this.#options.pollIntervalMs);
    }
    const again = this.#secondLook.due(moments);
    if (again.length > 0) this.#work.look(again);
    if (moments.has('retry')) this.#work.pull();
  }

  #answerWaiters(round: number): void {
    const held = this.#outcome?.held ?? null;
    // What the guard lets through comes first: additions go on.
    const decision = held !== null && this.#isQuiet('both') ? heldBack(held) : null;
    const error = this.#trouble?.error ?? this.#failures.grave(this.#deps.clock.now()) ?? decision;
    if (error !== null) this.#waiters.reject(round, error);
    else if (held === null) this.#waiters.resolve(round, (direction) => this.#isQuiet(direction));
  }

  #isQuiet(direction: SyncDirection): boolean {
    if (this.#outcome === null || this.#outcome.isSettling || this.#secondLook.isChanging) return false;
    return isQuiet(this.#outcome, { direction, context: this.#context, failures: this.#failures.deferred(this.#deps.clock.now()) });
  }

  #isBusy(): boolean {
    return (
      this.#outcome === null ||
      this.#outcome.isSettling ||
      this.#secondLook.isChanging ||
      !this.#context.uploads.isIdle ||
      !this.#context.downloads.isIdle ||
      this.#waiters.areAnyWaiting
    );
  }

  #mayExchange(): boolean {
    return !this.#paused && !this.#schedule.has('retry');
  }

  #laneEvents(): { onProgress: () => void; onChanged: (path: string) => void; onError: (error: unknown) => void } {
    return {
      onProgress: () => {
        const { uploads, downloads } = this.#context;
        // Single results come in bursts: they are planned together, the end of a lane at once.
        if (uploads.isIdle && downloads.isIdle) this.#work.wake();
        else this.#wakeSoon.ask();
      },
      onChanged: (path) => {
        this.#work.look([parentPath(path)]);
      },
      onError: (error) => {
        this.#takeTrouble(error, { scope: [], pull: true });
        this.#waiters.rejectAll(this.#trouble?.error ?? new FsyncError('internal', 'transfer failed'));
        this.#work.wake();
      },
    };
  }
}
