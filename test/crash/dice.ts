/** Chance from a text: the same seed throws the same numbers. */
import { createHash } from 'node:crypto';

export interface Dice {
  /** From 0 to below `limit`. */
  below(limit: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

export function createDice(seed: string): Dice {
  let thrown = 0;
  const below = (limit: number): number => {
    thrown += 1;
    return (
      createHash('sha256')
        .update(`${seed}:${String(thrown)}`)
        .digest()
        .readUInt32BE() % limit
    );
  };
  return {
    below,
    pick<Item>(items: readonly Item[]): Item {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}
