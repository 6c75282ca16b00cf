/** One device: a disk and a database that last, and a daemon on them that comes and goes. */
import { FULL_TRAITS } from '../../src/core/tree/disk-traits.js';
import type { NodeState } from '../../src/core/tree/node.js';
import { createFolderScanner } from '../../src/daemon/folder/folder-scanner.js';
import { createFolderWriter } from '../../src/daemon/folder/folder-writer.js';
import { parseConflictRules } from '../../src/core/conflict/conflict-rules.js';
import { readIgnoreFile } from '../../src/daemon/folder/read-rules-file.js';
import { createVaultFolder, readVaultFolder } from '../../src/daemon/folder/vault-folder.js';
import type { AccountKeys, VaultInfo, Watermarks } from '../../src/daemon/engine-deps.js';
import type { GuardCause } from '../../src/core/protocol/guard-document.js';
import type { BaseNode, FolderStep } from '../../src/daemon/ports.js';
import { decideGuard } from '../../src/daemon/sync/decide-guard.js';
import { heldId } from '../../src/daemon/sync/guard-document.js';
import { PositionReport } from '../../src/daemon/sync/position-report.js';
import type { FolderPorts, PositionTeller, SessionDeps } from '../../src/daemon/sync/session-ports.js';
import { Session } from '../../src/daemon/sync/session.js';
import { failStop } from '../../src/daemon/state/fail-stop-store.js';
import { createContentReader } from '../../src/daemon/transfer/content-reader.js';
import { createDownloader } from '../../src/daemon/transfer/downloader.js';
import { createUploader } from '../../src/daemon/transfer/uploader.js';
import { createMemoryStateStore } from '../support/memory-state-store.js';
import { simAccount, type DeviceName } from './account.js';
import { baseAheadOfDisk } from './base-check.js';
import { Faults } from './faults.js';
import { FileError, Killed } from './file-error.js';
import { contentIdOfText } from './content-of-text.js';
import { allTexts, filesOf } from './folder-tree.js';
import { createInlinePool, inlineFolderTasks } from './inline-pool.js';
import { pathOf, type Inode } from './inode.js';
import { closeFilesOf, mountDisk } from './node-fs.js';
import type { Owner, Scheduler } from './scheduler.js';
import { silentLogger } from './silent-logger.js';
import { createSimRemote, type Line, type NextRequest } from './sim-remote.js';
import type { SimServer } from './sim-server.js';
import { copyStore, openSimStore } from './sim-store.js';
import { createSimWatcher, type SimWatcher } from './sim-watcher.js';
import { VirtualDisk } from './virtual-disk.js';

const OPTIONS = { paused: false, scanIntervalMs: 120_000, pollIntervalMs: 30_000, debounceMs: 10 };
const REOPEN_MS = 10_000;
/** As set by default: simulated folders stay below it. */
const GUARD_LIMITS = { files: 100, percent: 50 };

export interface DeviceDeps {
  /** Daemons tell their positions. */
  readonly positions: boolean;
  readonly scheduler: Scheduler;
  readonly server: SimServer;
  /** The watcher tells the truth only when this says no. */
  readonly lies: () => boolean;
  /** The daemon changed entries of this directory. */
  readonly onChange: (device: Device, directory: Inode) => void;
  /** The daemon took these bytes away; a download that never came out of staging is not meant. */
  readonly onLost: (device: Device, text: string) => void;
  /** Something does not hold. */
  readonly onProblem: (problem: string) => void;
  /** The daemon lost what it knew, while the folder showed these contents that its database does not have yet. */
  readonly onForgotten: (texts: readonly string[]) => void;
  readonly onPowerLoss: (loss: PowerLoss) => void;
}

/** Names in the server's tree never go deeper here; a ring of moves that is about to be undone would. */
const MAX_DEPTH = 50;

/** Contents that a power loss took from the disk, which were not in sync, and contents that it brought back. */
export interface PowerLoss {
  readonly taken: readonly string[];
  readonly returned: readonly string[];
  /** Those of `returned` that had been in BASE and are not any more: their removal had counted as in sync. */
  readonly undone: readonly string[];
}

interface Running {
  readonly owner: Owner;
  watcher: SimWatcher | null;
  session: Session | null;
  stopping: boolean;
  /** Takes the hints of the server. */
  onHead: ((seq: number) => void) | null;
}

export class Device {
  readonly name: DeviceName;
  readonly disk: VirtualDisk;
  readonly faults = new Faults();
  readonly line: Line = { online: true, mutations: 0 };
  readonly next: NextRequest = { answerLost: false };
  readonly #deps: DeviceDeps;
  readonly #heads = new Map<string, Awaited<ReturnType<Watermarks['get']>>>();
  #store = createMemoryStateStore();
  #saved: ReturnType<typeof createMemoryStateStore> | null = null;
  #running: Running | null = null;
  #inCall = false;
  /** What the daemon brought into being. */
  readonly #made = new WeakSet<Inode>();
  /** Inodes that have been anywhere but in staging. */
  readonly #shown = new WeakSet<Inode>();
  /** Ids of all contents that its present database has had in BASE. */
  readonly #everRecorded = new Set<string>();
  clockOffsetMs = 0;
  /** File calls of the daemon so far, and batches of changes it made. */
  calls = 0;
  applied = 0;

  constructor(name: DeviceName, deps: DeviceDeps) {
    this.name = name;
    this.#deps = deps;
    this.disk = new VirtualDisk(() => this.now());
    mountDisk(name, this.disk);
    const { vault, account, credentials } = simAccount();
    const device = credentials.get(name)?.id;
    if (device === undefined) throw new Error(`no device ${name}`);
    createVaultFolder(this.root, { vault, name: 'notes', server: '', account, device, createdAt: this.now() });
    this.disk.syncAll();
    this.disk.events = {
      beforeCall: (call) => {
        this.#beforeCall(call);
      },
      made: (inode) => {
        if (this.#inCall) this.#made.add(inode);
      },
      lost: (inode, data) => {
        if (this.#inCall && this.#shown.has(inode)) deps.onLost(this, data.toString('utf8'));
      },
      followed: (link, path) => {
        if (this.#inCall) deps.onProblem(`D6: the daemon of ${name} goes through the link to ${link.target} in ${path}`);
      },
      changed: (directory) => {
        if (pathOf(directory) !== '.fsync/tmp') for (const inode of directory.children.values()) this.#shown.add(inode);
        this.#running?.watcher?.changed(directory);
        if (this.#inCall) deps.onChange(this, directory);
      },
    };
  }

  get root(): string {
    return `/sim/${this.name}`;
  }

  get isRunning(): boolean {
    return this.#running !== null && !this.#running.stopping;
  }

  get session(): Session | null {
    return this.#running?.session ?? null;
  }

  now(): number {
    return this.#deps.scheduler.now + this.clockOffsetMs;
  }

  async start(): Promise<void> {
    if (this.#running !== null) return;
    const owner: Owner = { name: this.name, alive: true };
    const running: Running = { owner, watcher: null, session: null, stopping: false, onHead: null };
    this.#running = running;
    await this.#deps.scheduler.as(owner, () => {
      void this.#open(running);
    });
  }

  /** The line is there again: the socket subscribes anew, and the server tells what it has. */
  reconnect(): void {
    const running = this.#running;
    if (running === null) return;
    const { scheduler } = this.#deps;
    scheduler.after(running.owner, 'subscribed', scheduler.delay('hint'), () => {
      if (this.line.online) running.onHead?.(0);
    });
  }

  /** Has the daemon look at everything now. */
  async nudge(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    await this.#deps.scheduler.as(running.owner, () => {
      running.session?.nudge();
    });
  }

  /** A guard asks about a folder that its user did empty, or a server that did go back: its user says yes to exactly that. */
  async approve(): Promise<void> {
    const running = this.#running;
    const session = running?.session ?? null;
    if (running === null || session === null) return;
    const asked = this.#questionOf(session);
    if (asked === null) return;
    await this.#deps.scheduler.as(running.owner, () => {
      void decideGuard(session, { ...asked, reject: '' }, 'approve', new AbortController().signal).catch((error: unknown) => {
        this.#deps.scheduler.note(`${this.name} could not approve: ${String(error)}`);
      });
    });
  }

  #questionOf({ standstill: { held, trouble } }: Session): { cause: GuardCause; id: string } | null {
    if (trouble?.state === 'guarded' && trouble.error.code !== 'guarded') return { cause: 'other-history', id: '' };
    if (held?.cause === 'emptied-folder') return { cause: held.cause, id: heldId(held) };
    return null;
  }

  /** Asks the daemon to end; it is gone some steps later. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === null || running.stopping) return;
    running.stopping = true;
    await this.#deps.scheduler.as(running.owner, () => {
      void (running.session?.stop() ?? Promise.resolve()).then(() => {
        if (this.#running === running) this.kill();
      });
    });
  }

  /** Ends the daemon in the middle of whatever it does. */
  kill(): void {
    if (this.#running === null) return;
    this.#forget();
    this.#running.owner.alive = false;
    this.#running = null;
    closeFilesOf(this.disk);
  }

  losePower(): void {
    this.kill();
    const before = allTexts(this.disk.root);
    this.disk.losePower(() => this.#deps.scheduler.tape.chance(0.5));
    const after = allTexts(this.disk.root);
    const recorded = this.#recordedContents();
    const isRecorded = (text: string): boolean => recorded.has(contentIdOfText(text));
    const returned = [...after].filter((text) => !before.has(text));
    const inTree = new Set(filesOf(this.disk.root).map(({ text }) => text));
    const undone = returned.filter((text) => inTree.has(text) && this.#everRecorded.has(contentIdOfText(text)) && !isRecorded(text));
    this.#deps.onPowerLoss({ taken: [...before].filter((text) => !after.has(text) && !isRecorded(text)), returned, undone });
  }

  #recordedContents(): ReadonlySet<string | undefined> {
    return new Set([...this.#store.loadBase()].map(({ state }) => state.content?.id));
  }

  #forget(): void {
    const recorded = this.#recordedContents();
    const texts = filesOf(this.disk.root).map(({ text }) => text);
    this.#deps.onForgotten(texts.filter((text) => !recorded.has(contentIdOfText(text))));
  }

  loseDatabase(): void {
    this.#everRecorded.clear();
    this.#store = createMemoryStateStore();
  }

  /** Whether a file that the daemon put in place is in its BASE already; one that the user made needs no record. */
  isRecorded(inode: Inode): boolean {
    if (!this.#made.has(inode)) return true;
    const isIt = ({ fingerprint: { ino, birthtimeNs } }: BaseNode): boolean =>
      ino === String(inode.ino) && birthtimeNs === `${String(Math.floor(inode.birthMs))}000000`;
    return this.baseRows.some(isIt);
  }

  /** Content ids of the files that the server has at a path and below it, as far as this device knows. */
  remoteContents(path: string): readonly string[] {
    const states = new Map(this.baseRows.map(({ state }) => [state.node, state]));
    for (const state of this.#store.loadRemote()) states.set(state.node, state);
    const pathOf = ({ parent, name }: NodeState, depth = 0): string => {
      const above = depth > MAX_DEPTH ? undefined : states.get(parent);
      return above === undefined ? name : `${pathOf(above, depth + 1)}/${name}`;
    };
    const isThere = (state: NodeState): boolean => !state.deleted && `${pathOf(state)}/`.startsWith(`${path}/`);
    return [...states.values()].flatMap((state) => (state.content !== null && isThere(state) ? [state.content.id] : []));
  }

  get baseRows(): readonly BaseNode[] {
    return [...this.#store.loadBase()];
  }

  #checkBase(rows: readonly BaseNode[]): void {
    for (const { state } of rows) if (state.content !== null) this.#everRecorded.add(state.content.id);
    for (const problem of baseAheadOfDisk(this.disk, rows)) this.#deps.onProblem(`${problem} (${this.name})`);
  }

  saveDatabase(): void {
    this.#saved = copyStore(this.#store);
  }

  restoreDatabase(): boolean {
    if (this.#saved === null) return false;
    this.#everRecorded.clear();
    this.#store = copyStore(this.#saved);
    return true;
  }

  /** Does something as the user, not as the daemon that may be in the middle of a call. */
  asUser(work: () => void): void {
    const before = this.#inCall;
    this.#inCall = false;
    try {
      work();
    } finally {
      this.#inCall = before;
    }
  }

  /** For a fault to throw. */
  fail(code: string): never {
    throw new FileError(code, 'call', this.name);
  }

  #beforeCall(call: string): void {
    const owner = this.#running?.owner;
    if (owner?.alive !== true) throw new Killed();
    this.calls += 1;
    if (call === 'closeSync') return;
    this.faults.call('disk');
    if (!isAlive(owner)) throw new Killed();
  }

  async #open(running: Running): Promise<void> {
    const { owner } = running;
    const { scheduler } = this.#deps;
    try {
      const folder = this.#ports(running);
      await folder.writer.sweep({ signal: new AbortController().signal });
      if (running.stopping) {
        this.kill();
        return;
      }
      const session = new Session(this.#sessionDeps(owner, folder), OPTIONS);
      running.session = session;
      session.start();
    } catch (error) {
      if (!owner.alive) return;
      scheduler.note(`${this.name} could not open: ${String(error)}`);
      this.#openAgain(running);
    }
  }

  #openAgain(running: Running): void {
    this.#deps.scheduler.after(running.owner, 'open again', REOPEN_MS, () => {
      void this.#open(running);
    });
  }

  /** As the daemon does when the state database fails. */
  #startAnew(running: Running): void {
    const { session } = running;
    this.#forget();
    running.session = null;
    void session?.stop().then(() => {
      this.#openAgain(running);
    });
  }

  #ports(running: Running): FolderPorts {
    const { owner } = running;
    const { scheduler, lies } = this.#deps;
    const { root } = this;
    const { vault, keyring: keys } = simAccount();
    const clock = { now: () => this.now() };
    const random = this.#random;
    const pool = createInlinePool(scheduler, owner, (work) => this.#asDaemon(work));
    const tasks = inlineFolderTasks(pool);
    const { identity } = readVaultFolder(root);
    const remote = this.#remote(owner);
    const watcher = createSimWatcher(scheduler, owner, lies);
    running.watcher = watcher;
    const writer = createFolderWriter({ root, identity, tasks, clock, random });
    return {
      scanner: createFolderScanner({ root, vault, identity, tasks }),
      reader: createContentReader({ root, pool, keys }),
      writer: {
        ...writer,
        apply: async (steps, options) => {
          this.applied += steps.length;
          const results = await writer.apply(steps, options);
          steps.forEach((step, index) => {
            scheduler.note(`${this.name} ${showStep(step)}: ${results[index]?.status ?? ''}`);
          });
          return results;
        },
      },
      watcher,
      uploader: createUploader({ root, pool, keys, remote, random }),
      downloader: createDownloader({ root, pool, keys, remote, random }),
      store: failStop(openSimStore(this.#store, { owner, faults: this.faults, onBase: (rows) => this.#checkBase(rows) }), () => {
        this.#startAnew(running);
      }),
      ignoreRules: () => readIgnoreFile(root),
      conflictRules: () => parseConflictRules(''),
      looksBinary: () => false,
      traits: FULL_TRAITS,
      prompt: { tell: () => undefined, close: () => undefined },
      close: () => Promise.resolve(),
    };
  }

  #asDaemon<Result>(work: () => Result): Result {
    this.#inCall = true;
    try {
      return work();
    } finally {
      this.#inCall = false;
    }
  }

  readonly #random = (size: number): Uint8Array => this.#deps.scheduler.tape.bytes(size);

  #remote(owner: Owner): ReturnType<typeof createSimRemote> {
    const { scheduler, server } = this.#deps;
    const { name, faults, line, next } = this;
    return createSimRemote({ scheduler, server, name, owner, faults, line, next });
  }

  #sessionDeps(owner: Owner, folder: FolderPorts): SessionDeps {
    const { scheduler, server } = this.#deps;
    const { vault, keyring, account, chain, credentials } = simAccount();
    const credential = credentials.get(this.name);
    if (credential === undefined) throw new Error(`no device ${this.name}`);
    const device = { id: credential.id, name: this.name };
    const remote = this.#remote(owner);
    const keys: AccountKeys = { account, user: 'ada', server: '', device, credential, userKeys: new Map(), scope: null, chain };
    const hash = folder.store.progress().head.hash;
    const info: VaultInfo = {
      ...{ vault, keyring, name: 'notes', role: 'owner', owner: account, historyId: '', usedBytes: 0, members: 1, devices: 1 },
      head: { seq: 0, hash: hash ?? ('' as never) },
    };
    const holder = { current: () => keys, require: () => keys, onChange: () => () => undefined };
    const logger = this.#logger();
    const silent: PositionTeller = { tell: () => undefined, stop: () => Promise.resolve() };
    return {
      ...{ root: this.root, info, folder, device, server: '', logger, random: this.#random, remote, account: holder },
      positions: this.#deps.positions
        ? new PositionReport({ account: holder, device, info, logger, random: this.#random, remote })
        : silent,
      socket: {
        subscribe: (_vault, onHead) => {
          if (this.#running?.owner === owner) this.#running.onHead = onHead;
          return server.bus.subscribe((notice) => {
            if (notice.type !== 'head' || !owner.alive || !this.line.online) return;
            if (this.#deps.lies() && scheduler.tape.chance(0.2)) return;
            const times = this.#deps.lies() && scheduler.tape.chance(0.1) ? 2 : 1;
            for (let time = 0; time < times; time += 1)
              scheduler.after(owner, 'head', scheduler.delay('hint'), () => {
                onHead(notice.seq);
              });
          });
        },
        connected: true,
        close: () => Promise.resolve(),
      },
      verifyAuthor: () => Promise.resolve(chain),
      contacts: {
        person: (id) => ({ account: id, user: 'ada', verified: true }),
        lookup: () => Promise.reject(new Error('nobody else has an account')),
        confirm: () => undefined,
        learnMembers: () => Promise.resolve(new Map()),
      },
      watermarks: this.#watermarks(),
      serverOffsetMs: () => -this.clockOffsetMs,
      guardLimits: () => GUARD_LIMITS,
      conflictStrategy: () => 'lww',
      clock: { now: () => this.now() },
    };
  }

  #logger(): typeof silentLogger {
    const warn = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      this.#deps.scheduler.note(`${this.name} warns: ${message} ${JSON.stringify([fields['code'], fields['message']])}`);
    };
    const logger = { ...silentLogger, warn, error: warn, child: () => logger };
    return logger;
  }

  #watermarks(): Watermarks {
    return {
      get: (vault) => Promise.resolve(this.#heads.get(vault) ?? null),
      raise: (vault, head) => {
        if (head.seq > (this.#heads.get(vault)?.seq ?? 0)) this.#heads.set(vault, head);
      },
      reset: (vault) => {
        this.#heads.delete(vault);
        return Promise.resolve();
      },
      flush: () => Promise.resolve(),
    };
  }
}

/** A call, because a fault may have changed it. */
function isAlive(owner: Owner): boolean {
  return owner.alive;
}

function showStep(step: FolderStep): string {
  const paths = [step.op === 'unpark' || step.op === 'unstash' ? '' : 'from' in step ? step.from : step.path, 'to' in step ? step.to : ''];
  return `${step.op} ${paths.filter((path) => path !== '').join(' -> ')}`;
}
