/**
 * The account as a token sees it: signed in by what is in the environment, enrolling nothing. Kept on
 * disk are public chains and, sealed, which account it is and the newest heads; the token never is.
 */
import { verifyChain, type AccountState } from '../../core/account/chain.js';
import { safetyWords } from '../../core/account/safety-words.js';
import { openTokenName, parseToken, type TokenSecret } from '../../core/account/token-secret.js';
import { fromBase64Url } from '../../core/base/bytes.js';
import type { Clock, Logger } from '../../core/base/effects.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { VaultId } from '../../core/base/ids.js';
import type { AccountDocument } from '../../core/protocol/account-documents.js';
import { chainReply } from '../../core/protocol/http.js';
import type { TokenSession } from '../../core/protocol/token-http.js';
import type { AccountKeys } from '../engine-deps.js';
import { deadline } from '../home/deadline.js';
import type { Home } from '../home/home.js';
import type { ValueStore } from '../keys/key-store.js';
import type { AccessSession } from '../remote/auth-session.js';
import { readReply } from '../remote/http-client.js';
import type { SocketTarget } from '../remote/notification-socket.js';
import type { VaultClient } from '../remote/remote-vault.js';
import { fullJitterMs } from '../remote/retry-delay.js';
import type { ServerConnection } from '../remote/server-connection.js';
import { parseServerUrl } from '../remote/server-url.js';
import { createTokenSession } from '../remote/token-session.js';
import type { AccountService } from './account-service.js';
import type { ChainCache } from './chain-cache.js';
import { loadHolder, scopeIn, storeHolder, type TokenHolder } from './token-holder.js';

export interface TokenAccountDeps {
  /** FSYNC_TOKEN, FSYNC_SERVER and FSYNC_CA_FILE. */
  readonly env: { readonly token: string; readonly server: string | null; readonly caFile: string | null };
  readonly home: Pick<Home, 'account'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly chains: ChainCache;
  readonly connect: (server: string, caFile: string | null) => ServerConnection;
  readonly openStore: (token: TokenSecret) => ValueStore;
  /** As last seen, from disk; null when it never was. */
  readonly vaultName: (keys: AccountKeys, vault: VaultId) => string | null;
}

interface Opened {
  readonly token: TokenSecret;
  readonly store: ValueStore;
  readonly connection: ServerConnection;
  readonly session: AccessSession;
}

/** The command line waits ten seconds for the daemon: a server that does not answer is asked again later. */
const FIRST_ANSWER_MS = 6_000;
const RETRY = { baseMs: 1_000, capMs: 15_000 };

export function createTokenAccount(deps: TokenAccountDeps): AccountService {
  return new TokenAccount(deps);
}

class TokenAccount implements AccountService {
  private readonly deps: TokenAccountDeps;
  private readonly listeners = new Set<() => void>();
  private readonly closing = new AbortController();
  private opened: Opened | null = null;
  private keys: AccountKeys | null = null;
  private trouble: FsyncError | null = null;
  private retry: NodeJS.Timeout | null = null;
  readonly client: VaultClient;

  constructor(deps: TokenAccountDeps) {
    this.deps = deps;
    this.client = {
      random: () => this.parts().session.random(),
      send: async (call) => this.parts().session.send(call),
      stream: async (call) => this.parts().session.stream(call),
    };
  }

  async open(): Promise<void> {
    try {
      this.opened = this.prepare();
      await this.remember(this.opened);
      if (this.keys === null) await this.signIn(0);
    } catch (error) {
      this.fail(error);
    }
  }

  current(): AccountKeys | null {
    return this.keys;
  }

  require(): AccountKeys {
    if (this.keys !== null) return this.keys;
    throw this.trouble ?? new FsyncError('unavailable', 'the server has not answered yet', { hints: ['Try again in a moment.'] });
  }

  keyStore(): ValueStore {
    return this.parts().store;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  serverOffsetMs(): number {
    return this.opened?.connection.clock.offsetMs() ?? 0;
  }

  socketTarget(): SocketTarget | null {
    if (this.opened === null || this.keys === null) return null;
    const { connection, session } = this.opened;
    return { server: connection.http.server, caPem: connection.caPem, accessToken: session.accessToken, reject: session.reject };
  }

  whoami(): AccountDocument {
    const keys = this.require();
    const { user, account, server, device, scope } = keys;
    const token = {
      vaults: (scope?.vaults ?? []).map((id) => ({ id, name: this.deps.vaultName(keys, id) })),
      access: scope?.write === true ? ('write' as const) : ('read' as const),
      expiresAt: new Date(scope?.expiresAt ?? 0).toISOString(),
    };
    return { schema: 'fsync/whoami/1', user, account, safetyWords: safetyWords(account), server, device, keyStore: 'token', token };
  }

  async refreshChain(signal: AbortSignal): Promise<AccountState> {
    const { account, user, device } = this.require();
    const call = { method: 'GET', path: `/accounts/${account}/chain`, signal } as const;
    const links = readReply(chainReply, await this.client.send(call)).links.map(fromBase64Url);
    await this.adopt({ account, user, name: device.name }, links);
    return this.require().chain;
  }

  register(): Promise<never> {
    return Promise.reject(notForTokens());
  }

  login(): Promise<never> {
    return Promise.reject(notForTokens());
  }

  logout(): Promise<never> {
    return Promise.reject(notForTokens());
  }

  rename(): never {
    throw notForTokens();
  }

  close(): void {
    this.closing.abort(new FsyncError('aborted', 'the daemon is stopping'));
    if (this.retry !== null) clearTimeout(this.retry);
    this.opened?.connection.http.close();
  }

  private prepare(): Opened {
    const { env, home, clock, connect, openStore } = this.deps;
    const record = home.account();
    if (record !== null) {
      throw new FsyncError('usage', `FSYNC_TOKEN is set, but this home is signed in as ${record.user}`, {
        hints: ['Give the job a home of its own with FSYNC_HOME, or unset FSYNC_TOKEN.'],
      });
    }
    const token = parseToken(env.token);
    if (env.server === null) {
      throw new FsyncError('usage', 'FSYNC_TOKEN needs to know the server', { hints: ['Set FSYNC_SERVER to its address.'] });
    }
    const connection = connect(parseServerUrl(env.server), env.caFile);
    const session = createTokenSession({
      http: connection.http,
      token,
      clock,
      random: connection.random,
      serverOffsetMs: connection.clock.offsetMs,
      onSignedIn: (reply) => this.signedIn(reply),
    });
    return { token, store: openStore(token), connection, session };
  }

  /** What an earlier process learnt: enough to begin without the server. */
  private async remember({ store }: Opened): Promise<void> {
    const known = await loadHolder(store);
    const links = known === null ? null : this.deps.chains.load(known.account);
    if (known !== null && links !== null) await this.adopt(known, links);
  }

  private async signIn(failures: number): Promise<void> {
    const late = (): FsyncError => new FsyncError('timed_out', 'the server did not answer in time');
    try {
      await deadline(this.parts().session.accessToken(this.closing.signal), FIRST_ANSWER_MS, late);
    } catch (error) {
      if (!isFsyncError(error) || error.kind.category !== 'network') throw error;
      this.fail(error);
      if (this.closing.signal.aborted) return;
      const delayMs = fullJitterMs(failures, RETRY, this.parts().connection.random);
      this.retry = setTimeout(() => void this.signIn(failures + 1).catch((thrown: unknown) => this.fail(thrown)), delayMs);
    }
  }

  private async signedIn(reply: TokenSession): Promise<void> {
    const { token } = this.parts();
    const name = openTokenName(token, fromBase64Url(reply.nameSealed));
    await this.adopt({ account: reply.accountId, user: reply.user, name }, reply.links.map(fromBase64Url));
  }

  /** The chain proves the account: the token's own proof in it names the account that it was made for. */
  private async adopt(holder: Omit<TokenHolder, 'pin'>, links: readonly Uint8Array[]): Promise<void> {
    const { token, store, connection } = this.parts();
    const known = await loadHolder(store);
    const chain = verifyChain(links, {
      expectAccount: known?.account ?? holder.account,
      ...(known === null ? {} : { pinned: known.pin }),
    });
    const scope = scopeIn(chain, token.credential.id);
    const before = this.keys;
    if (before?.chain.seq === chain.seq && before.device.name === holder.name) return;
    this.deps.chains.save(chain.accountId, links);
    await storeHolder(store, { ...holder, pin: { seq: chain.seq, hash: chain.headHash } });
    const device = { id: token.credential.id, name: holder.name };
    const { server } = connection.http;
    this.keys = {
      account: chain.accountId,
      user: holder.user,
      server,
      device,
      credential: token.credential,
      userKeys: new Map(),
      chain,
      scope,
    };
    this.trouble = null;
    if (before === null) for (const listener of this.listeners) listener();
  }

  private parts(): Opened {
    if (this.opened !== null) return this.opened;
    throw this.trouble ?? notForTokens();
  }

  /** Kept for `require` and logged: the daemon starts all the same. */
  private fail(error: unknown): void {
    const trouble = isFsyncError(error) ? error : new FsyncError('internal', 'the token could not be opened', { cause: error });
    this.trouble = trouble;
    this.deps.logger.error('the token cannot be used', { code: trouble.code, error: trouble });
  }
}

function notForTokens(): FsyncError {
  return new FsyncError('forbidden', 'FSYNC_TOKEN is set: this is for devices', {
    hints: ['Unset FSYNC_TOKEN, or use a device that is signed in.'],
  });
}
