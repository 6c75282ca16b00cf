/**
 * The account of this device: signing in and out, its keys while the daemon runs, and the session
 * with its server. Opening it needs no network.
 */
import type { AccountState } from '../../core/account/chain.js';
import { verifyChain } from '../../core/account/chain.js';
import { safetyWords } from '../../core/account/safety-words.js';
import { fromBase64Url } from '../../core/base/bytes.js';
import type { Clock, Logger, RandomBytes } from '../../core/base/effects.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { accountReply, userName } from '../../core/protocol/http.js';
import type { AccountDocument, RegisterDocument } from '../../core/protocol/account-documents.js';
import type { IpcParams } from '../../core/protocol/ipc.js';
import type { AccountHolder, AccountKeys } from '../engine-deps.js';
import type { AccountRecord, Home } from '../home/home.js';
import type { AccountCalls, CallContext } from '../ipc/call-table.js';
import type { KeyStore, KeyStoreKind, ValueStore } from '../keys/key-store.js';
import { createAuthSession, storeSession, type AuthSession } from '../remote/auth-session.js';
import { readReply } from '../remote/http-client.js';
import type { SocketTarget } from '../remote/notification-socket.js';
import type { VaultClient } from '../remote/remote-vault.js';
import type { ServerConnection } from '../remote/server-connection.js';
import { parseServerUrl } from '../remote/server-url.js';
import { forgetAccountSecrets, loadDeviceSeed, openAccountKeys, storeAccountSecrets, storeDeviceSeed } from './account-secrets.js';
import type { ChainCache } from './chain-cache.js';
import { joinAccount, openUserKeys, registerAccount, type Enrolment } from './enrol.js';
import { checkNewPassword } from './password-gate.js';

export interface AccountServiceDeps {
  readonly home: Home;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
  readonly chains: ChainCache;
  readonly connect: (server: string, caFile: string | null) => ServerConnection;
  /** For signing in. */
  readonly chooseKeyStore: (options: { readonly insecureKeyFile: boolean }) => Promise<KeyStore>;
  /** The store that was chosen when this home signed in. */
  readonly openKeyStore: (kind: KeyStoreKind) => Promise<KeyStore>;
  /** What people should know about a store that protects little. */
  readonly keyStoreWarning: (kind: KeyStoreKind) => string | null;
}

export interface AccountService extends AccountHolder, AccountCalls {
  /** Opens what an earlier sign-in left. Trouble is kept for `require` and logged: the daemon starts all the same. */
  open(): Promise<void>;
  /** Requests in the session of whoever is signed in at that moment. */
  readonly client: VaultClient;
  socketTarget(): SocketTarget | null;
  /** @throws FsyncError not_signed_in */
  keyStore(): ValueStore;
  serverOffsetMs(): number;
  /** Asks the server for the own chain and new user keys. */
  refreshChain(signal: AbortSignal): Promise<AccountState>;
  /** This device has another name from now on; the server knows it already. */
  rename(deviceName: string): void;
  close(): void;
}

interface SignedIn {
  readonly record: AccountRecord;
  readonly store: KeyStore;
  readonly connection: ServerConnection;
  readonly session: AuthSession;
  keys: AccountKeys;
}

export function createAccountService(deps: AccountServiceDeps): AccountService {
  return new Service(deps);
}

class Service implements AccountService {
  private readonly deps: AccountServiceDeps;
  private readonly listeners = new Set<() => void>();
  private signedIn: SignedIn | null = null;
  private trouble: FsyncError | null = null;
  readonly client: VaultClient;

  constructor(deps: AccountServiceDeps) {
    this.deps = deps;
    this.client = {
      random: () => this.opened().session.random(),
      send: async (call) => this.opened().session.send(call),
      stream: async (call) => this.opened().session.stream(call),
    };
  }

  async open(): Promise<void> {
    try {
      const record = this.deps.home.account();
      if (record === null) return;
      const store = await this.deps.openKeyStore(record.keyStore);
      const keys = await openAccountKeys(store, record, this.deps.chains.load(record.account) ?? []);
      this.warnOfStore(store.kind);
      this.adopt(record, store, keys);
    } catch (error) {
      if (!isFsyncError(error)) throw error;
      this.trouble = error;
      this.deps.logger.error('the account of this device cannot be opened', { error });
    }
  }

  current(): AccountKeys | null {
    return this.signedIn?.keys ?? null;
  }

  require(): AccountKeys {
    return this.opened().keys;
  }

  keyStore(): KeyStore {
    return this.opened().store;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  serverOffsetMs(): number {
    return this.signedIn?.connection.clock.offsetMs() ?? 0;
  }

  socketTarget(): SocketTarget | null {
    if (this.signedIn === null) return null;
    const { connection, session } = this.signedIn;
    return { server: connection.http.server, caPem: connection.caPem, accessToken: session.accessToken, reject: session.reject };
  }

  async register(params: IpcParams<'account.register'>, context: CallContext): Promise<RegisterDocument> {
    const server = parseServerUrl(params.server);
    const user = parseUser(params.user);
    this.refuseSecondAccount(server, user, false);
    const weak = checkNewPassword(params.password, user);
    if (weak !== null) context.onEvent({ kind: 'warning', text: weak });
    const store = await this.chooseStore(params.insecureKeyFile, context);
    const connection = this.deps.connect(server, params.caFile ?? null);
    const request = { user, password: params.password, deviceName: params.device, signal: context.signal };
    const enrolment = await registerAccount({ ...this.deps, http: connection.http }, request);
    const document = await this.keep({ server, caFile: params.caFile ?? null, user, deviceName: params.device }, enrolment, {
      store,
      connection,
    });
    return { ...document, schema: 'fsync/register/1', recoveryPhrase: enrolment.recoveryPhrase };
  }

  async login(params: IpcParams<'account.login'>, context: CallContext): Promise<AccountDocument> {
    const server = parseServerUrl(params.server);
    const user = parseUser(params.user);
    this.refuseSecondAccount(server, user, true);
    const store = this.signedIn?.store ?? (await this.chooseStore(params.insecureKeyFile, context));
    const connection = this.deps.connect(server, params.caFile ?? null);
    const knownSeed = this.deps.home.account() === null ? null : await loadDeviceSeed(store);
    const request = { user, password: params.password, deviceName: params.device, signal: context.signal, knownSeed };
    const enrolment = await joinAccount({ ...this.deps, http: connection.http }, request);
    return this.keep({ server, caFile: params.caFile ?? null, user, deviceName: params.device }, enrolment, { store, connection });
  }

  async logout(context: CallContext): Promise<void> {
    const record = this.deps.home.account();
    if (record === null) throw notSignedIn();
    if (this.signedIn !== null) {
      await this.signedIn.session.end(AbortSignal.any([context.signal, AbortSignal.timeout(5_000)]));
      await forgetAccountSecrets(this.signedIn.store);
      this.signedIn.connection.http.close();
    }
    this.deps.home.setAccount(null);
    this.deps.chains.drop(record.account);
    this.signedIn = null;
    this.trouble = null;
    this.changed();
  }

  whoami(): AccountDocument {
    return { ...documentOf(this.opened().record), sessionEnded: this.opened().session.hasEnded };
  }

  async refreshChain(signal: AbortSignal): Promise<AccountState> {
    const { session, store, keys, record } = this.opened();
    const reply = readReply(accountReply, await session.send({ method: 'GET', path: '/account', signal }));
    const links = reply.chain.map(fromBase64Url);
    const chain = verifyChain(links, { expectAccount: record.account, pinned: { seq: keys.chain.seq, hash: keys.chain.headHash } });
    if (chain.seq === keys.chain.seq) return keys.chain;
    const userKeys = new Map([...keys.userKeys, ...openUserKeys(keys.credential, chain, reply.boxes)]);
    this.deps.chains.save(record.account, links);
    await storeAccountSecrets(store, { userKeys, chain });
    if (this.signedIn?.record !== record) throw notSignedIn();
    this.signedIn.keys = { ...keys, userKeys, chain };
    this.changed();
    return chain;
  }

  rename(deviceName: string): void {
    const signedIn = this.opened();
    const device = { id: signedIn.record.device.id, name: deviceName };
    const record = { ...signedIn.record, device };
    this.deps.home.setAccount(record);
    this.signedIn = { ...signedIn, record, keys: { ...signedIn.keys, device } };
    this.changed();
  }

  close(): void {
    this.signedIn?.connection.http.close();
  }

  private async keep(
    who: { readonly server: string; readonly caFile: string | null; readonly user: string; readonly deviceName: string },
    enrolment: Enrolment,
    { store, connection }: Pick<SignedIn, 'store' | 'connection'>,
  ): Promise<AccountDocument> {
    const { chain, credential, userKeys } = enrolment;
    await storeDeviceSeed(store, enrolment.deviceSeed);
    await storeAccountSecrets(store, enrolment);
    await storeSession(store, enrolment.session, this.deps.clock.now());
    this.deps.chains.save(chain.accountId, enrolment.links);
    const device = { id: credential.id, name: who.deviceName };
    const record: AccountRecord = {
      user: who.user,
      account: chain.accountId,
      server: who.server,
      caFile: who.caFile,
      device,
      keyStore: store.kind,
    };
    // Last: from here on the home counts as signed in.
    this.deps.home.setAccount(record);
    this.signedIn?.connection.http.close();
    this.adopt(
      record,
      store,
      { account: chain.accountId, user: who.user, server: who.server, device, credential, userKeys, chain, scope: null },
      connection,
    );
    return documentOf(record);
  }

  private adopt(record: AccountRecord, store: KeyStore, keys: AccountKeys, connected?: ServerConnection): void {
    const connection = connected ?? this.deps.connect(record.server, record.caFile);
    const session = createAuthSession({
      http: connection.http,
      keys: store,
      credential: keys.credential,
      clock: this.deps.clock,
      logger: this.deps.logger,
      random: connection.random,
      serverOffsetMs: connection.clock.offsetMs,
    });
    this.signedIn = { record, store, connection, session, keys };
    this.trouble = null;
    this.changed();
  }

  private opened(): SignedIn {
    if (this.signedIn !== null) return this.signedIn;
    throw this.trouble ?? notSignedIn();
  }

  private refuseSecondAccount(server: string, user: string, sameIsFine: boolean): void {
    const record = this.deps.home.account();
    if (record === null || (sameIsFine && record.server === server && record.user === user)) return;
    throw new FsyncError('already_exists', `this device is signed in as ${record.user} at ${record.server}`, {
      hints: ['Sign out first: fsync logout'],
    });
  }

  private async chooseStore(insecureKeyFile: boolean, context: CallContext): Promise<KeyStore> {
    const store = await this.deps.chooseKeyStore({ insecureKeyFile });
    const warning = this.warnOfStore(store.kind);
    if (warning !== null) context.onEvent({ kind: 'warning', text: warning });
    return store;
  }

  private warnOfStore(kind: KeyStoreKind): string | null {
    const warning = this.deps.keyStoreWarning(kind);
    if (warning !== null) this.deps.logger.warn(warning);
    return warning;
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

function parseUser(text: string): string {
  const parsed = userName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new FsyncError('invalid_input', 'a user name has 1 to 64 of the characters a-z 0-9 . _ @ -', {
    hints: ['Choose one with --user NAME'],
  });
}

function documentOf({ user, account, server, device, keyStore }: AccountRecord): AccountDocument {
  return { schema: 'fsync/whoami/1', user, account, safetyWords: safetyWords(account), server, device, keyStore, token: null };
}

function notSignedIn(): FsyncError {
  return new FsyncError('not_signed_in', 'nobody is signed in on this device', {
    hints: ['fsync login --server URL, or fsync register --server URL'],
  });
}
