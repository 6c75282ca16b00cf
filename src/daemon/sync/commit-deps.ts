/** What sending a commit needs of a cycle. */
import type { commitOps } from './commit-step.js';
import type { CycleContext } from './cycle.js';

export function commitDeps(context: CycleContext): Parameters<typeof commitOps>[0] {
  const { deps, trees, log } = context;
  return {
    trees,
    log,
    store: deps.folder.store,
    remote: deps.remote,
    keyring: deps.info.keyring,
    account: () => deps.account.require(),
    random: deps.random,
    serverNow: () => deps.clock.now() + deps.serverOffsetMs(),
    onChunksMissing: (chunks) => {
      for (const chunk of chunks) context.missingChunks.add(chunk);
      context.uploads.forgetStored();
    },
  };
}
