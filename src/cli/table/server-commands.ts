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

const START_OPTIONS: readonly OptionSpec[] = [
  option('host', 'HOST', 'Address to listen on. Default: 127.0.0.1.'),
  option('port', 'PORT', 'Port to listen on. Default: 8000.'),
  ...STORAGE_OPTIONS,
  option('database-pool', 'N', 'Most connections to PostgreSQL. Default: 10.'),
  option('redis-url', 'URL', 'Redis for notifications between replicas and for rate limits.'),
  option('redis-prefix', 'TEXT', 'Start of every key in Redis. Default: fsync:.'),
  option('tls-cert', 'FILE', 'PEM certificate chain; with it the server speaks https itself.', { completion: 'file' }),
  option('tls-key', 'FILE', 'PEM key of the certificate.', { completion: 'file' }),
  option('role', 'ROLE', 'What this process does.', { choices: ['all', 'api', 'ws', 'worker'] }),
  option('registration', 'HOW', 'Whether accounts can be made.', { choices: ['open', 'closed'] }),
  option('quota-bytes', 'N', 'Most bytes a vault may store; 0 for no limit. Default: 0.'),
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
];
