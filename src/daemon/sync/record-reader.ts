/**
 * Nodes as they were: sealed records of old revisions from the server, each believed only when its
 * digest is the one that the verified log names.
 */
import { FsyncError } from '../../core/base/errors.js';
import type { CredentialId, NodeId } from '../../core/base/ids.js';
import { ROOT_NODE } from '../../core/base/ids.js';
import { openNamedRecord } from '../../core/log/commit-record.js';
import type { NodeState } from '../../core/tree/node.js';
import type { LogOp } from '../vault-history.js';
import type { CycleContext } from './cycle.js';

interface Place {
  readonly parent: NodeId;
  readonly seq: number;
}

interface Authorship {
  readonly epoch: number;
  readonly device: CredentialId;
}

/** Keeps what it has read; made for one question and dropped with its answer. */
export class RecordReader {
  readonly #context: CycleContext;
  readonly #signal: AbortSignal;
  readonly #states = new Map<string, NodeState>();
  readonly #authors = new Map<number, Authorship>();

  constructor(context: CycleContext, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
  }

  /** What the log named last for a node at or before a commit; null when it was not there yet. */
  opAt(node: NodeId, seq: number): LogOp | null {
    return this.#context.deps.folder.store.logOps(node).find((op) => op.seq <= seq) ?? null;
  }

  /** Reads what is not known yet, in as few requests as possible. @throws FsyncError integrity, server_unreachable, … */
  async fetch(ops: readonly LogOp[]): Promise<void> {
    const wanted = new Map(ops.filter((op) => this.state(op) === undefined).map((op) => [keyOf(op), op]));
    if (wanted.size === 0) return;
    const { remote, info } = this.#context.deps;
    for (const { node, rev, bytes } of await remote.records([...wanted.values()], { signal: this.#signal })) {
      const op = wanted.get(keyOf({ node, rev }));
      if (op === undefined) throw new FsyncError('integrity', 'the server sent a record that nobody asked for');
      this.#states.set(keyOf(op), openNamedRecord(info.keyring, { ...op, ...this.#authorOf(op.seq) }, bytes));
    }
  }

  /** Undefined when it was not fetched, or the server no longer keeps it. */
  state(op: LogOp): NodeState | undefined {
    const current = this.#context.trees.remoteState(op.node);
    return current?.rev === op.rev ? current : this.#states.get(keyOf(op));
  }

  /** @throws FsyncError not_found when the server no longer keeps it */
  require(op: LogOp): NodeState {
    const state = this.state(op);
    if (state !== undefined) return state;
    throw new FsyncError('not_found', `the server no longer keeps what commit ${String(op.seq)} changed`);
  }

  /** The paths of states as they were right after a commit each. */
  async pathsAt(places: readonly { readonly state: NodeState; readonly seq: number }[]): Promise<readonly string[]> {
    let level: readonly Place[] = places.map(({ state, seq }) => ({ parent: state.parent, seq }));
    while (level.length > 0) {
      const ops = level.flatMap(({ parent, seq }) => (parent === ROOT_NODE ? [] : (this.opAt(parent, seq) ?? [])));
      await this.fetch(ops);
      const above = level.flatMap(({ parent, seq }) => {
        const state = this.#stateAt(parent, seq);
        return state === undefined ? [] : [{ parent: state.parent, seq }];
      });
      level = unique(above);
    }
    return places.map(({ state, seq }) => this.#path(state, seq));
  }

  #path(state: NodeState, seq: number): string {
    const names = [state.name];
    for (let at = this.#stateAt(state.parent, seq); at !== undefined && names.length < 4096; at = this.#stateAt(at.parent, seq)) {
      names.push(at.name);
    }
    return names.reverse().join('/');
  }

  #stateAt(node: NodeId, seq: number): NodeState | undefined {
    const op = node === ROOT_NODE ? null : this.opAt(node, seq);
    return op === null ? undefined : this.state(op);
  }

  #authorOf(seq: number): Authorship {
    const known = this.#authors.get(seq);
    if (known !== undefined) return known;
    const [entry] = this.#context.deps.folder.store.history({ limit: 1, untilSeq: seq });
    if (entry?.seq !== seq) throw new FsyncError('not_found', `this device has not read commit ${String(seq)}`);
    this.#authors.set(seq, entry);
    return entry;
  }
}

function unique(level: readonly Place[]): readonly Place[] {
  return [...new Map(level.map((place) => [`${place.parent} ${String(place.seq)}`, place])).values()];
}

function keyOf({ node, rev }: { readonly node: NodeId; readonly rev: number }): string {
  return `${node} ${String(rev)}`;
}
