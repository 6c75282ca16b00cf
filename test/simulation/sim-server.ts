/** The server's real services over SQLite in memory. One call runs from beginning to end before anything else happens. */
import knex from 'knex';
import { createMemoryBus } from '../../src/server/bus/memory-bus.js';
import type { Caller } from '../../src/server/http/route.js';
import type { NoticeBus } from '../../src/server/ports.js';
import { createChains } from '../../src/server/services/chains.js';
import { createCommits, type Commits } from '../../src/server/services/commits.js';
import { createDownloads, type Downloads } from '../../src/server/services/downloads.js';
import { createFeed, type Feed } from '../../src/server/services/feed.js';
import { createPositions, type Positions } from '../../src/server/services/positions.js';
import { createUploads, type Uploads } from '../../src/server/services/uploads.js';
import { createVaults } from '../../src/server/services/vaults.js';
import { appendLinks, insertAccount, upsertDevice } from '../../src/server/store/account-store.js';
import { endLeftTransactions, type Database } from '../../src/server/store/database.js';
import { migrateDatabase } from '../../src/server/store/schema.js';
import { keepStatements } from '../../src/server/store/statement-cache.js';
import { createServerMetrics } from '../../src/server/telemetry/metrics.js';
import type { ServiceContext } from '../../src/server/services/service-context.js';
import { simAccount, START_MS, type DeviceName } from './account.js';
import { Faults } from './faults.js';
import { AcceptedCommits } from './accepted-commits.js';
import { createMemoryBlobs } from './memory-blobs.js';
import { silentLogger } from './silent-logger.js';

export interface SimServer {
  /** Of its database, by statement, and of its blob store, by call. */
  readonly faults: Faults;
  readonly feed: Feed;
  readonly commits: AcceptedCommits;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly positions: Positions;
  readonly bus: NoticeBus;
  /** Makes a backup, in place of the one before. */
  save(): Promise<void>;
  /** Puts the backup back under a history of its own, as an operator does; false when there is none. */
  restore(): Promise<boolean>;
  close(): Promise<void>;
}

interface Connection {
  pragma(text: string): unknown;
  prepare(sql: string): unknown;
}

interface Serializable {
  serialize(): Buffer;
}

interface Acquiring {
  acquireConnection(): Promise<unknown>;
  releaseConnection(connection: unknown): Promise<void>;
}

/** `image`: the bytes of a database, which the driver takes in place of a file's name. Every statement is prepared before it runs. */
function openMemoryDatabase(image: Buffer | null, faults = new Faults()): Database {
  const afterCreate = (connection: Connection, done: (error: Error | null, connection: Connection) => void): void => {
    connection.pragma('foreign_keys = ON');
    keepStatements(connection);
    const prepare = connection.prepare.bind(connection);
    connection.prepare = (sql) => {
      faults.call('database');
      return prepare(sql);
    };
    done(null, connection);
  };
  const filename = (image ?? ':memory:') as string;
  const pool = { min: 1, max: 1, afterCreate };
  const database = knex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true, pool });
  endLeftTransactions(database);
  return database;
}

export function callerOf(device: DeviceName): Caller {
  const { account, credentials } = simAccount();
  const credential = credentials.get(device);
  if (credential === undefined) throw new Error(`no device ${device}`);
  return { account, device: credential.id, session: device, scope: null, expiresAt: Number.MAX_SAFE_INTEGER };
}

/** The database of a server with the account and its empty vault: made once, copied for each world. */
async function makeImage(): Promise<Buffer> {
  const database = openMemoryDatabase(null);
  const context = contextOf(database, () => START_MS);
  await migrateDatabase(database);
  const { account, credentials, links, genesis } = simAccount();
  const cards = { password: new Uint8Array(64), paper: new Uint8Array(64) };
  await insertAccount(database, { id: account, user: 'ada', opaqueRecord: '', cards, createdAt: START_MS });
  await appendLinks(database, account, 0, links);
  for (const { id } of credentials.values()) await upsertDevice(database, { account, id, nameSealed: new Uint8Array(64), now: START_MS });
  const keyBoxes = [{ epoch: 1, account, generation: 1, box: new Uint8Array(80) }];
  await createVaults({ ...context, chains }).create(callerOf('A'), { genesis, nameSealed: new Uint8Array(64), keyBoxes });
  const bytes = await imageOf(database);
  await database.destroy();
  return bytes;
}

async function imageOf(database: Database): Promise<Buffer> {
  const connection = (await (database.client as Acquiring).acquireConnection()) as Serializable;
  const bytes = connection.serialize();
  await (database.client as Acquiring).releaseConnection(connection);
  return bytes;
}

/** What the operator does to a backup while no server runs: faults of the server do not strike there. */
async function underNewHistory(bytes: Buffer, history: string): Promise<Buffer> {
  const database = openMemoryDatabase(bytes);
  await database('vaults').update({ history_id: history });
  const changed = await imageOf(database);
  await database.destroy();
  return changed;
}

function contextOf(database: Database, now: () => number): ServiceContext {
  const metrics = createServerMetrics({ version: 'simulation', processMetrics: false });
  return { database, clock: { now }, logger: silentLogger, metrics, bus: createMemoryBus() };
}

let image: Buffer | undefined;
/** The account is the same in every world, so it is verified once. */
const chains = createChains();

interface Services {
  readonly database: Database;
  readonly feed: Feed;
  readonly commits: Commits;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly positions: Positions;
}

interface Backup {
  readonly image: Buffer;
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly commits: number;
}

export async function startSimServer(now: () => number): Promise<SimServer> {
  image ??= await makeImage();
  return new RunningServer(now, image);
}

class RunningServer implements SimServer {
  readonly faults = new Faults();
  readonly bus = createMemoryBus();
  readonly commits: AcceptedCommits;
  readonly #now: () => number;
  readonly #blobs = createMemoryBlobs(() => {
    this.faults.call('blobs');
  });
  #services: Services;
  #backup: Backup | null = null;
  #restored = 0;

  constructor(now: () => number, bytes: Buffer) {
    this.#now = now;
    this.#services = this.#open(bytes);
    this.commits = new AcceptedCommits(() => this.#services.commits);
  }

  get feed(): Feed {
    return this.#services.feed;
  }

  get uploads(): Uploads {
    return this.#services.uploads;
  }

  get downloads(): Downloads {
    return this.#services.downloads;
  }

  get positions(): Positions {
    return this.#services.positions;
  }

  async save(): Promise<void> {
    this.#backup = { image: await imageOf(this.#services.database), blobs: this.#blobs.copy(), commits: this.commits.count };
  }

  async restore(): Promise<boolean> {
    if (this.#backup === null) return false;
    await this.#services.database.destroy();
    this.#restored += 1;
    this.#services = this.#open(await underNewHistory(this.#backup.image, `restored-${String(this.#restored)}`));
    this.#blobs.become(this.#backup.blobs);
    this.commits.goBackTo(this.#backup.commits);
    return true;
  }

  async close(): Promise<void> {
    await this.#services.database.destroy();
  }

  #open(bytes: Buffer): Services {
    const database = openMemoryDatabase(bytes, this.faults);
    const context = { ...contextOf(database, this.#now), bus: this.bus };
    const feed = createFeed({ ...context, shutdown: new AbortController().signal });
    return {
      database,
      feed,
      commits: createCommits({ ...context, chains, feed }),
      uploads: createUploads({ ...context, blobs: this.#blobs, quotaBytes: 0 }),
      downloads: createDownloads({ ...context, blobs: this.#blobs }),
      positions: createPositions({ ...context, chains }),
    };
  }
}
