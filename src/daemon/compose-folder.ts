/** Builds the ports of one attached folder. Part of compose.ts: adapters are made here and nowhere else. */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Logger, RandomBytes } from '../core/base/effects.js';
import { FsyncError } from '../core/base/errors.js';
import type { VaultId } from '../core/base/ids.js';
import type { Folders, VaultInfo } from './engine-deps.js';
import { lockFolder } from './folder/folder-lock.js';
import { createFolderScanner } from './folder/folder-scanner.js';
import { pooledFolderTasks } from './folder/folder-tasks.js';
import { createFolderWatcher, type WatchEngine } from './folder/folder-watcher.js';
import { createFolderWriter } from './folder/folder-writer.js';
import { probeDisk } from './folder/probe-disk.js';
import { createPromptFile } from './folder/prompt-file.js';
import { readAttributesFile, readIgnoreFile } from './folder/read-rules-file.js';
import { systemCalls } from './folder/system-calls.js';
import { readRootIdentity } from './folder/root-identity.js';
import { checkRoot, createVaultFolder, enclosingVault, privatePaths, readVaultFolder, removeVaultFolder } from './folder/vault-folder.js';
import type { RemoteVault } from './ports.js';
import { createSqliteStateStore } from './state/sqlite-state-store.js';
import { lostRoot } from './sync/lost-root.js';
import type { FolderPorts } from './sync/session-ports.js';
import { createContentReader } from './transfer/content-reader.js';
import { createDownloader } from './transfer/downloader.js';
import { createUploader } from './transfer/uploader.js';
import type { WorkerPool } from './workers/pool.js';

export interface FolderDeps {
  readonly pool: WorkerPool;
  readonly openVault: (vault: VaultId) => RemoteVault;
  readonly watchEngine: () => WatchEngine;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
}

const SWEEP_MS = 60_000;

export function composeFolders(deps: FolderDeps): Folders {
  return {
    create: (root, marker, { mustExist } = { mustExist: false }) => {
      if (mustExist && readRootIdentity(root) === null)
        throw new FsyncError('not_found', `there is no folder at ${root}`, {
          hints: ['Put it back, or have it made from the server: fsync guard reject'],
        });
      // Whoever syncs the folder right now keeps it.
      const lock = enclosingVault(root) === root ? lockFolder(privatePaths(root).lock, systemCalls()) : null;
      try {
        createVaultFolder(root, marker);
      } finally {
        lock?.release();
      }
    },
    remove: removeVaultFolder,
    open: async (root, info) => {
      const state = checkRoot(root, info.vault);
      if (state !== 'ok') throw lostRoot(root, state);
      const { identity } = readVaultFolder(root);
      const lock = lockFolder(privatePaths(root).lock, systemCalls());
      const release = (): void => {
        lock.release();
      };
      const ports = releasedOnFailure(() => buildPorts(deps, { root, info, identity, release }), release);
      try {
        await ports.writer.sweep({ signal: AbortSignal.timeout(SWEEP_MS) });
        return ports;
      } catch (error) {
        await ports.close();
        throw error;
      }
    },
  };
}

function releasedOnFailure<Result>(work: () => Result, release: () => void): Result {
  try {
    return work();
  } catch (error) {
    release();
    throw error;
  }
}

interface Opening {
  readonly root: string;
  readonly info: VaultInfo;
  readonly identity: ReturnType<typeof readVaultFolder>['identity'];
  readonly release: () => void;
}

function buildPorts(deps: FolderDeps, { root, info, identity, release }: Opening): FolderPorts {
  const { pool, clock, random, logger } = deps;
  const tasks = pooledFolderTasks(pool);
  const { vault, keyring: keys } = info;
  const remote = deps.openVault(vault);
  const store = createSqliteStateStore({ path: privatePaths(root).state, clock });
  if (store.corruptCopy !== null) logger.warn('the state database was damaged and is rebuilt', { kept: store.corruptCopy });
  const ignoreRules = () => readIgnoreFile(root);
  const prompt = createPromptFile(root, process.pid);
  const watcher = createFolderWatcher(deps.watchEngine(), { root, logger });
  return {
    scanner: createFolderScanner({ root, vault, identity, tasks }),
    reader: createContentReader({ root, pool, keys }),
    writer: createFolderWriter({ root, identity, tasks, clock, random }),
    watcher,
    uploader: createUploader({ root, pool, keys, remote, random }),
    downloader: createDownloader({ root, pool, keys, remote, random }),
    store,
    ignoreRules,
    conflictRules: () => readAttributesFile(root),
    looksBinary: (path) => looksBinary(join(root, path)),
    traits: probeDisk(root),
    prompt,
    close: async () => {
      prompt.close();
      await watcher.close();
      store.close();
      release();
    },
  };
}

const SAMPLE_BYTES = 8192;

/** As git decides: a NUL byte in the first 8 KiB. False for what cannot be read. */
function looksBinary(file: string): boolean {
  let opened: number | null = null;
  try {
    opened = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const sample = new Uint8Array(SAMPLE_BYTES);
    return sample.subarray(0, readSync(opened, sample, 0, SAMPLE_BYTES, 0)).includes(0);
  } catch {
    // Gone, unreadable or a directory: nothing that a person would call binary.
    return false;
  } finally {
    if (opened !== null) closeSync(opened);
  }
}
