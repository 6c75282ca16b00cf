/**
 * Moves content to the server beside the planning loop, which never waits for it: the loop says what
 * it wants stored, the lane says when something is.
 */
import type { ContentId } from '../../core/base/ids.js';
import type { TransferStatus } from '../../core/protocol/ipc.js';
import type { Uploader, UploadItem } from '../ports.js';
import type { WorkRate } from './work-rate.js';

export interface UploadLaneDeps {
  readonly uploader: Uploader;
  readonly rate: WorkRate;
  /** Some wanted content is stored, or the lane came to its end. */
  readonly onProgress: () => void;
  /** A file was not as the planner saw it. */
  readonly onChanged: (path: string) => void;
  readonly onError: (error: unknown) => void;
}

/** A transfer that nobody wants any more is stopped only when that saves this many bytes. */
const WORTH_STOPPING = 16 * 1024 * 1024;

export class UploadLane {
  readonly #deps: UploadLaneDeps;
  readonly #stored = new Set<ContentId>();
  #wanted = new Map<ContentId, UploadItem>();
  #running: { readonly items: readonly UploadItem[]; readonly abort: AbortController; readonly ended: Promise<void> } | null = null;
  #stopped = false;

  constructor(deps: UploadLaneDeps) {
    this.#deps = deps;
  }

  isStored(content: ContentId): boolean {
    return this.#stored.has(content);
  }

  get isIdle(): boolean {
    return this.#running === null;
  }

  transfer(): TransferStatus | null {
    const progress = this.#running === null ? null : this.#deps.rate.status();
    return progress === null ? null : { direction: 'up', ...progress };
  }

  /** Replaces the list of wanted content. What is stored and not wanted any more is forgotten. */
  want(items: readonly UploadItem[]): void {
    this.#wanted = new Map(items.map((item) => [item.content.id, item]));
    for (const content of this.#stored) if (!this.#wanted.has(content)) this.#stored.delete(content);
    const running = this.#running;
    if (running !== null) {
      const obsolete = running.items.filter((item) => !this.#wanted.has(item.content.id)).reduce((sum, item) => sum + item.content.size, 0);
      if (obsolete >= WORTH_STOPPING) running.abort.abort();
    } else this.#start();
  }

  /** The server lacks content that it was thought to hold. */
  forgetStored(): void {
    this.#stored.clear();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wanted.clear();
    this.#running?.abort.abort();
    await this.#running?.ended;
  }

  #start(): void {
    const items = [...this.#wanted.values()]
      .filter((item) => !this.#stored.has(item.content.id))
      .sort((a, b) => a.content.size - b.content.size);
    if (items.length === 0 || this.#stopped) return;
    const abort = new AbortController();
    const ended = this.#run(items, abort.signal).finally(() => {
      this.#running = null;
      this.#deps.rate.clear();
      this.#deps.onProgress();
    });
    this.#running = { items, abort, ended };
  }

  async #run(items: readonly UploadItem[], signal: AbortSignal): Promise<void> {
    try {
      const onProgress = this.#deps.rate.note.bind(this.#deps.rate);
      for await (const { item, status } of this.#deps.uploader.upload(items, { signal, onProgress })) {
        if (status === 'stored') this.#stored.add(item.content.id);
        else {
          this.#wanted.delete(item.content.id);
          this.#deps.onChanged(item.path);
        }
        this.#deps.onProgress();
      }
    } catch (error) {
      if (!signal.aborted) this.#deps.onError(error);
    }
  }
}
