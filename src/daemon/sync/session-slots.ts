/** The sessions of this daemon by folder, and what is known of the folders that have none right now. */
import { FsyncError } from '../../core/base/errors.js';
import { parseConflictStrategy } from '../../core/conflict/conflict-strategy.js';
import type { StatusDocument } from '../../core/protocol/ipc.js';
import type { EngineDeps, VaultInfo } from '../engine-deps.js';
import type { AttachedVault } from '../home/attached-vaults.js';
import { failStop } from '../state/fail-stop-store.js';
import { PositionReport } from './position-report.js';
import { Session } from './session.js';
import type { Trouble } from './trouble.js';
import { troubleOf } from './trouble.js';

const OPEN_MS = 30_000;
const RETRY_MS = 10_000;

export class SessionSlots {
  readonly #deps: EngineDeps;
  readonly #sessions = new Map<string, Session>();
  readonly #opening = new Map<string, Promise<Session>>();
  readonly #closing = new Map<string, Promise<void>>();
  readonly #troubles = new Map<string, Trouble>();
  readonly #retries = new Map<string, NodeJS.Timeout>();

  constructor(deps: EngineDeps) {
    this.#deps = deps;
  }

  session(root: string): Session | undefined {
    return this.#sessions.get(root);
  }

  /** What is wrong with a folder, whether it has a session or not. */
  trouble(root: string): Trouble | null {
    return this.#sessions.get(root)?.standstill.trouble ?? this.#troubles.get(root) ?? null;
  }

  /** @throws FsyncError why the folder has no session */
  require(entry: AttachedVault): Session {
    const session = this.#sessions.get(entry.root);
    if (session !== undefined) return session;
    throw (
      this.#troubles.get(entry.root)?.error ??
      new FsyncError('unavailable', `${entry.name} is not open yet`, { hints: ['Try again in a moment.'] })
    );
  }

  /** Opens all that can be opened; a folder that cannot is tried again later and does not stop the others. */
  async openAll(entries: readonly AttachedVault[]): Promise<void> {
    await Promise.all(entries.map((entry) => this.#openLater(entry)));
  }

  async open(entry: AttachedVault): Promise<Session> {
    const session = this.#sessions.get(entry.root);
    if (session !== undefined) return session;
    const opening = this.#opening.get(entry.root) ?? this.#open(entry).finally(() => this.#opening.delete(entry.root));
    this.#opening.set(entry.root, opening);
    return opening;
  }

  async close(root: string): Promise<void> {
    clearTimeout(this.#retries.get(root));
    this.#retries.delete(root);
    this.#troubles.delete(root);
    this.#stop(root);
    await this.#closing.get(root);
  }

  async closeAll(): Promise<void> {
    for (const timer of this.#retries.values()) clearTimeout(timer);
    this.#retries.clear();
    for (const root of [...this.#sessions.keys()]) this.#stop(root);
    await Promise.all(this.#closing.values());
  }

  status(entry: AttachedVault): StatusDocument {
    const session = this.#sessions.get(entry.root);
    return session === undefined ? this.#closedStatus(entry) : session.status();
  }

  async #openLater(entry: AttachedVault): Promise<void> {
    try {
      await this.open(entry);
    } catch (error) {
      this.#deps.logger.warn('a folder could not be opened', { root: entry.root, error });
      this.#retry(entry);
    }
  }

  #retry(entry: AttachedVault): void {
    const timer = setTimeout(() => void this.#openLater(entry), RETRY_MS);
    this.#retries.set(entry.root, timer);
  }

  /** Takes the session out of its slot at once; `#closing` tells when it is gone and its folder free. */
  #stop(root: string, reason?: FsyncError): void {
    const session = this.#sessions.get(root);
    if (session === undefined) return;
    this.#sessions.delete(root);
    const stopped = session
      .stop(reason)
      .catch((error: unknown) => {
        this.#deps.logger.warn('a session did not end well', { root, error });
      })
      .finally(() => this.#closing.delete(root));
    this.#closing.set(root, stopped);
  }

  /** The state database failed: another session goes on from what it holds. */
  #startAnew(entry: AttachedVault, error: FsyncError): void {
    this.#deps.logger.warn('the state database failed', { root: entry.root, code: error.code, error });
    this.#troubles.set(entry.root, troubleOf(error, 1));
    this.#stop(entry.root, error);
    this.#retry(entry);
  }

  async #open(entry: AttachedVault): Promise<Session> {
    await this.#closing.get(entry.root);
    try {
      const session = await this.#createSession(entry);
      this.#troubles.delete(entry.root);
      this.#sessions.set(entry.root, session);
      session.start();
      return session;
    } catch (error) {
      const trouble = troubleOf(error, (this.#troubles.get(entry.root)?.attempts ?? 0) + 1);
      this.#troubles.set(entry.root, trouble);
      throw trouble.error;
    }
  }

  async #createSession(entry: AttachedVault): Promise<Session> {
    const { root, vault, paused } = entry;
    const { account, settings, logger, clock, random, socket, verifyAuthor, contacts, watermarks, serverOffsetMs } = this.#deps;
    const { device, server } = account.require();
    const info: VaultInfo =
      (await this.#deps.vaultApi.cached(vault)) ?? (await this.#deps.vaultApi.get(vault, { signal: AbortSignal.timeout(OPEN_MS) }));
    const folder = await this.#deps.folders.open(root, info);
    const store = failStop(folder.store, (error) => {
      this.#startAnew(entry, error);
    });
    const remote = this.#deps.openVault(vault);
    const named = logger.child({ vault: info.vault.slice(0, 8) });
    return new Session(
      {
        root,
        info,
        folder: { ...folder, store },
        remote,
        positions: new PositionReport({ account, device, info, logger: named, random, remote }),
        socket,
        account,
        device,
        server,
        verifyAuthor,
        contacts,
        watermarks,
        serverOffsetMs,
        guardLimits: () => ({ files: settings.get('guard.files'), percent: settings.get('guard.percent') }),
        conflictStrategy: () => parseConflictStrategy(settings.get('conflict.strategy')),
        clock,
        random,
        logger: named,
      },
      {
        paused,
        scanIntervalMs: settings.get('scan.interval'),
        pollIntervalMs: settings.get('sync.head-poll'),
        debounceMs: settings.get('sync.debounce'),
      },
    );
  }

  #closedStatus({ vault: id, name, root }: AttachedVault): StatusDocument {
    const account = this.#deps.account.current();
    const trouble = this.#troubles.get(root);
    return {
      schema: 'fsync/status/1',
      vault: { id, name, root, server: account?.server ?? '', role: 'owner', rotationPending: false },
      device: account?.device ?? { id: '', name: '' },
      state: trouble?.state ?? (account === null ? 'error' : 'syncing'),
      reason: trouble?.reason ?? (account === null ? 'not signed in on this device' : 'the folder is being opened'),
      head: { commit: 0, at: null },
      lastSyncedAt: null,
      pending: { upload: [], download: [], uploadCount: 0, downloadCount: 0 },
      transfer: null,
      conflicts: [],
      unsyncable: [],
      files: { count: 0, bytes: 0 },
      unwatched: null,
    };
  }
}
