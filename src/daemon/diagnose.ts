/** What the daemon can say for `fsync doctor`: each thing looked at, how it is, and what to do about it. */
import { statfs } from 'node:fs/promises';
import { isFsyncError } from '../core/base/errors.js';
import type { AccountDocument } from '../core/protocol/account-documents.js';
import type { DiagnosisDocument, Finding } from '../core/protocol/vault-documents.js';
import type { Engine } from './engine.js';
import type { EngineDeps } from './engine-deps.js';

export interface DiagnoseDeps {
  readonly engine: Pick<Engine, 'attached' | 'status' | 'watchTroubles'>;
  readonly account: EngineDeps['account'] & { whoami(): AccountDocument };
  readonly vaultApi: Pick<EngineDeps['vaultApi'], 'list'>;
  readonly serverOffsetMs: () => number;
  readonly socket: Pick<EngineDeps['socket'], 'connected'>;
  /** The setting that switches the WebSocket off. */
  readonly wantsSocket: () => boolean;
}

const KEYS_IN = {
  keychain: 'in the keychain',
  'sealed-file': 'in a file sealed by a passphrase',
  token: 'in the token that FSYNC_TOKEN holds, nowhere on disk',
} as const;
const SERVER_MS = 15_000;
/** Beyond this, times in the log mislead, and tokens may be refused. */
const CLOCK_MS = 30_000;
const LOW_DISK_BYTES = 512 * 1024 * 1024;

export async function diagnose(deps: DiagnoseDeps, { signal }: { signal: AbortSignal }): Promise<DiagnosisDocument> {
  const vaults = deps.engine.attached();
  const server = await serverFindings(deps, signal);
  const folders = await Promise.all(vaults.map(({ root, name }) => diskFinding(root, name)));
  return { findings: [...server, ...vaults.map((vault) => vaultFinding(deps, vault)), ...watchFindings(deps), ...folders] };
}

async function serverFindings(deps: DiagnoseDeps, signal: AbortSignal): Promise<readonly Finding[]> {
  const account = deps.account.current();
  if (account === null) {
    return [
      { name: 'account', level: 'warning', found: 'nobody is signed in on this device', mend: 'Sign in: fsync login, or fsync register' },
    ];
  }
  const { keyStore, user, device } = deps.account.whoami();
  const signedIn: Finding = { name: 'account', level: 'ok', found: `${user} on ${device.name}`, mend: null };
  const keys: Finding =
    keyStore === 'insecure-file'
      ? {
          name: 'keys',
          level: 'warning',
          found: 'the secrets of this device are in a plain file',
          mend: 'Sign in again where there is a keychain, or set FSYNC_KEY_PASSPHRASE.',
        }
      : { name: 'keys', level: 'ok', found: KEYS_IN[keyStore], mend: null };
  try {
    await deps.vaultApi.list({ signal: AbortSignal.any([signal, AbortSignal.timeout(SERVER_MS)]) });
  } catch (error) {
    return [signedIn, keys, { name: 'server', level: 'problem', found: `${account.server}: ${messageOf(error)}`, mend: mendFor(error) }];
  }
  return [
    signedIn,
    keys,
    { name: 'server', level: 'ok', found: `${account.server} answers`, mend: null },
    clockFinding(deps),
    socketFinding(deps),
  ];
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.name !== 'TimeoutError' ? error.message : `no answer within ${String(SERVER_MS / 1000)} s`;
}

function mendFor(error: unknown): string {
  if (isFsyncError(error) && error.hints[0] !== undefined) return error.hints[0];
  return 'Check the address, the network and any proxy between.';
}

function clockFinding({ serverOffsetMs }: DiagnoseDeps): Finding {
  const seconds = Math.round(serverOffsetMs() / 1000);
  if (Math.abs(serverOffsetMs()) < CLOCK_MS) return { name: 'clock', level: 'ok', found: 'as the server has it', mend: null };
  const found = `this clock is ${String(Math.abs(seconds))} s ${seconds > 0 ? 'behind' : 'ahead of'} the server's`;
  return { name: 'clock', level: 'warning', found, mend: 'Set the clock by the network: timedatectl set-ntp true' };
}

function socketFinding({ socket, wantsSocket }: DiagnoseDeps): Finding {
  if (socket.connected) return { name: 'notifications', level: 'ok', found: 'by WebSocket', mend: null };
  if (!wantsSocket())
    return { name: 'notifications', level: 'ok', found: 'the WebSocket is switched off; the server is asked by long polls', mend: null };
  const mend = 'A proxy may cut WebSockets: let it pass Upgrade, or set network.websocket to false.';
  return { name: 'notifications', level: 'warning', found: 'no WebSocket; the server is asked by long polls', mend };
}

function vaultFinding({ engine }: DiagnoseDeps, { name, root }: { name: string; root: string }): Finding {
  const { state, reason } = engine.status(root);
  const found = `${root}: ${state}${reason === null ? '' : `, ${reason}`}`;
  if (state === 'error' || state === 'guarded')
    return { name: `vault ${name}`, level: 'problem', found, mend: `See: fsync status ${root}` };
  if (state === 'conflicts') return { name: `vault ${name}`, level: 'warning', found, mend: 'Settle them: fsync resolve' };
  return {
    name: `vault ${name}`,
    level: state === 'offline' || state === 'paused' ? 'warning' : 'ok',
    found,
    mend: state === 'paused' ? 'Go on: fsync resume' : null,
  };
}

function watchFindings({ engine }: DiagnoseDeps): readonly Finding[] {
  return engine.watchTroubles().map(({ root, reason, directories }) => ({
    name: 'watching',
    level: 'warning' as const,
    found: `${String(directories)} directories of ${root} are looked at from time to time only: ${reason}`,
    mend: 'Raise the limit: sudo sysctl fs.inotify.max_user_watches=524288',
  }));
}

async function diskFinding(root: string, name: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(root);
    const free = `${String(Math.floor((bavail * bsize) / (1024 * 1024)))} MiB free`;
    if (bavail * bsize >= LOW_DISK_BYTES) return { name: `disk of ${name}`, level: 'ok', found: free, mend: null };
    return { name: `disk of ${name}`, level: 'problem', found: free, mend: 'Make room: files that do not fit are not downloaded.' };
  } catch (error) {
    return {
      name: `disk of ${name}`,
      level: 'problem',
      found: `${root}: ${messageOf(error)}`,
      mend: 'Mount the disk, or fsync detach the folder.',
    };
  }
}
