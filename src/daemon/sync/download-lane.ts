/** Fetches content into staging beside the planning loop: the loop says what it wants, the lane says what is staged. */
import type { ErrorCode } from '../../core/base/errors.js';
import type { ContentId, NodeId } from '../../core/base/ids.js';
import type { TransferStatus } from '../../core/protocol/ipc.js';
import type { Downloader, DownloadItem } from '../ports.js';
import type { WorkRate } from './work-rate.js';

export interface DownloadLaneDeps {
  readonly downloader: Downloader;
  readonly rate: WorkRate;
  readonly onProgress: () => void;
  /** One file could not be fetched; the others go on. */
  readonly onFailed: (failure: { readonly node: NodeId; readonly code: ErrorCode; readonly message: string }) => void;
  readonly onError: (error: unknown) => void;
}

const WORTH_STOPPING = 16 * 1024 * 1024;

export class DownloadLane {
  readonly #deps: DownloadLaneDeps;
  readonly #staged = new Map<NodeId, { readonly content: ContentId; readonly name: string }>();
  #wanted = new Map<NodeId, DownloadItem>();
  #running: { readonly items: readonly DownloadItem[]; readonly abort: AbortController; readonly ended: Promise<void> } | null = null;
  #stopped = false;

  constructor(deps: DownloadLaneDeps) {
    this.#deps = deps;
  }

  get isIdle(): boolean {
    return this.#running === null;
  }

  stagedFor(node: NodeId, content: ContentId): string | undefined {
    const staged = this.#staged.get(node);
    return staged?.content === content ? staged.name : undefined;
  }

  /** The staged file was placed or is gone. */
  release(node: NodeId): void {
    this.#staged.delete(node);
  }

  transfer(): TransferStatus | null {
    const progress = this.#running === null ? null : this.#deps.rate.status();
    return progress === null ? null : { direction: 'down', ...progress };
  }

  want(items: readonly DownloadItem[]): void {
    this.#wanted = new Map(items.map((item) => [item.node, item]));
    const running = this.#running;
    if (running !== null) {
      const obsolete = running.items
        .filter((item) => this.#wanted.get(item.node)?.content.id !== item.content.id)
        .reduce((sum, item) => sum + item.content.size, 0);
      if (obsolete >= WORTH_STOPPING) running.abort.abort();
    } else this.#start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wanted.clear();
    this.#running?.abort.abort();
    await this.#running?.ended;
  }

  #start(): void {
    const items = [...this.#wanted.values()].filter((item) => this.stagedFor(item.node, item.content.id) === undefined);
    if (items.length === 0 || this.#stopped) return;
    const abort = new AbortController();
    const ended = this.#run(items, abort.signal).finally(() => {
      this.#running = null;
      this.#deps.rate.clear();
      this.#deps.onProgress();
    });
    this.#running = { items, abort, ended };
  }

  async #run(items: readonly DownloadItem[], signal: AbortSignal): Promise<void> {
    const contents = new Map(items.map((item) => [item.node, item.content.id]));
    try {
      const onProgress = this.#deps.rate.note.bind(this.#deps.rate);
      for await (const result of this.#deps.downloader.download(items, { signal, onProgress })) {
        const content = contents.get(result.node);
        if (result.status === 'staged' && content !== undefined) this.#staged.set(result.node, { content, name: result.staged });
        else if (result.status === 'failed') this.#deps.onFailed(result);
        this.#deps.onProgress();
      }
    } catch (error) {
      if (!signal.aborted) this.#deps.onError(error);
    }
  }
}
