/** Puts items together into batches by number and bytes. */

export interface BatchLimits {
  readonly count: number;
  readonly bytes: number;
}

/** A batch is closed when the next item would take it over a limit; one item alone may be over it. */
export class Gatherer<Item> {
  readonly #limits: BatchLimits;
  readonly #sizeOf: (item: Item) => number;
  #items: Item[] = [];
  #bytes = 0;

  constructor(limits: BatchLimits, sizeOf: (item: Item) => number) {
    this.#limits = limits;
    this.#sizeOf = sizeOf;
  }

  /** The batch so far, without `item`, when that does not fit into it any more. */
  add(item: Item): readonly Item[] | null {
    const size = this.#sizeOf(item);
    const { count, bytes } = this.#limits;
    const full = this.#items.length > 0 && (this.#items.length >= count || this.#bytes + size > bytes) ? this.take() : null;
    this.#items.push(item);
    this.#bytes += size;
    return full;
  }

  /** What is left; may be empty. */
  take(): readonly Item[] {
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    return items;
  }
}

export function* gatherBySize<Item>(
  items: Iterable<Item>,
  limits: BatchLimits,
  sizeOf: (item: Item) => number,
): Generator<readonly Item[]> {
  const gatherer = new Gatherer(limits, sizeOf);
  for (const item of items) {
    const full = gatherer.add(item);
    if (full !== null) yield full;
  }
  const last = gatherer.take();
  if (last.length > 0) yield last;
}
