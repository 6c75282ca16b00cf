/** All services, from the adapters that they share. */
import type { ServerSecrets } from '../config/secrets.js';
import type { BlobStore } from '../ports.js';
import { createAccounts, type Accounts } from './accounts.js';
import { createChains } from './chains.js';
import { createCommits, type Commits } from './commits.js';
import { createDevices, type Devices } from './devices.js';
import { createDownloads, type Downloads } from './downloads.js';
import { createFeed, type Feed } from './feed.js';
import { createHealth, type Health } from './health.js';
import { createLogin, type Login } from './login.js';
import { createNodeHistory, type NodeHistory } from './node-history.js';
import { createOpaque } from './opaque.js';
import { createPositions, type Positions } from './positions.js';
import { createRegistration, type Registration } from './registration.js';
import type { ServiceContext } from './service-context.js';
import { createSessions, type Sessions } from './sessions.js';
import { createTokenCredentials, type TokenCredentials } from './token-credentials.js';
import { createTokens, type Tokens } from './tokens.js';
import { createUploads, type Uploads } from './uploads.js';
import { createVaults, type Vaults } from './vaults.js';

export interface Services {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly registration: Registration;
  readonly login: Login;
  readonly devices: Devices;
  readonly tokenCredentials: TokenCredentials;
  readonly accounts: Accounts;
  readonly vaults: Vaults;
  readonly positions: Positions;
  readonly feed: Feed;
  readonly commits: Commits;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly nodeHistory: NodeHistory;
  readonly health: Health;
}

export interface ServiceSettings {
  readonly secrets: ServerSecrets;
  readonly blobs: BlobStore;
  readonly registrationOpen: boolean;
  /** Bytes per vault; 0 = no limit. */
  readonly quotaBytes: number;
  /** Aborted when the server begins to stop: whoever waits for news is answered. */
  readonly shutdown: AbortSignal;
}

export function createServices(context: ServiceContext, settings: ServiceSettings): Services {
  const { secrets, blobs, quotaBytes, shutdown } = settings;
  const chains = createChains();
  const opaque = createOpaque(secrets.opaqueSetup);
  const tokens = createTokens(secrets.jwtKeys);
  const sessions = createSessions({ ...context, tokens, chains, refreshKey: secrets.refreshKey });
  const feed = createFeed({ ...context, shutdown });
  return {
    tokens,
    sessions,
    registration: createRegistration({ ...context, opaque, sessions, open: settings.registrationOpen }),
    login: createLogin({ ...context, opaque, tokens, chains }),
    devices: createDevices({ ...context, chains, sessions }),
    tokenCredentials: createTokenCredentials({ ...context, chains, sessions }),
    accounts: createAccounts(context),
    vaults: createVaults({ ...context, chains }),
    positions: createPositions({ ...context, chains }),
    feed,
    commits: createCommits({ ...context, chains, feed }),
    uploads: createUploads({ ...context, blobs, quotaBytes }),
    downloads: createDownloads({ ...context, blobs }),
    nodeHistory: createNodeHistory(context),
    health: createHealth({ database: context.database, blobs, bus: context.bus }),
  };
}
