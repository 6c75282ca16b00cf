/**
 * Hints over one WebSocket for all vaults: "vault V has a commit seq N". Losing it is harmless, so it
 * never throws: it comes back by itself, and while it is down the engine polls.
 */
import { rootCertificates } from 'node:tls';
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
  /** The longest wait for the first frame, in milliseconds. */
  readonly firstFrameMs?: number;
  readonly backoff?: { readonly baseMs: number; readonly capMs: number };
}

/** How the line is, for people who ask why changes come late. */
export type SocketHealth =
  /** Nobody listens, or sockets are switched off. */
  | { readonly kind: 'unused' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** Upgrade was answered by something else than 101. */
  | { readonly kind: 'refused'; readonly status: number }
  /** It opens, and ends soon, again and again. */
  | { readonly kind: 'cut'; readonly times: number }
  /** It opened, and then nothing came through, not even the answer to a ping. */
  | { readonly kind: 'deaf' }
  | { readonly kind: 'down'; readonly reason: string };

export interface ManagedNotificationSocket extends NotificationSocket {
  health(): SocketHealth;
  /** The target changed: drops the connection and, with a target, connects again at once. */
  restart(): void;
}

const SILENCE_MS = 100_000;
const BACKOFF = { baseMs: 250, capMs: 15_000 };
/** The server does not offer sockets (or a proxy refuses them): long polling does the work, try rarely. */
const REFUSED_BACKOFF = { baseMs: 30_000, capMs: 600_000 };
const HANDSHAKE_MS = 10_000;
/** The answer to the ping that is sent at once; what lets a connection open may still hold back its frames. */
const FIRST_FRAME_MS = 5_000;
/** A connection that ends sooner says nothing good about the next one. */
const STEADY_MS = 30_000;
/** Once may be a server that was restarted. */
const CUTS_TOLD = 2;
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
  /** Something came through the present connection: only then is it relied on. */
  private isHeard = false;
  private openedAt: number | null = null;
  /** Connections in a row that were cut soon after they opened. */
  private cuts = 0;
  /** How the last attempt ended; null as long as there was none, and after a steady connection. */
  private lastEnd: SocketHealth | null = null;
  /** Ends the attempt that is under way. */
  private attempt = new AbortController();

  constructor(deps: NotificationSocketDeps) {
    this.deps = deps;
  }

  get connected(): boolean {
    return this.isHeard && this.isOpen;
  }

  private get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  health(): SocketHealth {
    if (this.deps.target() === null || this.listeners.size === 0) return { kind: 'unused' };
    if (this.cuts >= CUTS_TOLD && !this.isSteady()) return { kind: 'cut', times: this.cuts };
    if (this.connected) return { kind: 'connected' };
    return this.lastEnd ?? { kind: 'connecting' };
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
    this.forgetFailures();
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
    } else if (this.isOpen) {
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
    this.isHeard = false;
    this.openedAt = null;
  }

  private isSteady(): boolean {
    return this.openedAt !== null && performance.now() - this.openedAt >= STEADY_MS;
  }

  private forgetFailures(): void {
    this.failures = 0;
    this.cuts = 0;
    this.lastEnd = null;
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
      if (!signal.aborted) this.retry(BACKOFF, { kind: 'down', reason: messageOf(error) });
    }
  }

  private open(target: SocketTarget, token: string): void {
    const socket = new WebSocket(`${target.server.replace(/^http/, 'ws')}/sync/ws`, {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
      ...(target.caPem === null ? {} : { ca: [...rootCertificates, target.caPem] }),
    });
    this.socket = socket;
    socket.on('open', () => {
      this.openedAt = performance.now();
      this.waitForFrame({ kind: 'deaf' }, this.deps.firstFrameMs ?? FIRST_FRAME_MS);
      socket.ping();
      this.announce();
    });
    for (const frame of ['ping', 'pong'] as const) {
      socket.on(frame, () => {
        this.heard();
      });
    }
    socket.on('message', (data) => {
      this.heard();
      this.receive(data);
    });
    socket.on('unexpected-response', (_, response) => {
      response.resume();
      if (response.statusCode === 401) target.reject(token);
      this.retry(response.statusCode === 401 ? BACKOFF : REFUSED_BACKOFF, { kind: 'refused', status: response.statusCode ?? 0 });
    });
    socket.on('error', (error) => {
      this.ended({ kind: 'down', reason: error.message });
    });
    socket.on('close', (code) => {
      if (code === SESSION_CLOSED) target.reject(token);
      if (code === ACCESS_CLOSED) this.lookEverywhere();
      if (code === SESSION_CLOSED || code === ACCESS_CLOSED) this.retry(BACKOFF, null);
      else this.ended({ kind: 'down', reason: `closed with code ${String(code)}` });
    });
  }

  /** A connection that lived long may come back at once; one that did not is like one that did not come about. */
  private ended(how: SocketHealth): void {
    if (this.isSteady()) this.forgetFailures();
    else if (this.isHeard) this.cuts += 1;
    this.retry(BACKOFF, how);
  }

  private heard(): void {
    this.isHeard = true;
    this.lastEnd = null;
    this.waitForFrame({ kind: 'down', reason: 'silence' }, this.deps.silenceMs ?? SILENCE_MS);
  }

  private waitForFrame(otherwise: SocketHealth, waitMs: number): void {
    if (this.silence !== null) clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      if (otherwise.kind === 'deaf') this.retry(REFUSED_BACKOFF, otherwise);
      else this.ended(otherwise);
    }, waitMs);
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

  /** `how` null: nothing is wrong with the line. */
  private retry(backoff: { readonly baseMs: number; readonly capMs: number }, how: SocketHealth | null): void {
    this.drop();
    this.lastEnd = how;
    const delayMs = fullJitterMs(this.failures, backoff === BACKOFF ? (this.deps.backoff ?? backoff) : backoff, this.deps.random);
    this.failures += 1;
    this.deps.logger.debug('notification socket down', { reason: how, delayMs: Math.round(delayMs) });
    this.schedule(delayMs);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
