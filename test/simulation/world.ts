/** A simulated world: devices, their server, the users' commands, and what must hold. */
import { DEVICE_NAMES, START_MS, type DeviceName } from './account.js';
import type { Command, UserCommand } from './commands.js';
import { isRuleCommand, showCommand } from './commands.js';
import { ConflictCopies } from './conflict-copies.js';
import { Device } from './device.js';
import { filesOf, hasText } from './folder-tree.js';
import type { Inode } from './inode.js';
import { pathOf } from './inode.js';
import { checkAtRest, checkBlobs, checkKept, checkPositions } from './invariants.js';
import { Model } from './model.js';
import { unmountAll } from './node-fs.js';
import { Scheduler, type Owner } from './scheduler.js';
import { unreachable } from './sim-remote.js';
import { startSimServer, type SimServer } from './sim-server.js';
import { databaseFull } from './sim-store.js';
import { FsyncError } from '../../src/core/base/errors.js';
import { Tape } from './tape.js';
import { runUserCommand } from './user.js';
import { installTimers, restoreTimers, withRealTimers } from './virtual-timers.js';

export interface Outcome {
  /** Null when everything held. */
  readonly failure: string | null;
  readonly trace: string;
  readonly lines: readonly string[];
  readonly steps: number;
}

export interface RunOptions {
  readonly devices: readonly DeviceName[];
  readonly scheduleSeed: number;
  /** Daemons tell their positions, which takes requests of its own: another schedule of the same seed. */
  readonly positions?: boolean;
  /** Watchers tell everything at once, so that what a user does is known moments later. */
  readonly honestWatchers?: boolean;
}

const PAUSE_STEPS = 24;
const MAX_ROUNDS = 20;
const ROUND_MS = 15_000;
const STOP_MS = 120_000;
const MOST_STEPS_AT_ONCE = 5_000;

export class Violation extends Error {}

export async function runWorld(commands: readonly Command[], options: RunOptions): Promise<Outcome> {
  const scheduler = new Scheduler(new Tape(options.scheduleSeed), START_MS);
  const server = await startSimServer(() => scheduler.now);
  installTimers(scheduler);
  try {
    const world = new World(scheduler, server, options);
    const failure = await world.run(commands);
    return { failure, trace: scheduler.traceHash(), lines: [...scheduler.lines], steps: scheduler.steps };
  } finally {
    restoreTimers();
    unmountAll();
    await server.close();
  }
}

export class World {
  readonly scheduler: Scheduler;
  readonly server: SimServer;
  readonly model = new Model();
  readonly copies = new ConflictCopies();
  readonly devices: readonly Device[];
  readonly #user: Owner = { name: 'user', alive: true };
  readonly #positions: boolean;
  readonly #mayLie: boolean;
  #lying: boolean;
  #violation: string | null = null;

  constructor(
    scheduler: Scheduler,
    server: SimServer,
    { devices: names, positions = false, honestWatchers = false }: Omit<RunOptions, 'scheduleSeed'>,
  ) {
    this.scheduler = scheduler;
    this.server = server;
    this.#positions = positions;
    this.#mayLie = !honestWatchers;
    this.#lying = this.#mayLie;
    this.devices = DEVICE_NAMES.filter((name) => names.includes(name)).map(
      (name) =>
        new Device(name, {
          scheduler,
          server,
          positions,
          lies: () => this.#lying,
          onChange: (device, directory) => {
            this.#checkContents(device, directory);
          },
          onLost: (device, text) => {
            this.#checkLost(device, text);
          },
          onProblem: (problem) => {
            this.#violation ??= problem;
          },
          // Placed but not written down: when such a file is gone later, nobody can tell a deletion from a placing that never happened.
          onForgotten: (texts) => {
            for (const text of texts) this.model.mayReturn(text);
          },
          onPowerLoss: ({ taken, returned, undone }) => {
            const gone = new Set(this.model.mustBeGone());
            const back = undone.find((text) => gone.has(text));
            if (back !== undefined) this.#violation ??= `D5: a power loss brings back "${back}", whose removal was in BASE`;
            for (const text of taken) this.model.powerTook(text);
            for (const text of returned) this.model.powerReturned(text);
            // What was removed before its daemon had seen it is there again, as if its user had just made it.
            if (returned.length > 0) this.copies.wrote(name);
          },
        }),
    );
  }

  /** Why something does not hold, or null. */
  async run(commands: readonly Command[]): Promise<string | null> {
    try {
      for (const device of this.devices) await device.start();
      for (const command of commands) {
        await this.#steps(this.scheduler.tape.chance(0.4) ? 0 : this.scheduler.tape.below(PAUSE_STEPS));
        await this.#command(command);
        this.#throwViolation();
      }
      await this.#settle();
      return null;
    } catch (error) {
      if (error instanceof Violation) return error.message;
      return `!!: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    }
  }

  async #steps(count: number): Promise<void> {
    for (let step = 0; step < count; step += 1) if (!(await this.scheduler.step(this.scheduler.now + 1_000))) return;
  }

  async #passTime(ms: number): Promise<void> {
    const until = this.scheduler.now + ms;
    for (let sameMoment = 0, last = -1; await this.scheduler.step(until); last = this.scheduler.now) {
      this.#throwViolation();
      sameMoment = this.scheduler.now === last ? sameMoment + 1 : 0;
      if (sameMoment > MOST_STEPS_AT_ONCE) throw new Violation('C2: time stands still: something is done again and again without a wait');
    }
  }

  async #command(command: Command): Promise<void> {
    const device = this.devices.find(({ name }) => name === command.on);
    if (device === undefined) return;
    this.scheduler.note(`command ${showCommand(command)}`);
    switch (command.op) {
      case 'offline':
        device.line.online = false;
        break;
      case 'online':
        device.line.online = true;
        device.reconnect();
        break;
      case 'start':
        await device.start();
        break;
      case 'stop':
        await device.stop();
        break;
      case 'kill':
        device.kill();
        break;
      case 'power-loss':
        device.losePower();
        break;
      case 'lose-db':
      case 'save-db':
      case 'restore-db':
        await this.#database(device, command.op);
        break;
      case 'save-server':
        await withRealTimers(this.scheduler, () => this.server.save());
        break;
      case 'restore-server':
        // What was changed since the backup may be as it was then.
        if (await withRealTimers(this.scheduler, () => this.server.restore())) this.#isGoingBack();
        break;
      case 'disk-fault':
      case 'network-fault':
      case 'state-fault':
        this.#addFault(device, command);
        break;
      case 'server-fault':
        this.server.faults.add(command.kind, command.nth, () => {
          this.scheduler.note(`server fault ${command.kind}`);
          throw new Error(`the ${command.kind} failed`);
        });
        break;
      case 'meanwhile':
        device.faults.add('disk', command.nth, () => {
          this.#userDoes(device, command.command);
        });
        break;
      case 'clock':
        device.clockOffsetMs += command.byMs;
        break;
      case 'wait':
        await this.#passTime(command.ms);
        break;
      case 'settle':
        await this.#settle();
        this.#lying = this.#mayLie;
        break;
      default:
        await this.scheduler.as(this.#user, () => {
          this.#userDoes(device, command);
        });
    }
  }

  #userDoes(device: Device, command: UserCommand): void {
    const { disk, name } = device;
    const later = (work: () => void): void => {
      this.scheduler.after(this.#user, 'second half of a write', this.scheduler.tape.below(400), () => {
        this.copies.wrote(name);
        device.asUser(work);
      });
    };
    this.copies.wrote(name);
    // What was made on two devices while a rule hid it on one of them meets when the rules change, or when it is moved into sight.
    if (isRuleCommand(command) || (command.op === 'mv' && this.model.isSomethingIgnored)) this.copies.allowAny();
    device.asUser(() => {
      const otherDisks = this.devices.filter((one) => one !== device).map((one) => one.disk);
      const nowMs = this.scheduler.now;
      const isRecorded = (inode: Inode): boolean => device.isRecorded(inode);
      const remoteContents = (path: string): readonly string[] => this.devices.flatMap((one) => one.remoteContents(path));
      runUserCommand({ disk, otherDisks, model: this.model, name, later, isRecorded, remoteContents, nowMs }, command);
    });
  }

  async #database(device: Device, op: 'lose-db' | 'save-db' | 'restore-db'): Promise<void> {
    await this.#stopped(device);
    if (op === 'save-db') device.saveDatabase();
    else if (op === 'lose-db') device.loseDatabase();
    else if (!device.restoreDatabase()) return;
    if (op !== 'save-db') this.#isGoingBack();
    await device.start();
  }

  /** A device or the server is as it was earlier. */
  #isGoingBack(): void {
    this.model.everythingMayReturn();
    this.copies.allowAny();
  }

  async #stopped(device: Device): Promise<void> {
    await device.stop();
    const until = this.scheduler.now + STOP_MS;
    while (device.session !== null && this.scheduler.now < until) await this.scheduler.step(until);
    if (device.session !== null) throw new Violation(`the daemon of ${device.name} does not stop`);
  }

  #addFault(device: Device, command: Extract<Command, { op: 'disk-fault' | 'network-fault' | 'state-fault' }>): void {
    const { op, nth, kind } = command;
    const on = op === 'disk-fault' ? 'disk' : op === 'network-fault' ? 'network' : 'state';
    device.faults.add(on, nth, () => {
      this.scheduler.note(`${device.name} fault ${kind}`);
      if (kind === 'kill') device.kill();
      else if (kind === 'power-loss') device.losePower();
      else if (kind === 'full') throw databaseFull();
      else if (kind === 'refused') throw unreachable('refused');
      else if (kind === 'unavailable') throw new FsyncError('unavailable', 'the server is busy');
      else if (kind === 'rate-limited') throw new FsyncError('rate_limited', 'too many requests');
      else if (kind === 'answer-lost') device.next.answerLost = true;
      else device.fail(kind);
    });
  }

  /** Faults stop, all are online: everything must come to rest, equal everywhere, with nothing lost. */
  async #settle(): Promise<void> {
    this.#lying = false;
    this.server.faults.clear();
    for (const device of this.devices) {
      device.faults.clear();
      device.line.online = true;
    }
    let problems: readonly string[] = [];
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      for (const device of this.devices) {
        await device.start();
        await device.nudge();
        await device.approve();
      }
      await this.#passTime(ROUND_MS);
      problems = await withRealTimers(this.scheduler, async () => [
        ...(await checkAtRest(this.devices, this.server)),
        ...(this.#positions ? await checkPositions(this.devices, this.server) : []),
      ]);
      if (problems.length === 0) break;
    }
    const wrong = [...checkKept(this.devices, this.model), ...problems];
    // Folders that are not equal yet may hold half of what is on its way.
    if (problems.length === 0) wrong.push(...this.copies.check(this.devices));
    if (wrong.length > 0) throw new Violation(wrong.join('\n'));
    await this.#checkIdle();
    const served = await withRealTimers(this.scheduler, async () => [
      ...(await checkBlobs(this.server)),
      ...(await this.server.commits.replay()),
    ]);
    if (served.length > 0) throw new Violation(served.join('\n'));
  }

  /** C3: one more look everywhere changes nothing and moves nothing. */
  async #checkIdle(): Promise<void> {
    const work = (): string => this.devices.map(({ line, applied }) => `${String(line.mutations)}+${String(applied)}`).join(' ');
    const before = work();
    for (const device of this.devices) await device.nudge();
    await this.#passTime(ROUND_MS);
    if (work() !== before) throw new Violation(`C3: not at rest: requests and steps went from ${before} to ${work()}`);
  }

  /** D3: the daemon takes no bytes away that the server does not have, unless they are elsewhere on the disk. */
  #checkLost({ name, disk }: Device, text: string): void {
    if (!this.model.isWritten(text) || this.server.commits.holds(text) || hasText(disk.root, text)) return;
    this.#violation ??= `D3: the daemon of ${name} took ${text.slice(0, 80)} away, which the server does not have`;
  }

  /** D4, D7: what the daemon puts before the user's eyes is whole, and a user's. */
  #checkContents(device: Device, directory: Inode): void {
    const path = pathOf(directory);
    if (path === '.fsync' || path.startsWith('.fsync/')) return;
    for (const [name, child] of directory.children) {
      const text = child.data.toString('utf8');
      if (child.type === 'file' && !this.model.isKnown(text))
        this.#violation ??= `D7: ${device.name} shows ${name} with bytes nobody wrote: ${text.slice(0, 80)}`;
    }
  }

  #throwViolation(): void {
    if (this.#violation !== null) throw new Violation(this.#violation);
    for (const device of this.devices) {
      if (filesOf(device.disk.root).length > 10_000) throw new Violation('files without end');
    }
  }
}
