/** Ids of nodes that did not exist before. */
import { toHex } from '../../core/base/bytes.js';
import { parseNodeId, type NodeId } from '../../core/base/ids.js';
import type { CycleContext } from './cycle.js';

export function newNode({ deps }: Pick<CycleContext, 'deps'>): NodeId {
  return parseNodeId(toHex(deps.random(16)));
}
