/** Version vectors: which revision has seen which. A missing device counts as 0. */
import type { CredentialId } from '../base/ids.js';
import type { VersionVector } from '../tree/node.js';

export type VectorOrder = 'equal' | 'before' | 'after' | 'concurrent';

export function compareVectors(a: VersionVector, b: VersionVector): VectorOrder {
  let less = false;
  let more = false;
  for (const device of new Set([...Object.keys(a), ...Object.keys(b)]) as Set<CredentialId>) {
    const left = a[device] ?? 0;
    const right = b[device] ?? 0;
    less ||= left < right;
    more ||= left > right;
  }
  if (less && more) return 'concurrent';
  if (less) return 'before';
  return more ? 'after' : 'equal';
}

/** The least vector that has seen both, with `device` at `counter`. */
export function advanceVector(a: VersionVector, b: VersionVector, device: CredentialId, counter: number): VersionVector {
  const merged: Record<CredentialId, number> = {};
  for (const seen of [...Object.keys(a), ...Object.keys(b)] as CredentialId[]) merged[seen] = Math.max(a[seen] ?? 0, b[seen] ?? 0);
  merged[device] = counter;
  return merged;
}
