/** What a daemon that works for a token answers: syncing and looking. Everything else is for devices. */
import { FsyncError } from '../../core/base/errors.js';
import type { IpcMethod } from '../../core/protocol/ipc.js';
import type { CallTable } from './call-table.js';

const FOR_TOKENS: ReadonlySet<string> = new Set<IpcMethod>([
  'daemon.status',
  'daemon.stop',
  'daemon.diagnose',
  'account.whoami',
  'vault.list',
  'vault.clone',
  'vault.detach',
  'vault.status',
  'vault.pause',
  'vault.resume',
  'vault.sync',
  'vault.wait-for-devices',
  'vault.log',
  'vault.ls',
  'vault.show',
  'vault.diff',
  'vault.restore',
  'vault.why',
  'vault.verify',
  'vault.undo',
  'vault.resolve',
  'guard.show',
  'guard.decide',
  'config.reload',
]);

/** The same table, in which all that is not for tokens is refused with `forbidden`. */
export function onlyForTokens(calls: CallTable): CallTable {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new FsyncError('forbidden', 'a token may not do this', { hints: ['Use a device that is signed in, without FSYNC_TOKEN.'] }),
    );
  const others = (Object.keys(calls) as IpcMethod[]).filter((method) => !FOR_TOKENS.has(method));
  return { ...calls, ...Object.fromEntries(others.map((method) => [method, refuse])) };
}
