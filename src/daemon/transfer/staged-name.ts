/**
 * Names in `.fsync/tmp`. Both follow from node and content, so that a download that was cut off is
 * found again, and no two items of one call share a file.
 */
import type { ContentId, NodeId } from '../../core/base/ids.js';

/** Complete and verified as long as the daemon that staged it runs; checked again after a restart. */
export function stagedName(node: NodeId, content: ContentId): string {
  return `${node}-${content}`;
}

/** Under way: any part of it may be missing. */
export function partName(node: NodeId, content: ContentId): string {
  return `${node}-${content}.part`;
}
