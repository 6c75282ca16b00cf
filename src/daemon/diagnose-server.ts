/** What the daemon can say about the account, its keys, the server and the way to it, for `fsync doctor`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { FsyncError, isFsyncError } from '../core/base/errors.js';
import { isOlderVersion, VERSION } from '../core/base/version.js';
import type { AccountDocument } from '../core/protocol/account-documents.js';
import type { Finding } from '../core/protocol/vault-documents.js';
import type { VaultClient } from './remote/remote-vault.js';
import type { EngineDeps } from './engine-deps.js';
import { readReply } from './remote/http-client.js';
import type { ManagedNotificationSocket, SocketHealth } from './remote/notification-socket.js';

export interface DiagnoseServerDeps {
  readonly account: { whoami(): AccountDocument; readonly client: VaultClient };
  readonly vaultApi: Pick<EngineDeps['vaultApi'], 'list'>;
  readonly serverOffsetMs: () => number;
  readonly socket: Pick<ManagedNotificationSocket, 'health'>;
  /** The setting that switches the WebSocket off. */
  readonly wantsSocket: () => boolean;
}

const SERVER_MS = 15_000;
/** Beyond this, times in the log mislead, and tokens may be refused. */
const CLOCK_MS = 30_000;
/** A daemon that has just started may be connecting. */
const SOCKET_MS = 8_000;
const LOOK_MS = 50;

export async function serverFindings(deps: DiagnoseServerDeps, signal: AbortSignal): Promise<readonly Finding[]> {
  const who = openAccount(deps);
  if (who instanceof FsyncError) return [accountTrouble(who)];
  const known = [accountFinding(who), keysFinding(who)];
  const patience = AbortSignal.any([signal, AbortSignal.timeout(SERVER_MS)]);
  try {
    await deps.vaultApi.list({ signal: patience });
  } catch (error) {
    return [...known, { name: 'server', level: 'problem', found: `${who.server}: ${messageOf(error)}`, mend: mendFor(error) }];
  }
  return [...known, await versionFinding(deps, who.server, patience), clockFinding(deps), await socketFinding(deps, signal)];
}

/** @returns why there is none */
function openAccount({ account }: DiagnoseServerDeps): AccountDocument | FsyncError {
  try {
    return account.whoami();
  } catch (error) {
    if (isFsyncError(error)) return error;
    throw error;
  }
}

/** Nobody is signed in, or who is cannot be opened: the keychain is gone, a passphrase is missing, a file is damaged. */
function accountTrouble(error: FsyncError): Finding {
  if (error.code === 'not_signed_in')
    return { name: 'account', level: 'warning', found: error.message, mend: 'Sign in: fsync login, or fsync register' };
  const isOfKeys = error.code === 'key_store_unavailable';
  const usual = isOfKeys
    ? 'Unlock or start the keychain that the keys are in, then: fsync daemon restart'
    : 'See its log: fsync daemon logs';
  return { name: isOfKeys ? 'keys' : 'account', level: 'problem', found: error.message, mend: error.hints[0] ?? usual };
}

function accountFinding({ user, device }: AccountDocument): Finding {
  return { name: 'account', level: 'ok', found: `${user} on ${device.name}`, mend: null };
}

const KEYS_IN = {
  keychain: 'in the keychain',
  'sealed-file': 'in a file sealed by a passphrase',
  token: 'in the token that FSYNC_TOKEN holds, nowhere on disk',
} as const;

function keysFinding({ keyStore }: AccountDocument): Finding {
  if (keyStore !== 'insecure-file') return { name: 'keys', level: 'ok', found: KEYS_IN[keyStore], mend: null };
  return {
    name: 'keys',
    level: 'warning',
    found: 'the secrets of this device are in a plain file',
    mend: 'Sign in again where there is a keychain, or set FSYNC_KEY_PASSPHRASE.',
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error && error.name !== 'TimeoutError' ? error.message : `no answer within ${String(SERVER_MS / 1000)} s`;
}

function mendFor(error: unknown): string {
  if (isFsyncError(error) && error.hints[0] !== undefined) return error.hints[0];
  return 'Check the address, the network and any proxy between.';
}

const liveReply = z.object({ version: z.string().max(100) });

async function versionFinding({ account }: DiagnoseServerDeps, server: string, signal: AbortSignal): Promise<Finding> {
  try {
    const { version } = readReply(liveReply, await account.client.send({ method: 'GET', path: '/health/live', signal }));
    const found = `${server} answers, version ${printable(version)}`;
    if (seriesOf(version) === seriesOf(VERSION)) return { name: 'server', level: 'ok', found, mend: null };
    const older = isOlderVersion(version, VERSION) ? 'the server' : 'this device';
    return { name: 'server', level: 'warning', found: `${found}, and this is ${VERSION}`, mend: `Update fsync on ${older}.` };
  } catch (error) {
    if (!isFsyncError(error) || error.code === 'aborted') throw error;
    // What matters was answered; a proxy may keep /health for itself.
    return { name: 'server', level: 'ok', found: `${server} answers`, mend: null };
  }
}

/** Releases of one series understand each other: the first number, and before 1.0 the second. */
function seriesOf(version: string): string {
  const [major = '', minor = ''] = version.split('.');
  return major === '0' ? `0.${minor}` : major;
}

function printable(text: string): string {
  return text.replace(/[^\w.+-]/g, '?');
}

function clockFinding({ serverOffsetMs }: DiagnoseServerDeps): Finding {
  const offsetMs = serverOffsetMs();
  if (Math.abs(offsetMs) < CLOCK_MS) return { name: 'clock', level: 'ok', found: 'as the server has it', mend: null };
  const found = `this clock is ${String(Math.abs(Math.round(offsetMs / 1000)))} s ${offsetMs > 0 ? 'behind' : 'ahead of'} the server's`;
  return { name: 'clock', level: 'warning', found, mend: 'Set the clock by the network, here or on the server: timedatectl set-ntp true' };
}

async function socketFinding(deps: DiagnoseServerDeps, signal: AbortSignal): Promise<Finding> {
  const finding = (level: Finding['level'], found: string, mend: string | null): Finding => ({ name: 'notifications', level, found, mend });
  if (!deps.wantsSocket()) return finding('ok', 'the WebSocket is switched off; the server is asked by long polls', null);
  const health = await settledHealth(deps.socket, signal);
  if (health.kind === 'connected') return finding('ok', 'by WebSocket', null);
  if (health.kind === 'unused') return finding('ok', 'no vault to listen for yet', null);
  return finding(
    'warning',
    `${describe(health)}; the server is asked by long polls`,
    'If there is a proxy, let it pass Upgrade and leave open connections alone; or: fsync config set network.websocket false',
  );
}

async function settledHealth(socket: DiagnoseServerDeps['socket'], signal: AbortSignal): Promise<SocketHealth> {
  for (let waitedMs = 0; waitedMs < SOCKET_MS && socket.health().kind === 'connecting'; waitedMs += LOOK_MS)
    await sleep(LOOK_MS, undefined, { signal });
  return socket.health();
}

function describe(health: Exclude<SocketHealth, { kind: 'connected' | 'unused' }>): string {
  switch (health.kind) {
    case 'connecting':
      return 'the WebSocket does not open, as when a proxy holds it back';
    case 'refused':
      return `a proxy, or the server, answers the WebSocket with status ${String(health.status)}`;
    case 'cut':
      return 'the WebSocket opens and is cut soon, again and again, as by a proxy';
    case 'deaf':
      return 'the WebSocket opens but nothing comes through, as when a proxy holds it back';
    case 'down':
      return `the WebSocket ends (${printableReason(health.reason)}), as when a proxy cuts it`;
  }
}

function printableReason(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 200);
}
