/** A device in a home of its own, with everything below the engine real, and a real server in this process. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readServerOptions } from '../../src/server/config/options.js';
import { startServer, type RunningServer } from '../../src/server/compose.js';
import { createAccountService, type AccountService } from '../../src/daemon/account/account-service.js';
import { createAuthorDirectory, type VerifyAuthor } from '../../src/daemon/account/author-directory.js';
import { createChainCache } from '../../src/daemon/account/chain-cache.js';
import { createVaultApi } from '../../src/daemon/account/vault-api.js';
import { createVaultCache } from '../../src/daemon/account/vault-cache.js';
import type { VaultApi } from '../../src/daemon/engine-deps.js';
import { currentHomePaths, openHome, type Home } from '../../src/daemon/home/home.js';
import type { CallContext } from '../../src/daemon/ipc/call-table.js';
import { openInsecureFile } from '../../src/daemon/keys/file-key-store.js';
import { connectServer } from '../../src/daemon/remote/server-connection.js';
import type { IpcEvent } from '../../src/core/protocol/ipc.js';
import { recordingLogger } from './recording-logger.js';
import { tempFolder, type Cleanup } from './temp-folder.js';

export async function realServer(atEnd: Cleanup = onTestFinished): Promise<RunningServer> {
  const options = readServerOptions(['--data-dir', tempFolder(atEnd), '--port', '0', '--rate-limits', 'off'], {});
  const server = await startServer(options, {
    clock: { now: Date.now },
    logger: recordingLogger(),
    version: 'test',
    processMetrics: false,
  });
  atEnd(() => server.stop());
  return server;
}

export interface AccountDevice {
  readonly home: Home;
  readonly account: AccountService;
  readonly vaultApi: VaultApi;
  readonly verifyAuthor: VerifyAuthor;
  readonly logger: ReturnType<typeof recordingLogger>;
  /** The same home in the next process. */
  restart(): Promise<AccountDevice>;
}

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));

export async function accountDevice(atEnd: Cleanup = onTestFinished, folder = tempFolder(atEnd)): Promise<AccountDevice> {
  const home = openHome(currentHomePaths({ FSYNC_HOME: folder }));
  const logger = recordingLogger();
  const clock = { now: Date.now };
  const chains = createChainCache(home.cacheDir);
  const openStore = () => Promise.resolve(openInsecureFile({ directory: join(folder, 'keys'), random }));
  const account = createAccountService({
    home,
    clock,
    random,
    logger,
    chains,
    connect: (server, caFile) =>
      connectServer(server, caFile === null ? [] : [caFile], {
        logger,
        clock,
        random: Math.random,
        timeoutMs: () => 20_000,
        userAgent: 'fsync/test',
      }),
    chooseKeyStore: openStore,
    openKeyStore: openStore,
    keyStoreWarning: () => null,
  });
  await account.open();
  atEnd(() => {
    account.close();
  });
  const vaultApi = createVaultApi({ client: account.client, account, cache: createVaultCache(home.cacheDir), random, clock, logger });
  const verifyAuthor = createAuthorDirectory({ account, client: account.client, chains });
  return { home, account, vaultApi, verifyAuthor, logger, restart: () => accountDevice(atEnd, folder) };
}

/** What a call brings with it, and the events it sent. */
export function callContext(): CallContext & { readonly events: IpcEvent[] } {
  const events: IpcEvent[] = [];
  return { signal: new AbortController().signal, onEvent: (event) => events.push(event), events };
}

export function signIn(server: string, more: { user?: string; password?: string; device?: string } = {}) {
  return { server, user: 'ada', password: 'correct horse battery staple', device: 'laptop', insecureKeyFile: false, ...more };
}
