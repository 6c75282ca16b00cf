/**
 * Bytes that came out of an exchange and were not the ones expected were saved between our last look
 * and the exchange. They go back into the folder beside the new version, under a conflict name; the
 * next look finds them there like any other file.
 */
import { conflictCopyName } from '../../core/base/name-rules.js';
import { parentPath, pathName } from '../../core/base/rel-path.js';
import type { ApplyOutcome } from './apply-step.js';
import type { CycleContext } from './cycle.js';

/** @returns how many were brought back */
export async function rescueDisplaced(context: CycleContext, displaced: ApplyOutcome['displaced'], signal: AbortSignal): Promise<number> {
  const { deps, trees, look } = context;
  let rescued = 0;
  for (const { path, stash } of displaced) {
    const parent = parentPath(path);
    const directory = trees.local.nodeAt(parent);
    const siblings = directory === undefined ? undefined : trees.local.childrenOf(directory);
    const copy = {
      name: pathName(path),
      deviceName: deps.device.name,
      at: deps.clock.now(),
      hash4: stash.slice(-4).replace(/[^0-9a-z]/g, '0'),
    };
    const name = conflictCopyName(copy, (candidate) => siblings?.has(candidate) === true);
    const [result] = await deps.folder.writer.apply([{ op: 'unstash', stash, to: parent === '' ? name : `${parent}/${name}` }], { signal });
    if (result?.status === 'done') rescued += 1;
    else deps.logger.warn('displaced bytes stay in the stash', { stash });
    look([parent]);
  }
  return rescued;
}
