/** Chooses the engine that watches a folder. */
import { statfsSync } from 'node:fs';
import type { FolderWatcher } from '../ports.js';
import { createChokidarWatcher, type ChokidarWatcherDeps } from './chokidar-watcher.js';
import { createDirectoryWatcher } from './directory-watcher.js';

/** `watch.engine` of the settings. */
export type WatchEngine = 'auto' | 'chokidar' | 'directories' | 'polling';

/** File systems that do not tell what other machines do to them: NFS, SMB, CIFS, SMB2, 9p, Ceph, AFS, FUSE. */
const REMOTE_FILE_SYSTEMS = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400, 0x5346414f, 0x65735546]);

/** The dependencies are chokidar's; the others need fewer. */
export function createFolderWatcher(engine: WatchEngine, deps: ChokidarWatcherDeps): FolderWatcher {
  switch (engine === 'auto' ? chooseEngine(deps.root, process.platform) : engine) {
    case 'directories':
      return createDirectoryWatcher(deps);
    case 'chokidar':
      return createChokidarWatcher(deps);
    case 'polling':
      return createChokidarWatcher(deps, { polling: true });
  }
}

/** What 'auto' stands for on this folder. */
export function chooseEngine(root: string, platform: NodeJS.Platform): Exclude<WatchEngine, 'auto'> {
  if (platform !== 'linux') return 'chokidar';
  return REMOTE_FILE_SYSTEMS.has(statfsSync(root).type >>> 0) ? 'polling' : 'directories';
}
