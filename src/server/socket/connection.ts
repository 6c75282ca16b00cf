/** One WebSocket: which vaults it watches, and what has been sent. Hints only, so nothing is ever queued. */
import type { WebSocket } from 'ws';
import type { VaultId } from '../../core/base/ids.js';
import type { SocketMessage } from '../../core/protocol/http.js';
import type { Caller } from '../http/route.js';

/** Close codes beyond the standard ones. */
export const SOCKET_CLOSE = { session: 4401, access: 4403, policy: 1008, drain: 1012, overload: 1013 } as const;

/** A client that lets this much pile up is not reading. */
const BUFFERED_BYTES = 1024 * 1024;

interface Watch {
  /** False until the access list was read: nothing is sent before. */
  allowed: boolean;
  /** Newest seq that was sent, or that waits for `allowed`. */
  seq: number;
}

export class SocketConnection {
  readonly caller: Caller;
  /** Answered the last ping. */
  alive = true;
  readonly #socket: WebSocket;
  readonly #onFrame: (type: SocketMessage['type']) => void;
  #watches = new Map<VaultId, Watch>();

  constructor(socket: WebSocket, caller: Caller, onFrame: (type: SocketMessage['type']) => void) {
    this.#socket = socket;
    this.caller = caller;
    this.#onFrame = onFrame;
  }

  get vaults(): Iterable<VaultId> {
    return this.#watches.keys();
  }

  /** Begins to remember heads of these vaults only; `allow` then says which may be told. */
  watch(vaults: readonly VaultId[]): void {
    this.#watches = new Map(vaults.map((vault) => [vault, { allowed: false, seq: 0 }]));
  }

  /** Tells the heads of readable vaults and forgets the others. Returns those that were forgotten. */
  allow(heads: ReadonlyMap<VaultId, number>): readonly VaultId[] {
    const dropped: VaultId[] = [];
    for (const [vault, watch] of this.#watches) {
      const head = heads.get(vault);
      if (head === undefined) {
        this.#watches.delete(vault);
        dropped.push(vault);
      } else if (!watch.allowed) {
        watch.allowed = true;
        watch.seq = Math.max(watch.seq, head);
        this.#send({ type: 'head', vault, seq: watch.seq });
      }
    }
    return dropped;
  }

  head(vault: VaultId, seq: number): void {
    const watch = this.#watches.get(vault);
    if (watch === undefined || seq <= watch.seq) return;
    watch.seq = seq;
    if (watch.allowed) this.#send({ type: 'head', vault, seq });
  }

  /** Sends a ping; false when the last one was not answered. */
  ping(): boolean {
    if (!this.alive) return false;
    this.alive = false;
    this.#socket.ping();
    return true;
  }

  bye(minMs: number, maxMs: number): void {
    this.#send({ type: 'bye', minMs, maxMs });
    this.close(SOCKET_CLOSE.drain, 'the server goes away');
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #send(message: SocketMessage): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > BUFFERED_BYTES) {
      this.close(SOCKET_CLOSE.overload, 'too slow');
      return;
    }
    this.#socket.send(JSON.stringify(message));
    this.#onFrame(message.type);
  }
}
