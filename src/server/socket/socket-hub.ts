/**
 * All WebSockets of this process. A notice from the bus goes to those who watch the vault; access is
 * checked when they subscribe and again when the access list changes; a session that ends closes
 * its sockets.
 */
import type { WebSocket } from 'ws';
import type { VaultId } from '../../core/base/ids.js';
import { socketRequest } from '../../core/protocol/http.js';
import type { Caller } from '../http/route.js';
import type { Notice } from '../ports.js';
import type { ServiceContext } from '../services/service-context.js';
import { isInScope } from '../services/vault-access.js';
import { currentHeads, readableHeads } from '../store/vault-store.js';
import { errorFields } from '../telemetry/logger.js';
import { SOCKET_CLOSE, SocketConnection } from './connection.js';

const PING_MS = 45_000;
const SWEEP_MS = 30_000;
const SOCKETS_PER_DEVICE = 5;
/** Timers cannot be set further ahead than this. */
const MAX_TIMER_MS = 2_147_483_647;

export interface SocketHub {
  add(socket: WebSocket, caller: Caller): void;
  /** Sends everyone away with a time to come back within, and returns when they are gone or after the deadline. */
  drain(deadlineMs: number): Promise<void>;
  close(): void;
  /** Closes the sockets of sessions that `isActive` no longer knows. */
  dropEnded(isActive: (session: string) => Promise<boolean>): Promise<void>;
}

function parseRequest(data: unknown): readonly VaultId[] | null {
  if (!Buffer.isBuffer(data)) return null;
  try {
    const parsed = socketRequest.safeParse(JSON.parse(data.toString('utf8')));
    return parsed.success ? [...new Set(parsed.data.vaults)] : null;
  } catch {
    return null;
  }
}

class Hub implements SocketHub {
  readonly #context: ServiceContext;
  readonly #connections = new Set<SocketConnection>();
  readonly #watchers = new Map<VaultId, Set<SocketConnection>>();
  /** Newest seq that was told per watched vault, to see which notices the bus lost. */
  readonly #told = new Map<VaultId, number>();
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #unsubscribe: () => void;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#unsubscribe = context.bus.subscribe((notice) => this.#onNotice(notice));
    const timers = [setInterval(() => this.#ping(), PING_MS)];
    if (context.bus.shared) timers.push(setInterval(() => this.#run(() => this.#sweep()), SWEEP_MS));
    for (const timer of timers) timer.unref();
    this.#timers = timers;
  }

  add(socket: WebSocket, caller: Caller): void {
    const { metrics, clock } = this.#context;
    const connection = new SocketConnection(socket, caller, (type) => metrics.frames.inc({ type }));
    const left = Math.min(Math.max(0, caller.expiresAt - clock.now()), MAX_TIMER_MS);
    const expiry = setTimeout(() => connection.close(SOCKET_CLOSE.session, 'the access token has run out'), left);
    expiry.unref();
    this.#evict(connection);
    this.#connections.add(connection);
    metrics.sockets.set(this.#connections.size);
    socket.on('pong', () => {
      connection.alive = true;
    });
    socket.on('message', (data: unknown, isBinary: boolean) => {
      const vaults = isBinary ? null : parseRequest(data);
      if (vaults === null) connection.close(SOCKET_CLOSE.policy, 'not understood');
      else this.#run(() => this.#subscribe(connection, vaults));
    });
    // What an error means is that 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', (code: number) => {
      clearTimeout(expiry);
      this.#forget(connection);
      metrics.socketCloses.inc({ code });
    });
  }

  async drain(deadlineMs: number): Promise<void> {
    for (const connection of this.#connections) connection.bye(500, Math.max(2_000, Math.min(60_000, this.#connections.size * 2)));
    const until = performance.now() + deadlineMs;
    while (this.#connections.size > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  close(): void {
    this.#unsubscribe();
    for (const timer of this.#timers) clearInterval(timer);
    for (const connection of this.#connections) connection.terminate();
  }

  async dropEnded(isActive: (session: string) => Promise<boolean>): Promise<void> {
    for (const connection of [...this.#connections]) {
      if (!(await isActive(connection.caller.session))) connection.close(SOCKET_CLOSE.session, 'the session has ended');
    }
  }

  #run(work: () => Promise<void>): void {
    work().catch((error: unknown) => this.#context.logger.error('a socket task failed', errorFields(error)));
  }

  /** A device that opens one socket too many loses its oldest: that one is most likely dead. */
  #evict(newcomer: SocketConnection): void {
    const own = [...this.#connections].filter((one) => one.caller.device === newcomer.caller.device);
    for (const oldest of own.slice(0, Math.max(0, own.length - SOCKETS_PER_DEVICE + 1))) {
      oldest.close(SOCKET_CLOSE.overload, 'too many sockets');
    }
  }

  async #subscribe(connection: SocketConnection, vaults: readonly VaultId[]): Promise<void> {
    this.#unwatch(connection);
    connection.watch(vaults);
    for (const vault of vaults) {
      const watchers = this.#watchers.get(vault);
      if (watchers === undefined) this.#watchers.set(vault, new Set([connection]));
      else watchers.add(connection);
    }
    await this.#checkAccess(connection);
  }

  /** Returns false when the connection lost a vault that it watched. */
  async #checkAccess(connection: SocketConnection): Promise<boolean> {
    const { caller } = connection;
    const wanted = [...connection.vaults].filter((vault) => isInScope(caller, vault));
    const heads = await readableHeads(this.#context.database, caller.account, wanted);
    if (!this.#connections.has(connection)) return true;
    for (const [vault, seq] of heads) this.#told.set(vault, Math.max(seq, this.#told.get(vault) ?? 0));
    const dropped = connection.allow(heads);
    for (const vault of dropped) this.#removeWatcher(vault, connection);
    return dropped.length === 0;
  }

  #onNotice(notice: Notice): void {
    switch (notice.type) {
      case 'head':
        this.#tell(notice.vault, notice.seq);
        return;
      case 'access':
        this.#run(() => this.#recheck(notice.vault, notice.account));
        return;
      case 'session-ended':
        for (const connection of this.#connections) {
          if (connection.caller.session === notice.session) connection.close(SOCKET_CLOSE.session, 'the session has ended');
        }
    }
  }

  #tell(vault: VaultId, seq: number): void {
    const watchers = this.#watchers.get(vault);
    if (watchers === undefined) return;
    this.#told.set(vault, Math.max(seq, this.#told.get(vault) ?? 0));
    for (const connection of watchers) connection.head(vault, seq);
  }

  async #recheck(vault: VaultId, account: string): Promise<void> {
    for (const connection of [...(this.#watchers.get(vault) ?? [])]) {
      if (connection.caller.account !== account) continue;
      if (!(await this.#checkAccess(connection))) connection.close(SOCKET_CLOSE.access, 'no longer a member');
    }
  }

  /** Looks at the heads of all watched vaults: what the bus lost is told now. */
  async #sweep(): Promise<void> {
    const heads = await currentHeads(this.#context.database, [...this.#watchers.keys()]);
    for (const [vault, seq] of heads) {
      if (seq <= (this.#told.get(vault) ?? 0)) continue;
      this.#context.metrics.lostHints.inc();
      this.#tell(vault, seq);
    }
  }

  #ping(): void {
    for (const connection of this.#connections) if (!connection.ping()) connection.terminate();
  }

  #forget(connection: SocketConnection): void {
    this.#unwatch(connection);
    this.#connections.delete(connection);
    this.#context.metrics.sockets.set(this.#connections.size);
  }

  #unwatch(connection: SocketConnection): void {
    for (const vault of connection.vaults) this.#removeWatcher(vault, connection);
  }

  #removeWatcher(vault: VaultId, connection: SocketConnection): void {
    const watchers = this.#watchers.get(vault);
    watchers?.delete(connection);
    if (watchers?.size !== 0) return;
    this.#watchers.delete(vault);
    this.#told.delete(vault);
  }
}

export function createSocketHub(context: ServiceContext): SocketHub {
  return new Hub(context);
}
