/** The FolderScanner of a real folder: sends scans to a worker and unpacks what comes back. */
import { FsyncError } from '../../core/base/errors.js';
import type { VaultId } from '../../core/base/ids.js';
import type { FolderScanner } from '../ports.js';
import type { FolderTasks } from './folder-tasks.js';
import type { RootIdentity } from './root-identity.js';
import { unpackScan } from './scan-packing.js';
import { checkRoot } from './vault-folder.js';

export interface FolderScannerDeps {
  /** Absolute and resolved: no component is a link. */
  readonly root: string;
  readonly vault: VaultId;
  /** What the marker says the root is. */
  readonly identity: RootIdentity;
  readonly tasks: Pick<FolderTasks, 'scan'>;
}

/**
 * `scan` throws FsyncError guarded when the root is missing or another directory at the start or
 * the end of a scan, io_error when `.fsyncignore` cannot be read, aborted.
 */
export function createFolderScanner({ root, vault, identity, tasks }: FolderScannerDeps): FolderScanner {
  return {
    async scan({ directories, recursive }, { signal }) {
      if (signal.aborted) throw new FsyncError('aborted', 'the scan was stopped');
      return unpackScan(await tasks.scan({ root, identity, directories, recursive }, { signal }));
    },
    checkRoot: () => new Promise((resolve) => resolve(checkRoot(root, vault))),
  };
}
