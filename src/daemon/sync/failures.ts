/** Nodes whose change to the folder failed: left alone for a while, each time longer, and shown in status. */
import { FsyncError, type ErrorCode } from '../../core/base/errors.js';
import type { NodeId } from '../../core/base/ids.js';

export interface Failure {
  readonly node: NodeId;
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 300_000;

export class Failures {
  readonly #failures = new Map<NodeId, Failure & { readonly waitMs: number; readonly retryAtMs: number }>();

  add(failure: Failure, nowMs: number): void {
    const waitMs = Math.min((this.#failures.get(failure.node)?.waitMs ?? FIRST_WAIT_MS / 2) * 2, LONGEST_WAIT_MS);
    this.#failures.set(failure.node, { ...failure, waitMs, retryAtMs: nowMs + waitMs });
  }

  isDeferred(node: NodeId, nowMs: number): boolean {
    return (this.#failures.get(node)?.retryAtMs ?? 0) > nowMs;
  }

  /** Someone asked: try everything again now. */
  retryNow(): void {
    for (const [node, failure] of this.#failures) this.#failures.set(node, { ...failure, retryAtMs: 0 });
  }

  /** Keeps the failures of nodes that still have something to do. */
  keepOnly(nodes: ReadonlySet<NodeId>): void {
    for (const node of this.#failures.keys()) if (!nodes.has(node)) this.#failures.delete(node);
  }

  nextRetryMs(): number | null {
    const times = [...this.#failures.values()].map((failure) => failure.retryAtMs);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** What to tell those who wait, when a file could not be written for want of space. */
  diskFull(): FsyncError | null {
    const full = this.list().find(({ code }) => code === 'disk_full');
    if (full === undefined) return null;
    const hints = ['Free some space; syncing goes on by itself.'];
    return new FsyncError('disk_full', `the disk is full: ${full.path} could not be written`, { hints });
  }

  list(): readonly Failure[] {
    return [...this.#failures.values()];
  }
}
