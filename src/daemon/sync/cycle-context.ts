/** Builds what a cycle works with: the trees, the log and the lanes of one session. */
import { AppliedRules } from './applied-rules.js';
import type { CycleContext } from './cycle.js';
import { DownloadLane } from './download-lane.js';
import type { Failures } from './failures.js';
import type { FollowedDirectories } from './followed-directories.js';
import { SafetyGuard } from './safety-guard.js';
import type { SessionDeps } from './session-ports.js';
import { UploadLane } from './upload-lane.js';
import { VaultLog } from './vault-log.js';
import { roleHere } from './vault-role.js';
import { VaultTrees } from './vault-trees.js';
import { WorkRate } from './work-rate.js';

export interface SessionHooks {
  readonly failures: Failures;
  readonly followed: FollowedDirectories;
  readonly mayExchange: () => boolean;
  readonly look: (directories: readonly string[]) => void;
  /** A lane has something, or came to its end. */
  readonly onProgress: () => void;
  /** A file was not as the planner saw it. */
  readonly onChanged: (path: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Loads the trees from the state database. */
export function createCycleContext(deps: SessionDeps, hooks: SessionHooks): CycleContext {
  const { folder, clock, info, verifyAuthor } = deps;
  const { failures, onProgress, onChanged, onError } = hooks;
  const trees = new VaultTrees(folder.store, folder.traits);
  const log = new VaultLog({ vault: info.vault, device: deps.device.id, store: folder.store, trees, keyring: info.keyring, verifyAuthor });
  const isReader = (): boolean => roleHere({ deps, log }) === 'reader';
  return {
    deps,
    trees,
    log,
    guard: new SafetyGuard({ store: folder.store, trees, limits: deps.guardLimits, clock, isReader }),
    uploads: new UploadLane({ uploader: folder.uploader, rate: new WorkRate(clock), onProgress, onChanged, onError }),
    downloads: new DownloadLane({
      downloader: folder.downloader,
      rate: new WorkRate(clock),
      onProgress,
      onError,
      onFailed: ({ node, code, message }) => {
        failures.add({ node, path: trees.remotePath(node) ?? '', code, message }, clock.now());
      },
    }),
    appliedRules: new AppliedRules(),
    reading: new WorkRate(clock),
    failures,
    missingChunks: new Set(),
    leftToPerson: new Map(),
    followed: hooks.followed,
    mayExchange: hooks.mayExchange,
    look: hooks.look,
  };
}
