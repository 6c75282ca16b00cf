/**
 * The Downloader of a real folder. For each chunk, in this order: an earlier download's part, a file
 * that is on the disk already, the server. Workers open, verify and write; this side only decides
 * and passes buffers on. Staged files are made durable together with their place by the writer.
 */
import type { RandomBytes } from '../../core/base/effects.js';
import type { VaultKeyring } from '../../core/log/vault-keys.js';
import { privatePaths } from '../folder/vault-folder.js';
import type { Downloader, DownloadItem, RemoteVault } from '../ports.js';
import type { WorkerPool } from '../workers/pool.js';
import { DownloadLedger } from './download-ledger.js';
import { DownloadRun } from './download-run.js';
import { createProgressMeter } from './progress-meter.js';
import { streamResults } from './result-stream.js';
import type { RetryOptions } from './retry-transient.js';

export interface DownloaderDeps {
  /** Absolute and resolved; `.fsync/tmp` exists in it. */
  readonly root: string;
  readonly pool: Pick<WorkerPool, 'run' | 'size'>;
  readonly keys: VaultKeyring;
  readonly remote: Pick<RemoteVault, 'downloadChunks'>;
  readonly random: RandomBytes;
  readonly retries?: RetryOptions;
}

/**
 * `download` throws FsyncError: what the remote throws after retries (server_unreachable,
 * session_expired …), aborted, internal. A full disk and damaged chunks fail single items.
 */
export function createDownloader(deps: DownloaderDeps): Downloader {
  const { tmp } = privatePaths(deps.root);
  return {
    download: (items, { signal, onProgress }) =>
      streamResults(signal, async (emit, stop) => {
        const bytesTotal = items.reduce((sum, { content }) => sum + content.size, 0);
        const meter = createProgressMeter({ bytesTotal, filesTotal: items.length }, onProgress, () => performance.now());
        const ledger = new DownloadLedger(items, {
          onBytes: (bytes) => meter.addBytes(bytes),
          onFailed: ({ node }: DownloadItem, { code, message }) => {
            meter.addFile();
            emit({ status: 'failed', node, code, message });
          },
        });
        const onStaged = ({ node }: DownloadItem, staged: string): void => {
          meter.addFile();
          emit({ status: 'staged', node, staged });
        };
        ledger.begin(deps.keys);
        await new DownloadRun({ ...deps, tmp, onStaged }, ledger, stop).run();
        meter.finish();
      }),
  };
}
