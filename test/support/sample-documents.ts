/** One full example of each document of the control protocol: every field is there, nothing is empty. */
import type { AccountDocument, RegisterDocument } from '../../src/core/protocol/account-documents.js';
import type { GuardDocument } from '../../src/core/protocol/guard-document.js';
import type { DaemonStatusDocument, LogDocument, ResolveDocument, StatusDocument, VaultsDocument } from '../../src/core/protocol/ipc.js';
import type {
  ListDocument,
  RestoreDocument,
  UndoDocument,
  VerifyDocument,
  VersionDocument,
  WhyDocument,
} from '../../src/core/protocol/vault-documents.js';

import type { LookupDocument, MembersDocument, ShareDocument, UnshareDocument } from '../../src/core/protocol/member-documents.js';

const device = { id: '0123456789abcdef0123456789abcdef', name: 'laptop' };
const author = { account: 'b'.repeat(64), user: 'ada', verified: true };
const grace = { account: 'd'.repeat(64), user: 'grace', verified: false };
const at = '2026-11-22T14:02:11.120Z';

export function sampleStatus(root: string, changes: Partial<StatusDocument> = {}): StatusDocument {
  return {
    schema: 'fsync/status/1',
    vault: { id: 'a'.repeat(64), name: 'notes', root, server: 'https://sync.example.org', role: 'owner', rotationPending: false },
    device,
    state: 'synced',
    reason: null,
    hint: null,
    head: { commit: 412, at },
    lastSyncedAt: '2026-11-22T14:02:11.300Z',
    pending: { upload: [], download: [], uploadCount: 0, downloadCount: 0 },
    transfer: null,
    reading: null,
    conflicts: [],
    unsyncable: [],
    files: { count: 3, bytes: 1200 },
    unwatched: null,
    ...changes,
  };
}

/** A status in which every list has an entry. */
export function fullStatus(root: string): StatusDocument {
  return sampleStatus(root, {
    state: 'syncing',
    unwatched: { reason: 'watch-limit', directories: 2 },
    reason: 'uploading',
    pending: {
      upload: [
        { path: 'a.txt', change: 'modified', size: 12 },
        { path: 'new/name.txt', change: 'moved', size: 4_000, from: 'old name.txt' },
      ],
      download: [{ path: 'b.txt', change: 'deleted', size: null, from: 'c.txt' }],
      uploadCount: 2,
      downloadCount: 1,
    },
    transfer: {
      direction: 'up',
      filesDone: 2,
      filesTotal: 14,
      bytesDone: 1_048_576,
      bytesTotal: 12_582_912,
      bytesPerSecond: 3_145_728,
      etaMs: 4_000,
    },
    reading: {
      filesDone: 3,
      filesTotal: 4,
      bytesDone: 2_097_152,
      bytesTotal: 4_194_304,
      bytesPerSecond: 1_048_576,
      etaMs: 2_000,
    },
    conflicts: [
      {
        path: 'todo.md',
        copy: 'todo (conflict desktop 2026-11-22 140102 k3f9).md',
        winner: 'laptop',
        loser: 'desktop',
        at,
        binary: false,
      },
    ],
    unsyncable: [{ path: 'run.sock', reason: 'special-file' }],
  });
}

export const sampleAccount: AccountDocument = {
  schema: 'fsync/whoami/1',
  user: 'ada',
  account: 'b'.repeat(64),
  safetyWords: Array.from({ length: 12 }, (_, index) => `word${String(index + 1)}`).join(' '),
  server: 'https://sync.example.org',
  device,
  keyStore: 'keychain',
  token: null,
  sessionEnded: false,
};

export const sampleRegister: RegisterDocument = {
  ...sampleAccount,
  schema: 'fsync/register/1',
  recoveryPhrase: Array.from({ length: 24 }, (_, index) => `word${String(index + 1)}`).join(' '),
};

export const sampleVaults: VaultsDocument = {
  schema: 'fsync/vaults/1',
  vaults: [
    {
      id: 'a'.repeat(64),
      name: 'notes',
      role: 'owner',
      sizeBytes: 5_000_000,
      members: 2,
      devices: 3,
      root: '/home/me/notes',
      state: 'synced',
    },
    { id: 'c'.repeat(64), name: 'photos', role: 'reader', sizeBytes: 0, members: 1, devices: 2, root: null, state: null },
  ],
};

const words = Array.from({ length: 12 }, (_, index) => `word${String(index + 1)}`).join(' ');

export const sampleLookup: LookupDocument = { me: { user: 'ada', words }, person: { ...grace, verified: true, words } };

export const sampleMembers: MembersDocument = {
  schema: 'fsync/members/1',
  vault: { id: 'a'.repeat(64), name: 'notes', root: '/home/me/notes' },
  rotationPending: true,
  members: [
    { ...author, role: 'owner', current: true, words, since: at },
    { ...grace, role: 'reader', current: false, words, since: null },
  ],
};

const memberChange = { vault: { id: 'a'.repeat(64), name: 'notes' }, member: grace, commit: 4 };
export const sampleShare: ShareDocument = { schema: 'fsync/share/1', ...memberChange, role: 'writer', before: null };
export const sampleUnshare: UnshareDocument = { schema: 'fsync/unshare/1', ...memberChange, before: 'writer', rotationPending: true };

export const sampleLog: LogDocument = {
  schema: 'fsync/log/1',
  entries: [
    { commit: 4, at, author, device, member: { ...grace, role: 'writer', before: null }, changes: [], untold: 0 },
    { commit: 3, at, author, device, member: null, changes: [{ path: 'b.txt', change: 'moved', size: 5, from: 'a.txt' }], untold: 0 },
    {
      commit: 2,
      at,
      author,
      device,
      member: null,
      untold: 0,
      changes: [
        { path: 'a.txt', change: 'added', size: 5 },
        { path: 'dir', change: 'added', size: null },
      ],
    },
  ],
};

export const sampleList: ListDocument = {
  schema: 'fsync/ls/1',
  entries: [
    { path: 'a.txt', kind: 'file', state: 'synced', size: 5, commit: 2, at },
    { path: 'run.sock', kind: 'file', state: 'unsyncable', size: null, commit: null, at: null },
  ],
};

export const sampleVersion: VersionDocument = { path: 'a', kind: 'symlink', commit: 3, at, device, size: 0, target: 'b.txt', staged: null };

export const sampleRestore: RestoreDocument = {
  schema: 'fsync/restore/1',
  path: 'a.txt',
  to: 'a.txt',
  from: { commit: 2, at },
  commit: 4,
  changes: [{ path: 'a.txt', change: 'moved', size: 5, from: 'b.txt' }],
};

export const sampleUndo: UndoDocument = {
  schema: 'fsync/undo/1',
  undone: { kind: 'restore', first: 4, last: 4, at },
  commit: 5,
  changes: [{ path: 'a.txt', change: 'deleted', size: null }],
  kept: [{ path: 'b.txt', change: 'modified' }],
};

export const sampleWhy: WhyDocument = {
  schema: 'fsync/why/1',
  path: 'a.txt',
  kind: 'file',
  state: 'download',
  vault: { state: 'syncing', reason: null },
  waits: { path: 'a.txt', change: 'modified', size: 5, direction: 'down' },
  unsyncable: null,
  failure: { code: 'disk_full', message: 'no space', retryAt: at },
  conflict: { path: 'a.txt', copy: 'a (conflict).txt', winner: 'laptop', loser: 'desktop' },
  versions: { count: 7, newest: [{ commit: 3, at, device: 'laptop', change: 'modified' }] },
  devices: [{ name: 'laptop', user: 'ada', commit: 3, at, hasIt: true }],
};

export const sampleVerify: VerifyDocument = {
  schema: 'fsync/verify/1',
  files: 3,
  bytes: 1_200,
  changed: ['a.txt'],
  damaged: [],
  unreadable: [],
  server: { chunks: 4, missing: [], broken: [] },
};

export const sampleResolve: ResolveDocument = {
  schema: 'fsync/resolve/1',
  resolved: [{ path: 'todo.md', copy: 'todo (conflict desktop 2026-11-22 140102 k3f9).md', choice: 'ours' }],
  remaining: [{ path: 'x.bin', copy: 'x (conflict desktop 2026-11-22 140102 aaaa).bin', reason: 'binary: cannot be merged' }],
};

export const sampleGuard: GuardDocument = {
  schema: 'fsync/guard/1',
  vault: { id: 'a'.repeat(64), name: 'notes', root: '/home/me/notes' },
  guard: {
    id: '3f9a11c02b7e',
    cause: 'mass-change',
    reason: 'of 300 files, 200 would be deleted on the server',
    server: { deleted: 200, modified: 0, sample: [{ path: 'a.txt', change: 'deleted', size: null }] },
    folder: { deleted: 0, modified: 1, sample: [{ path: 'b.txt', change: 'modified', size: 7 }] },
    approve: 'lets it happen',
    reject: 'puts things back',
  },
  decision: null,
};

export function sampleDaemonStatus(socket: string): DaemonStatusDocument {
  return {
    schema: 'fsync/daemon-status/1',
    pid: 4242,
    version: '0.1.0',
    ipcVersion: 1,
    socket,
    startedAt: at,
    rssBytes: 80_000_000,
    vaults: [{ id: 'a'.repeat(64), name: 'notes', root: '/home/me/notes', state: 'synced' }],
  };
}
