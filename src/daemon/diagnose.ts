/** What the daemon can say for `fsync doctor`: each thing looked at, how it is, and what to do about it. */
import { statfs } from 'node:fs/promises';
import { diskFinding } from '../core/home/disk-room.js';
import type { DiagnosisDocument, Finding } from '../core/protocol/vault-documents.js';
import { messageOf, serverFindings, type DiagnoseServerDeps } from './diagnose-server.js';
import type { Engine, WatchTrouble } from './engine.js';

export interface DiagnoseDeps extends DiagnoseServerDeps {
  readonly engine: Pick<Engine, 'attached' | 'status' | 'watchTroubles'>;
}

const LOW_DISK_BYTES = 512 * 1024 * 1024;

export async function diagnose(deps: DiagnoseDeps, { signal }: { signal: AbortSignal }): Promise<DiagnosisDocument> {
  const vaults = deps.engine.attached();
  const server = await serverFindings(deps, signal);
  const folders = await Promise.all(vaults.map(({ root, name }) => folderFinding(root, name)));
  const watching = deps.engine.watchTroubles().map(watchFinding);
  return { findings: [...server, ...vaults.map((vault) => vaultFinding(deps, vault)), ...watching, ...folders] };
}

const VAULT_MENDS: Readonly<Record<string, string>> = {
  paused: 'Go on: fsync resume',
  offline: 'Nothing is lost: it goes on by itself when the server can be reached.',
};

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
    mend: VAULT_MENDS[state] ?? null,
  };
}

/** What lifts each of the system's limits; see FolderWatcher.degraded. */
const LIMIT_MENDS: Readonly<Record<string, string>> = {
  'watch-limit': 'Raise the limit: sudo sysctl fs.inotify.max_user_watches=524288, then: fsync daemon restart',
  'watcher-limit': 'Raise the limit: sudo sysctl fs.inotify.max_user_instances=1024, then: fsync daemon restart',
  'permission-denied': 'Make the directories readable, or leave them out: fsync ignore',
};

function watchFinding({ root, reason, directories, subtrees }: WatchTrouble): Finding {
  const places = subtrees.map((path) => (path === '' ? root : `${root}/${path}`)).join(', ');
  const count = directories === 1 ? '1 directory is' : `${String(directories)} directories are`;
  return {
    name: 'watching',
    level: 'warning',
    found: `${count} looked at every 30 s only (${reason}): below ${places}`,
    mend: LIMIT_MENDS[reason] ?? 'See its log: fsync daemon logs',
  };
}

async function folderFinding(root: string, name: string): Promise<Finding> {
  const title = `disk of ${name}`;
  try {
    return diskFinding(title, root, { room: await statfs(root), lowBytes: LOW_DISK_BYTES });
  } catch (error) {
    return { name: title, level: 'problem', found: `${root}: ${messageOf(error)}`, mend: 'Mount the disk, or fsync detach the folder.' };
  }
}
