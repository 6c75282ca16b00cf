/** Builds the daemon's parts and joins them. The only place where adapters are made. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock, Logger, RandomBytes } from '../core/base/effects.js';
import { VERSION } from '../core/base/version.js';
import type { HomePaths } from '../core/home/home-paths.js';
import { IPC_VERSION } from '../core/protocol/ipc-version.js';
import { createAccountService, type AccountService } from './account/account-service.js';
import { createAuthorDirectory } from './account/author-directory.js';
import { createChainCache, type ChainCache } from './account/chain-cache.js';
import { createContactBook } from './account/contact-book.js';
import { createDeviceCalls } from './account/devices.js';
import { createTokenAccount } from './account/token-account.js';
import { createTokenCalls, type TokenCalls } from './account/tokens.js';
import { openVaultInfo } from './account/open-vault-info.js';
import { createVaultApi } from './account/vault-api.js';
import { createVaultCache, type VaultCache } from './account/vault-cache.js';
import { createWatermarks } from './account/watermarks.js';
import { diagnose } from './diagnose.js';
import type { Engine } from './engine.js';
import type { AccountKeys, EngineDeps } from './engine-deps.js';
import { openContacts } from './home/contacts.js';
import { openAttachedVaults } from './home/attached-vaults.js';
import type { WatchEngine } from './folder/folder-watcher.js';
import { openHome, type Home } from './home/home.js';
import { openSettings, type SettingsStore } from './home/settings-store.js';
import { createCallTable } from './ipc/call-table.js';
import { onlyForTokens } from './ipc/token-calls.js';
import { listenIpc, type IpcServer } from './ipc/ipc-server.js';
import { openTokenFile } from './keys/file-key-store.js';
import { chooseKeyStore, keyStoreWarning, openKeyStore, type KeyStoreEnvironment } from './keys/choose-key-store.js';
import type { PinoLogger } from './log/pino-logger.js';
import { createNotificationSocket, type ManagedNotificationSocket } from './remote/notification-socket.js';
import { createRemoteVault } from './remote/remote-vault.js';
import { RateLimit } from './remote/rate-limit.js';
import { composeFolders } from './compose-folder.js';
import { connectServer } from './remote/server-connection.js';
import { createWorkerPool } from './workers/pool.js';
import type { CredentialId, VaultId } from '../core/base/ids.js';

/** A thread that just ended would make the next save wait for a new one; one that sleeps costs some megabytes. */
const WORKER_IDLE_MS = 600_000;

const LEND_MS = 120_000;

export type CreateEngine = (deps: EngineDeps) => Engine;

export interface DaemonOptions {
  readonly paths: HomePaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** FSYNC_TOKEN and the credential id in it; null when this daemon works for a device. */
  readonly token: { readonly text: string; readonly id: CredentialId } | null;
  readonly logger: PinoLogger;
  readonly setMaxLogBytes: (bytes: number) => void;
  readonly createEngine: CreateEngine;
}

export interface Daemon {
  readonly engine: Engine;
  readonly account: AccountService;
  /** Starts the engine; calls that came before wait for it. */
  start(): Promise<void>;
  /** Serves the control API until it is closed. `stop` is called for `daemon.stop`. */
  listen(stop: () => void): Promise<IpcServer>;
  /** Ends the engine, then everything below it. */
  close(): Promise<void>;
}

export async function composeDaemon(options: DaemonOptions): Promise<Daemon> {
  const { paths, logger } = options;
  const home = openHome(paths);
  const settings = openSettings(paths.configFile, logger);
  followLogSettings(settings, options);
  const parts = composeEngineDeps(home, settings, options);
  await parts.account.open();
  const engine = options.createEngine(parts.deps);
  const startedAt = new Date().toISOString();
  let started = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    started = resolve;
  });
  return {
    engine,
    account: parts.account,
    async start() {
      await engine.start();
      started();
    },
    listen: (stop) => {
      const daemonStatus = () => ({
        schema: 'fsync/daemon-status/1' as const,
        pid: process.pid,
        version: VERSION,
        ipcVersion: IPC_VERSION,
        socket: paths.socket,
        startedAt,
        rssBytes: process.memoryUsage.rss(),
        vaults: engine.attached(),
      });
      const look = ({ signal }: { signal: AbortSignal }) =>
        diagnose({ ...parts.deps, ...parts, engine, wantsSocket: () => settings.get('network.websocket') }, { signal });
      const devices = createDeviceCalls({ ...parts.deps, account: parts.account });
      const { account, tokens } = parts;
      const calls = createCallTable({ engine, account, devices, tokens, settings, daemonStatus, diagnose: look, stop });
      const tokenId = options.token?.id ?? null;
      const answered = tokenId === null ? calls : onlyForTokens(calls);
      return listenIpc(paths.socket, { calls: answered, ready, tokenId, logger: logger.child({ part: 'ipc' }) });
    },
    async close() {
      await engine.stop();
      await parts.close();
    },
  };
}

interface Effects {
  readonly clock: Clock;
  readonly random: RandomBytes;
}

interface EngineParts {
  readonly deps: EngineDeps;
  readonly account: AccountService;
  readonly tokens: TokenCalls;
  readonly socket: ManagedNotificationSocket;
  close(): Promise<void>;
}

function composeEngineDeps(home: Home, settings: SettingsStore, options: DaemonOptions): EngineParts {
  const { logger } = options;
  const clock: Clock = { now: Date.now };
  const random: RandomBytes = (size) => new Uint8Array(randomBytes(size));
  // What a token can open another one cannot: each has its own.
  const cacheDir = options.token === null ? home.cacheDir : join(home.cacheDir, options.token.id);
  const chains = createChainCache(cacheDir);
  const cache = createVaultCache(cacheDir);
  const account = composeAccount({ home, settings, chains, cache, clock, random }, options);
  const socket = composeSocket(account, settings, logger);
  const watermarks = createWatermarks({ keyStore: () => account.keyStore(), logger });
  const openVault = (vault: VaultId) => createRemoteVault(account.client, vault);
  const workers = settings.get('workers.count');
  const pool = createWorkerPool({ idleMs: WORKER_IDLE_MS, ...(workers === 0 ? {} : { size: workers }) });
  const folders = composeFolders({
    pool,
    openVault,
    watchEngine: () => parseWatchEngine(settings.get('watch.engine')),
    clock,
    random,
    logger: logger.child({ part: 'folder' }),
  });
  const onLaterKeys = (): void => {
    tokens.lendKeys({ signal: AbortSignal.timeout(LEND_MS) }).catch((error: unknown) => {
      logger.warn('new vault keys could not be lent to the tokens of the account', { error });
    });
  };
  const vaultApi = createVaultApi({ client: account.client, account, cache, random, clock, logger, onLaterKeys });
  const tokens = createTokenCalls({ account, vaultApi, cache, random, clock, logger });
  const deps: EngineDeps = {
    folders,
    home,
    settings,
    attached: openAttachedVaults(home.paths.vaultsFile),
    logger: logger.child({ part: 'engine' }),
    clock,
    random,
    account,
    openVault,
    socket,
    vaultApi,
    contacts: createContactBook({
      account,
      client: account.client,
      chains,
      contacts: openContacts(join(home.paths.stateDir, 'contacts.json')),
    }),
    verifyAuthor: createAuthorDirectory({ account, client: account.client, chains }),
    watermarks,
    serverOffsetMs: () => account.serverOffsetMs(),
  };
  return {
    deps,
    account,
    tokens,
    socket,
    async close() {
      await socket.close();
      await watermarks.flush().catch((error: unknown) => {
        logger.warn('the newest heads could not be stored with the keys', { error });
      });
      account.close();
      await pool.close();
    },
  };
}

function parseWatchEngine(value: string): WatchEngine {
  return value === 'chokidar' || value === 'directories' || value === 'polling' ? value : 'auto';
}

function composeAccount(
  parts: Effects & { readonly home: Home; readonly settings: SettingsStore; readonly chains: ChainCache; readonly cache: VaultCache },
  { env, token, logger }: DaemonOptions,
): AccountService {
  const { home, settings, chains, cache, clock, random } = parts;
  const keyEnvironment: KeyStoreEnvironment = { homeDir: home.paths.stateDir, keysDir: home.paths.keysDir, env, random, logger };
  const connection = {
    logger: logger.child({ part: 'remote' }),
    clock,
    random: Math.random,
    timeoutMs: () => settings.get('network.timeout'),
    userAgent: `fsync/${VERSION}`,
    limits: {
      upload: new RateLimit(() => settings.get('transfer.upload-limit'), monotonicMs),
      download: new RateLimit(() => settings.get('transfer.download-limit'), monotonicMs),
    },
  };
  const shared = {
    home,
    clock,
    random,
    logger: logger.child({ part: 'account' }),
    chains,
    connect: (server: string, caFile: string | null) => connectServer(server, [caFile ?? '', settings.get('network.ca-file')], connection),
  };
  if (token !== null) {
    return createTokenAccount({
      ...shared,
      env: { token: token.text, server: given(env['FSYNC_SERVER']), caFile: given(env['FSYNC_CA_FILE']) },
      openStore: (opened) => openTokenFile({ directory: home.paths.keysDir, random }, opened),
      vaultName: (keys, vault) => nameOf(cache, keys, vault),
    });
  }
  return createAccountService({
    ...shared,
    chooseKeyStore: (choice) => chooseKeyStore(keyEnvironment, choice),
    openKeyStore: (kind) => openKeyStore(kind, keyEnvironment),
    keyStoreWarning: (kind) => keyStoreWarning(kind, home.paths.keysDir),
  });
}

const monotonicMs = (): number => performance.now();

function given(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}

function nameOf(cache: VaultCache, keys: AccountKeys, vault: VaultId): string | null {
  const entry = cache.load(vault);
  return entry === null ? null : openVaultInfo(keys, entry).name;
}

/** Follows sign-in, sign-out and the setting that switches it off. */
function composeSocket(account: AccountService, settings: SettingsStore, logger: Logger): ManagedNotificationSocket {
  const socket = createNotificationSocket({
    target: () => (settings.get('network.websocket') ? account.socketTarget() : null),
    logger: logger.child({ part: 'remote' }),
    random: Math.random,
  });
  account.onChange(() => {
    socket.restart();
  });
  settings.onChange((changed) => {
    if (changed.includes('network.websocket')) socket.restart();
  });
  return socket;
}

function followLogSettings(settings: SettingsStore, { logger, setMaxLogBytes }: DaemonOptions): void {
  const apply = (): void => {
    logger.setLevel(settings.get('log.level'));
    setMaxLogBytes(settings.get('log.max-size'));
  };
  apply();
  settings.onChange(apply);
}
