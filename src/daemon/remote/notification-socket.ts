/**
 * Hints over one WebSocket for all vaults: "vault V has a commit seq N". Losing it is harmless, so it
 * never throws: it comes back by itself, and while it is down the engine polls.
 */
import WebSocket, { type RawData } from 'ws';
import type { Logger } from '../../core/base/effects.js';
import type { VaultId } from '../../core/base/ids.js';
import { socketMessage, type SocketMessage } from '../../core/protocol/http.js';
import type { NotificationSocket } from '../ports.js';
import { fullJitterMs } from './retry-delay.js';

/** Where to connect, as of now. */
export interface SocketTarget {
  /** Base URL of the server, http or https. */
  readonly server: string;
  readonly caPem: string | null;
  accessToken(signal: AbortSignal): Promise<string>;
  reject(token: string): void;
}

export interface NotificationSocketDeps {
  /** Null while nobody is signed in or sockets are switched off. */
  readonly target: () => SocketTarget | null;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The server pings every 45 s: a longer silence than this many milliseconds means that the connection is dead. */
  readonly silenceMs?: number;
  readonly backoff?: { readonly baseMs: number; readonly capMs: number };
}

export interface ManagedNotificationSocket extends NotificationSocket {
  /** The target changed: drops the connection and, with a target, connects again at once. */
  restart(): void;
}

const SILENCE_MS = 100_000;
const BACKOFF = { baseMs: 250, capMs: 15_000 };
/** The server does not offer sockets (or a proxy refuses them): long polling does the work, try rarely. */
const REFUSED_BACKOFF = { baseMs: 30_000, capMs: 600_000 };
const HANDSHAKE_MS = 10_000;
const MAX_MESSAGE_BYTES = 65_536;
const SESSION_CLOSED = 4401;
/** As the server closes a socket whose account is no member of a watched vault any more. */
const ACCESS_CLOSED = 4403;

type Listener = (seq: number) => void;

export function createNotificationSocket(deps: NotificationSocketDeps): ManagedNotificationSocket {
  return new Connection(deps);
}

class Connection implements ManagedNotificationSocket {
  private readonly deps: NotificationSocketDeps;
  private readonly listeners = new Map<VaultId, Set<Listener>>();
  private socket: WebSocket | null = null;
  private timer: NodeJS.Timeout | null = null;
  private silence: NodeJS.Timeout | null = null;
  private failures = 0;
  private closed = false;
  /** Ends the attempt that is under way. */
  private attempt = new AbortController();

  constructor(deps: NotificationSocketDeps) {
    this.deps = deps;
  }

  get connected(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  subscribe(vault: VaultId, onHead: Listener): () => void {
    const set = this.listeners.get(vault) ?? new Set();
    set.add(onHead);
    this.listeners.set(vault, set);
    this.announce();
    return () => {
      set.delete(onHead);
      if (set.size === 0 && this.listeners.get(vault) === set) this.listeners.delete(vault);
      this.announce();
    };
  }

  restart(): void {
    this.failures = 0;
    this.drop();
    this.schedule(0);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.drop();
    return Promise.resolve();
  }

  private announce(): void {
    if (this.socket === null) {
      if (this.timer === null && this.listeners.size > 0) this.schedule(0);
    } else if (this.connected) {
      this.socket.send(JSON.stringify({ type: 'subscribe', vaults: [...this.listeners.keys()] }));
    }
  }

  private schedule(delayMs: number): void {
    if (this.closed || this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.connect();
    }, delayMs);
  }

  private drop(): void {
    this.attempt.abort();
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.silence !== null) clearTimeout(this.silence);
    this.timer = null;
    this.silence = null;
    this.socket?.removeAllListeners();
    // A socket that is still connecting emits an error when it is terminated.
    this.socket?.on('error', () => undefined);
    this.socket?.terminate();
    this.socket = null;
  }

  private async connect(): Promise<void> {
    const target = this.deps.target();
    if (this.closed || this.socket !== null || target === null || this.listeners.size === 0) return;
    this.attempt = new AbortController();
    const { signal } = this.attempt;
    try {
      const token = await target.accessToken(signal);
      if (!signal.aborted) this.open(target, token);
    } catch (error) {
      if (!signal.aborted) this.retry(BACKOFF, error);
    }
  }

  private open(target: SocketTarget, token: string): void {
    const socket = new WebSocket(`${target.server.replace(/^http/, 'ws')}/sync/ws`, {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
      ...(target.caPem === null ? {} : { ca: target.caPem }),
    });
    this.socket = socket;
    socket.on('open', () => {
      this.failures = 0;
      this.heard();
      this.announce();
    });
    socket.on('ping', () => {
      this.heard();
    });
    socket.on('message', (data) => {
      this.heard();
      this.receive(data);
    });
    socket.on('unexpected-response', (_, response) => {
      response.resume();
      if (response.statusCode === 401) target.reject(token);
      this.retry(response.statusCode === 401 ? BACKOFF : REFUSED_BACKOFF, { status: response.statusCode });
    });
    socket.on('error', (error) => {
      this.retry(BACKOFF, error);
    });
    socket.on('close', (code) => {
      if (code === SESSION_CLOSED) target.reject(token);
      if (code === ACCESS_CLOSED) this.lookEverywhere();
      this.retry(BACKOFF, { code });
    });
  }

  private heard(): void {
    if (this.silence !== null) clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.retry(BACKOFF, { code: 'silent' });
    }, this.deps.silenceMs ?? SILENCE_MS);
  }

  private receive(data: RawData): void {
    const message = parseMessage(data);
    if (message === null) return;
    if (message.type === 'bye') {
      const waitMs = Math.min(message.minMs + this.deps.random() * Math.max(0, message.maxMs - message.minMs), 600_000);
      this.drop();
      this.schedule(waitMs);
      return;
    }
    for (const listener of this.listeners.get(message.vault) ?? []) listener(message.seq);
  }

  /** This account lost a vault that was watched here; which one, the next question to the server tells. */
  private lookEverywhere(): void {
    for (const listeners of this.listeners.values()) for (const listener of listeners) listener(Infinity);
  }

  private retry(backoff: { readonly baseMs: number; readonly capMs: number }, reason: unknown): void {
    this.drop();
    const delayMs = fullJitterMs(this.failures, backoff === BACKOFF ? (this.deps.backoff ?? backoff) : backoff, this.deps.random);
    this.failures += 1;
    this.deps.logger.debug('notification socket down', { reason, delayMs: Math.round(delayMs) });
    this.schedule(delayMs);
  }
}

function parseMessage(data: RawData): SocketMessage | null {
  try {
    const parsed = socketMessage.safeParse(JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : ''));
    return parsed.success ? parsed.data : null;
  } catch {
    // Not JSON: not a hint. The next poll finds what there is.
    return null;
  }
}
