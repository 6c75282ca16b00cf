/**
 * The fields of every JSON document, by schema: the man pages list them, and replies of the daemon
 * are checked against them. A path names a field: 'pending.upload[].path' is in each entry of a list.
 */
export type FieldType = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'any';

export interface FieldShape {
  readonly type: FieldType;
  readonly nullable: boolean;
  /** The field may be missing. */
  readonly optional: boolean;
  readonly meaning: string;
}

export type DocumentShape = Readonly<Record<string, FieldShape>>;

type Mark = 'nullable' | 'optional';

const field =
  (type: FieldType) =>
  (meaning: string, ...marks: readonly Mark[]): FieldShape => ({
    type,
    nullable: marks.includes('nullable'),
    optional: marks.includes('optional'),
    meaning,
  });
const text = field('string');
const number = field('number');
const flag = field('boolean');
const group = field('object');
const list = field('array');
const any = field('any');

const change = (at: string): DocumentShape => ({
  [`${at}[].path`]: text('path in the vault'),
  [`${at}[].change`]: text('added, modified, moved, deleted or attributes'),
  [`${at}[].size`]: number('bytes; null where there is no content', 'nullable'),
  [`${at}[].from`]: text('where it was before a move', 'optional'),
});

const account: DocumentShape = {
  user: text('login name'),
  account: text('account id'),
  server: text('address of the server'),
  device: group('this device'),
  'device.id': text('device id'),
  'device.name': text('device name'),
  keyStore: text('where the secrets of the device are: keychain, sealed-file or insecure-file'),
};

const STATES = 'synced, syncing, offline, paused, conflicts, error or guarded';

export const JSON_SHAPES = {
  'fsync/register/1': { ...account, recoveryPhrase: text('24 words, shown once') },
  'fsync/whoami/1': account,
  'fsync/logout/1': { loggedOut: flag('always true') },
  'fsync/vaults/1': {
    vaults: list('vaults of the account'),
    'vaults[].id': text('vault id'),
    'vaults[].name': text('name'),
    'vaults[].role': text('owner, writer or reader'),
    'vaults[].sizeBytes': number('stored on the server'),
    'vaults[].members': number('members'),
    'vaults[].root': text('folder on this device', 'nullable'),
    'vaults[].state': text(STATES, 'nullable'),
  },
  'fsync/status/1': {
    vault: group('the vault'),
    'vault.id': text('vault id'),
    'vault.name': text('name'),
    'vault.root': text('folder on this device'),
    'vault.server': text('address of the server'),
    'vault.role': text('owner, writer or reader'),
    device: group('this device'),
    'device.id': text('device id'),
    'device.name': text('device name'),
    state: text(`${STATES}; conflicts only when all else is in sync`),
    reason: text('why it is not synced, for people', 'nullable'),
    head: group('newest commit that is known here'),
    'head.commit': number('its number'),
    'head.at': text('when the server took it', 'nullable'),
    lastSyncedAt: text('when folder and vault were last the same', 'nullable'),
    pending: group('what waits'),
    'pending.upload': list('at most 1000 changes'),
    ...change('pending.upload'),
    'pending.download': list('at most 1000 changes'),
    ...change('pending.download'),
    'pending.uploadCount': number('all changes to upload'),
    'pending.downloadCount': number('all changes to download'),
    transfer: group('what is being transferred', 'nullable'),
    'transfer.direction': text('up or down'),
    'transfer.filesDone': number('files'),
    'transfer.filesTotal': number('files'),
    'transfer.bytesDone': number('bytes'),
    'transfer.bytesTotal': number('bytes'),
    'transfer.bytesPerSecond': number('rate'),
    'transfer.etaMs': number('time left', 'nullable'),
    conflicts: list('unresolved conflicts'),
    'conflicts[].path': text('the file'),
    'conflicts[].copy': text('the conflict copy next to it'),
    'conflicts[].winner': text('device whose version has the name'),
    'conflicts[].loser': text('device whose version is the copy'),
    'conflicts[].at': text('when'),
    'conflicts[].binary': flag('cannot be merged line by line'),
    unsyncable: list('what cannot be synced'),
    'unsyncable[].path': text('path in the folder'),
    'unsyncable[].reason': text('why'),
    files: group('what the vault holds'),
    'files.count': number('files, directories and links'),
    'files.bytes': number('bytes of content'),
  },
  'fsync/log/1': {
    entries: list('commits, newest first'),
    'entries[].commit': number('number of the commit'),
    'entries[].at': text('when the server took it'),
    'entries[].device': group('device that made it'),
    'entries[].device.id': text('device id'),
    'entries[].device.name': text('device name'),
    'entries[].changes': list('what changed'),
    ...change('entries[].changes'),
  },
  'fsync/resolve/1': {
    resolved: list('settled conflicts'),
    'resolved[].path': text('the file'),
    'resolved[].copy': text('the former conflict copy'),
    'resolved[].choice': text('ours, theirs, both or merge'),
    remaining: list('conflicts that are still there'),
    'remaining[].path': text('the file'),
    'remaining[].copy': text('the conflict copy'),
    'remaining[].reason': text('why it could not be settled; null when it was not asked for', 'nullable'),
  },
  'fsync/pause/1': { roots: list('folders that are paused now'), 'roots[]': text('folder') },
  'fsync/resume/1': { roots: list('folders that go on now'), 'roots[]': text('folder') },
  'fsync/detach/1': { detached: flag('always true'), name: text('name of the vault'), root: text('folder, with its files') },
  'fsync/ignore/1': {
    file: text('the .fsyncignore file'),
    added: list('patterns that were appended'),
    'added[]': text('pattern'),
    present: list('patterns that were in the file already'),
    'present[]': text('pattern'),
    matching: group('what is in the folder and is ignored by the new patterns'),
    'matching.count': number('how many paths'),
    'matching.sample': list('at most 10 of them'),
    'matching.sample[]': text('path'),
  },
  'fsync/check-ignore/1': {
    paths: list('the paths that were asked for'),
    'paths[].path': text('path in the vault'),
    'paths[].ignored': flag('a rule hides it'),
    'paths[].rule': group('the rule that decided', 'nullable'),
    'paths[].rule.pattern': text('as written'),
    'paths[].rule.source': text('file of the rule, or (built in)'),
    'paths[].rule.line': number('its line'),
  },
  'fsync/config/1': {
    settings: list('settings'),
    'settings[].key': text('name'),
    'settings[].value': any('value in force'),
    'settings[].default': any('value when it is not set'),
    'settings[].meaning': text('what it does'),
  },
  'fsync/daemon-status/1': {
    pid: number('process id'),
    version: text('version of the daemon'),
    ipcVersion: number('version of the protocol on the socket'),
    socket: text('path of the socket'),
    startedAt: text('when it was started'),
    rssBytes: number('memory'),
    vaults: list('attached folders'),
    'vaults[].id': text('vault id'),
    'vaults[].name': text('name'),
    'vaults[].root': text('folder'),
    'vaults[].state': text(STATES),
  },
  'fsync/daemon-stop/1': { stopped: flag('false when it was not running') },
  'fsync/daemon-logs/1': {
    at: text('when'),
    level: text('debug, info, warn, error or fatal'),
    message: text('what'),
    fields: group('everything else that was logged'),
  },
} as const satisfies Record<string, DocumentShape>;

export type SchemaName = keyof typeof JSON_SHAPES;
