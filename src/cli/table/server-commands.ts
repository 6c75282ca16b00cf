/** Commands about the server. Every option can also be given as a variable, which is what containers use. */
import type { CommandSpec, OptionSpec } from './command-spec.js';

/** FSYNC_DATABASE_URL for 'database-url'. */
function option(name: string, value: string, meaning: string, more: Pick<OptionSpec, 'choices' | 'completion'> = {}): OptionSpec {
  return { flags: `--${name} <${value}>`, meaning, variable: `FSYNC_${name.replaceAll('-', '_').toUpperCase()}`, ...more };
}

const STORAGE_OPTIONS: readonly OptionSpec[] = [
  option('data-dir', 'DIR', 'Folder of the embedded database and the stored packs. Default: fsync/server in the data folder of the user.', {
    completion: 'directory',
  }),
  option('database-url', 'URL', 'PostgreSQL to use instead of the embedded SQLite.'),
];

const COLLECTION_OPTIONS: readonly OptionSpec[] = [
  option('retention-days', 'N', 'Versions that were replaced longer ago than this go; 0 keeps all. The newest always stays. Default: 0.'),
  option('gc-grace-days', 'N', 'How long chunks stay that no version uses: it saves sending them again. Default: 7.'),
  option('delete-delay-hours', 'N', 'How long packs stay on the disk after nothing of them is in use. Default: 72.'),
];

const CARE_OPTIONS: readonly OptionSpec[] = [
  ...STORAGE_OPTIONS,
  option('log-level', 'LEVEL', 'The least severe messages that are logged.', { choices: ['debug', 'info', 'warn', 'error', 'silent'] }),
];

const START_OPTIONS: readonly OptionSpec[] = [
  option('host', 'HOST', 'Address to listen on. Default: 127.0.0.1.'),
  option('port', 'PORT', 'Port to listen on. Default: 8000.'),
  ...STORAGE_OPTIONS,
  option('database-pool', 'N', 'Most connections to PostgreSQL. Default: 10.'),
  option('database-timeout-ms', 'N', 'Longest wait for one answer of PostgreSQL, milliseconds. Default: 120000.'),
  option('redis-url', 'URL', 'Redis for notifications between replicas and for rate limits.'),
  option('redis-prefix', 'TEXT', 'Start of every key in Redis. Default: fsync:.'),
  option('tls-cert', 'FILE', 'PEM certificate chain; with it the server speaks https itself.', { completion: 'file' }),
  option('tls-key', 'FILE', 'PEM key of the certificate.', { completion: 'file' }),
  option('role', 'ROLE', 'What this process does.', { choices: ['all', 'api', 'ws', 'worker'] }),
  option('registration', 'HOW', 'Whether accounts can be made.', { choices: ['open', 'closed'] }),
  option('quota-bytes', 'N', 'Most bytes a vault may store; 0 for no limit. Default: 0.'),
  ...COLLECTION_OPTIONS,
  option('trusted-proxies', 'LIST', 'Addresses of proxies whose X-Forwarded-For is believed, with commas.'),
  option('allowed-origins', 'LIST', 'Origins of web pages that may call the server, with commas.'),
  option('metrics', 'WHO', 'Who may read /metrics.', { choices: ['local', 'open', 'off'] }),
  option('log-level', 'LEVEL', 'The least severe messages that are logged.', { choices: ['debug', 'info', 'warn', 'error', 'silent'] }),
  option('migrate', 'HOW', 'Apply missing migrations at the start (auto), or refuse to start without them (check).', {
    choices: ['auto', 'check'],
  }),
  option('rate-limits', 'ON', 'Limit how often one account or address may call.', { choices: ['on', 'off'] }),
  option('rate-factor', 'X', 'Multiplies all rate limits. Default: 1.'),
  option('rate-loopback-factor', 'X', 'Multiplies them for callers on this machine. Default: 100.'),
  option('drain-ms', 'MS', 'How long a stopping server tells its clients to go before it closes. Default: 0.'),
  option('max-connections', 'N', 'Most open connections. Default: 20000.'),
];

/** A switch, with its variable. */
function flag(name: string, meaning: string): OptionSpec {
  return { flags: `--${name}`, meaning, variable: `FSYNC_${name.replaceAll('-', '_').toUpperCase()}` };
}

const SERVER_CARE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'server gc',
    group: 'server',
    summary: 'Remove what nothing refers to',
    description:
      'Removes replaced versions beyond the retention, chunks that no version uses, and what deleted vaults left; packs of which less than half is in use are written anew. A running server does it by itself every six hours; this does it now, beside it.',
    operands: [],
    options: [...CARE_OPTIONS, ...COLLECTION_OPTIONS, flag('dry-run', 'Say what would go, and change nothing.')],
    examples: [
      { command: 'fsync server gc --data-dir /srv/fsync --dry-run', meaning: 'What would go' },
      { command: 'fsync server gc --data-dir /srv/fsync --retention-days 90', meaning: 'Versions that were replaced 90 days ago, too' },
    ],
    exits: [4, 9, 11],
    json: 'fsync/server-gc/1',
  },
  {
    name: 'server check',
    group: 'server',
    summary: 'Check that everything is there and right',
    description:
      'Checks of each vault that its log is complete and chained, that every node has its newest record, that every chunk lies in a pack that is there and as long as it was, and that sizes are counted right. A server may run beside. Exit code 9 says that something is damaged.',
    operands: [],
    options: [...CARE_OPTIONS, flag('read-data', 'Read every pack and compare its SHA-256, too.')],
    examples: [
      { command: 'fsync server check --data-dir /srv/fsync', meaning: 'The database, and that all packs are there' },
      { command: 'fsync server check --data-dir /srv/fsync --read-data --json', meaning: 'Every byte, for a script' },
    ],
    exits: [4, 9],
    json: 'fsync/server-check/1',
  },
  {
    name: 'server backup',
    group: 'server',
    summary: 'Copy a running server to a folder',
    description:
      'Copies the database as of one moment, the secrets, and then every pack that this database names. Packs that the folder has from an earlier backup are not copied again. The same command backs up SQLite and PostgreSQL. The folder holds the secrets of the server: only its owner can read it.',
    operands: [{ name: 'DIR', meaning: 'Folder of the backup; made when it is not there.', required: true, completion: 'directory' }],
    options: CARE_OPTIONS,
    examples: [
      { command: 'fsync server backup /backup/fsync --data-dir /srv/fsync', meaning: 'All of it, or what is new' },
      { command: 'FSYNC_DATABASE_URL=postgres://db/fsync fsync server backup /backup/fsync', meaning: 'With PostgreSQL' },
    ],
    exits: [4, 9, 11],
    json: 'fsync/server-backup/1',
  },
  {
    name: 'server restore',
    group: 'server',
    summary: 'Make a server of a backup',
    description:
      'Restores into a folder, and with --database-url into a database, that must be empty; every byte is checked. Devices notice that the server went back in time and change nothing until fsync guard approve; then they send again what the backup lacks. A restore that was broken off goes on when it is run again.',
    operands: [{ name: 'DIR', meaning: 'Folder of the backup.', required: true, completion: 'directory' }],
    options: CARE_OPTIONS,
    examples: [
      { command: 'fsync server restore /backup/fsync --data-dir /srv/fsync-new', meaning: 'Into a new folder' },
      {
        command: 'fsync server restore /backup/fsync --data-dir /srv/fsync-new --database-url postgres://db/new',
        meaning: 'Into PostgreSQL, whatever the backup was made of',
      },
    ],
    exits: [4, 9, 11],
    json: 'fsync/server-restore/1',
  },
  {
    name: 'server user',
    group: 'server',
    summary: 'List, switch off, limit and delete accounts',
    description:
      'Does one of these: list shows all accounts. disable lets no device of the account in any more, within seconds, and enable lets them go on. quota sets how many bytes all vaults of the account may take together: 5GiB, or none. delete removes the account with all its vaults; its public keys stay, so that what it signed in vaults of others can be verified.',
    operands: [
      {
        name: 'ACTION',
        meaning: 'What to do.',
        required: true,
        completion: 'none',
        choices: ['list', 'disable', 'enable', 'quota', 'delete'],
      },
      { name: 'NAME', meaning: 'Login name.', completion: 'none' },
      { name: 'BYTES', meaning: 'For quota: 5GiB, a number of bytes, or none.', completion: 'none' },
    ],
    options: [...CARE_OPTIONS, option('yes', 'NAME', 'For delete: the name again, instead of typing it on the terminal.')],
    examples: [
      { command: 'fsync server user list --data-dir /srv/fsync', meaning: 'Who there is, and what they use' },
      { command: 'fsync server user quota ada 20GiB --data-dir /srv/fsync', meaning: 'At most 20 GiB in all vaults of ada' },
      { command: 'fsync server user delete ada --yes ada --data-dir /srv/fsync', meaning: 'The account and its vaults' },
    ],
    exits: [4, 9],
    json: 'fsync/server-user/1',
  },
];

export const SERVER_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'server start',
    group: 'server',
    summary: 'Run the server',
    description:
      'Runs the server in this process until it is stopped. Without options it keeps everything in one folder; the same program runs as several replicas on PostgreSQL and Redis. A variable with _FILE after its name holds the path of a file with the value.',
    operands: [],
    options: START_OPTIONS,
    examples: [
      { command: 'fsync server start --data-dir /srv/fsync', meaning: 'SQLite and a folder, for this machine only' },
      { command: 'fsync server start --host :: --tls-cert cert.pem --tls-key key.pem', meaning: 'For everyone' },
      { command: 'FSYNC_DATABASE_URL=postgres://db/fsync FSYNC_REDIS_URL=redis://cache fsync server start', meaning: 'A replica' },
    ],
    exits: [],
    json: null,
  },
  {
    name: 'server migrate',
    group: 'server',
    summary: 'Bring the database to the current schema',
    description: 'Applies the migrations that the database lacks, and ends. fsync server start does it by itself.',
    operands: [],
    options: STORAGE_OPTIONS,
    examples: [
      { command: 'fsync server migrate --data-dir /srv/fsync', meaning: 'SQLite' },
      { command: 'fsync server migrate --database-url postgres://db/fsync', meaning: 'PostgreSQL, before a rolling update' },
    ],
    exits: [],
    json: null,
  },
  ...SERVER_CARE_COMMANDS,
];
