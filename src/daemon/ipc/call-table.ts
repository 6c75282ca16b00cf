/** What each call does: one line each, on the engine and the account service. */
import type { AccountDocument, RegisterDocument } from '../../core/protocol/account-documents.js';
import type { DaemonStatusDocument, IpcEvent, IpcMethod, IpcParams, IpcResult } from '../../core/protocol/ipc.js';
import type { DiagnosisDocument } from '../../core/protocol/vault-documents.js';
import type { DeviceCalls } from '../account/devices.js';
import type { TokenCalls } from '../account/tokens.js';
import type { Engine } from '../engine.js';

export interface CallContext {
  /** Aborted when the client hangs up or the daemon stops. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: IpcEvent) => void;
}

/** What the control API may ask of the account. */
export interface AccountCalls {
  register(params: IpcParams<'account.register'>, context: CallContext): Promise<RegisterDocument>;
  login(params: IpcParams<'account.login'>, context: CallContext): Promise<AccountDocument>;
  /** Forgets keys and session of this device; works offline. */
  logout(context: CallContext): Promise<void>;
  whoami(): AccountDocument;
}

export interface CallDeps {
  readonly engine: Engine;
  readonly account: AccountCalls;
  readonly devices: DeviceCalls;
  readonly tokens: TokenCalls;
  readonly settings: { reload(): unknown };
  readonly daemonStatus: () => DaemonStatusDocument;
  readonly diagnose: (context: CallContext) => Promise<DiagnosisDocument>;
  /** Starts the end of the process; returns at once. */
  readonly stop: () => void;
}

export type CallTable = { readonly [M in IpcMethod]: (params: IpcParams<M>, context: CallContext) => Promise<IpcResult<M>> };

export function createCallTable(deps: CallDeps): CallTable {
  const { engine, account, devices, tokens } = deps;
  return {
    'daemon.status': () => Promise.resolve(deps.daemonStatus()),
    'daemon.stop': () => {
      deps.stop();
      return Promise.resolve({ stopped: true });
    },
    'account.register': async (params, context) => {
      const document = await account.register(params, context);
      await engine.accountChanged();
      return document;
    },
    'account.login': async (params, context) => {
      const document = await account.login(params, context);
      await engine.accountChanged();
      return document;
    },
    'account.logout': async (_, context) => {
      await account.logout(context);
      await engine.accountChanged();
      return { loggedOut: true };
    },
    'account.whoami': () => resolved(() => account.whoami()),
    'device.list': (_, context) => devices.list(context),
    'device.rename': async (params, context) => {
      const document = await devices.rename(params, context);
      // Sessions write the name of their device into what they make.
      if (document.id === account.whoami().device.id) await engine.accountChanged();
      return document;
    },
    'device.revoke': (params, context) => devices.revoke(params, context),
    'account.lookup': (params, context) => engine.lookup(params, context),
    'vault.members': (params, context) => engine.members(params, context),
    'vault.share': (params, context) => engine.share(params, context),
    'vault.unshare': (params, context) => engine.unshare(params, context),
    'token.create': (params, context) => tokens.create(params, context),
    'token.list': (_, context) => tokens.list(context),
    'token.revoke': (params, context) => tokens.revoke(params, context),
    'vault.list': (_, context) => engine.listVaults(context),
    'vault.init': (params, context) => engine.init(params, context),
    'vault.clone': (params, context) => engine.clone(params, context),
    'vault.detach': async ({ root }) => ({ detached: true, ...(await engine.detach(root)) }),
    'vault.status': ({ root }) => resolved(() => engine.status(root)),
    'vault.pause': ({ root }) => resolved(() => ({ roots: engine.pause(root) })),
    'vault.resume': ({ root }) => resolved(() => ({ roots: engine.resume(root) })),
    'vault.sync': (params, context) => engine.sync(params, context),
    'vault.wait-for-devices': (params, context) => engine.vault.waitForDevices(params, context),
    'vault.log': (params, context) => engine.vault.log(params, context),
    'vault.ls': (params, context) => engine.vault.list(params, context),
    'vault.show': (params, context) => engine.vault.show(params, context),
    'vault.diff': (params, context) => engine.vault.diff(params, context),
    'vault.restore': (params, context) => engine.vault.restore(params, context),
    'vault.why': (params, context) => engine.vault.why(params, context),
    'vault.verify': (params, context) => engine.vault.verify(params, context),
    'vault.delete': (params, context) => engine.deleteVault(params, context),
    'daemon.diagnose': (_, context) => deps.diagnose(context),
    'vault.undo': (params, context) => engine.vault.undo(params, context),
    'vault.resolve': (params, context) => engine.resolve(params, context),
    'guard.show': ({ root }) => resolved(() => engine.guard(root)),
    'guard.decide': (params, context) => engine.decideGuard(params, context),
    'config.reload': () => {
      deps.settings.reload();
      return Promise.resolve({ reloaded: true });
    },
  };
}

async function resolved<T>(work: () => T): Promise<T> {
  return Promise.resolve(work());
}
