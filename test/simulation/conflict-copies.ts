/** What must not be where only one user wrote. */
import { isConflictCopy } from './conflict-name.js';
import type { Device } from './device.js';
import { treeOf } from './folder-tree.js';

export function conflictCopies(devices: readonly Device[]): string | null {
  const copies = devices.flatMap(({ disk }) => [...treeOf(disk.root).keys()].filter(isConflictCopy));
  return copies.length === 0 ? null : `conflict copies of one writer's file: ${copies.join(', ')}`;
}
