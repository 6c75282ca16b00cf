/** Nodes whose change to the folder failed: left alone for a while, each time longer, and shown in status. */
import { ERROR_TABLE, FsyncError, type ErrorCode } from '../../core/base/errors.js';
import type { NodeId } from '../../core/base/ids.js';
import { parentPath } from '../../core/base/rel-path.js';

export interface Failure {
  readonly node: NodeId;
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 300_000;
/** So often in a row a change may meet a folder that is not as it was planned for: a user at work is seen by the next scan. */
const SURPRISES = 3;

export class Failures {
  readonly #failures = new Map<NodeId, Failure & { readonly waitMs: number; readonly retryAtMs: number }>();
  readonly #surprises = new Map<NodeId, number>();

  add(failure: Failure, nowMs: number): void {
    const waitMs = Math.min((this.#failures.get(failure.node)?.waitMs ?? FIRST_WAIT_MS / 2) * 2, LONGEST_WAIT_MS);
    this.#failures.set(failure.node, { ...failure, waitMs, retryAtMs: nowMs + waitMs });
  }

  /** The folder was not as planned at this place. What no scan explains is a failure like others, and not tried without end. */
  addSurprise(at: Pick<Failure, 'node' | 'path'>, nowMs: number): void {
    const times = (this.#surprises.get(at.node) ?? 0) + 1;
    this.#surprises.set(at.node, times);
    if (times > SURPRISES) this.add({ ...at, code: 'path_changed', message: 'something is in the way that no scan shows' }, nowMs);
  }

  isDeferred(node: NodeId, nowMs: number): boolean {
    return (this.#failures.get(node)?.retryAtMs ?? 0) > nowMs;
  }

  /** Someone asked: try everything again now. */
  retryNow(): void {
    for (const [node, failure] of this.#failures) this.#failures.set(node, { ...failure, retryAtMs: 0 });
  }

  /** Something happened in these directories, or to the entries in them: what failed there need not wait long any more. */
  retrySoon(directories: readonly string[], nowMs: number): void {
    const soonMs = nowMs + FIRST_WAIT_MS;
    for (const [node, failure] of this.#failures) {
      const parent = parentPath(failure.path);
      if (failure.retryAtMs <= soonMs || !(directories.includes(parent) || directories.includes(parentPath(parent)))) continue;
      this.#failures.set(node, { ...failure, waitMs: FIRST_WAIT_MS, retryAtMs: soonMs });
    }
  }

  /** Keeps the failures of nodes that still have something to do. */
  keepOnly(nodes: ReadonlySet<NodeId>): void {
    for (const node of this.#failures.keys()) if (!nodes.has(node)) this.#failures.delete(node);
    for (const node of this.#surprises.keys()) if (!nodes.has(node)) this.#surprises.delete(node);
  }

  /** The first moment after `sinceMs` at which something may be tried again. What was due before is being tried: it may wait for a download. */
  nextRetryMs(sinceMs: number): number | null {
    const times = [...this.#failures.values()].map(({ retryAtMs }) => retryAtMs).filter((retryAtMs) => retryAtMs > sinceMs);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Those that were tried and wait for their next try: nothing more comes of them now. */
  deferred(nowMs: number): readonly Failure[] {
    return [...this.#failures.values()].filter(({ retryAtMs }) => retryAtMs > nowMs);
  }

  /** What to tell those who wait: a full disk and bytes that fail verification are not just one file's trouble. */
  grave(nowMs: number): FsyncError | null {
    for (const { code, path, message } of this.deferred(nowMs)) {
      if (code === 'disk_full') {
        return new FsyncError(code, `the disk is full: ${path} could not be written`, {
          hints: ['Free some space; syncing goes on by itself.'],
        });
      }
      if (ERROR_TABLE[code].category === 'integrity') {
        return new FsyncError(code, `${path} failed verification and was not placed: ${message}`, {
          hints: ['What the server sent is not what was stored. It is tried again; if that lasts, check the server and its disk.'],
        });
      }
    }
    return null;
  }

  of(node: NodeId): (Failure & { readonly retryAtMs: number }) | null {
    return this.#failures.get(node) ?? null;
  }

  list(): readonly Failure[] {
    return [...this.#failures.values()];
  }
}
