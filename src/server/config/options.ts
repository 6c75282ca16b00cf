/**
 * Every option of the server, once: its flag, its variable, its schema and its default. Flags win
 * over variables; a variable NAME_FILE names a file that holds the value (for secrets in containers).
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { FsyncError } from '../../core/base/errors.js';

const port = z.coerce.number().int().min(0).max(65_535);
const positive = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const natural = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const factor = z.coerce.number().min(0.001).max(1_000_000);
const text = z.string().min(1);
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const SHAPE = {
  host: text.default('127.0.0.1'),
  port: port.default(8000),
  dataDir: text,
  databaseUrl: text.optional(),
  databasePool: positive.max(200).default(10),
  redisUrl: text.optional(),
  redisPrefix: z
    .string()
    .regex(/^[A-Za-z0-9:_-]{1,64}$/)
    .default('fsync:'),
  tlsCert: text.optional(),
  tlsKey: text.optional(),
  role: z.enum(['api', 'ws', 'worker', 'all']).default('all'),
  registration: z.enum(['open', 'closed']).default('open'),
  quotaBytes: natural.default(0),
  retentionDays: natural.max(36_500).default(0),
  gcGraceDays: natural.max(3_650).default(7),
  deleteDelayHours: natural.max(87_600).default(72),
  trustedProxies: list.default([]),
  allowedOrigins: list.default([]),
  metrics: z.enum(['local', 'open', 'off']).default('local'),
  metricsToken: z.string().min(16).optional(),
  jwtKeys: text.optional(),
  opaqueSetup: text.optional(),
  refreshKey: text.optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('warn'),
  migrate: z.enum(['auto', 'check']).default('auto'),
  rateLimits: z.enum(['on', 'off']).default('on'),
  rateFactor: factor.default(1),
  rateLoopbackFactor: factor.default(100),
  drainMs: natural.max(60_000).default(0),
  maxConnections: positive.default(20_000),
} as const;

const optionsSchema = z.strictObject(SHAPE).refine((value) => (value.tlsCert === undefined) === (value.tlsKey === undefined), {
  message: 'a certificate needs its key, and a key its certificate',
  path: ['tlsCert'],
});

export type ServerOptions = z.infer<typeof optionsSchema>;
type OptionName = keyof typeof SHAPE;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Secrets are never taken from the command line, where every process of the machine could read them. */
const VARIABLE_ONLY: ReadonlySet<OptionName> = new Set(['metricsToken', 'jwtKeys', 'opaqueSetup', 'refreshKey']);

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variable = (name: string): string => `FSYNC_${kebab(name).replaceAll('-', '_').toUpperCase()}`;

const OPTION_NAMES = Object.keys(SHAPE).filter((name): name is OptionName => name in SHAPE);

/** The names of an option: what help and error messages show. */
export function optionNames(): readonly { readonly name: string; readonly flag: string | null; readonly variable: string }[] {
  return OPTION_NAMES.map((name) => ({ name, flag: VARIABLE_ONLY.has(name) ? null : `--${kebab(name)}`, variable: variable(name) }));
}

function fromFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new FsyncError('usage', `${name}: the file ${path} cannot be read`, { cause });
  }
}

function fromEnvironment(name: string, environment: Environment): string | undefined {
  const value = environment[name];
  if (value !== undefined && value !== '') return value;
  const path = environment[`${name}_FILE`];
  return path === undefined || path === '' ? undefined : fromFile(`${name}_FILE`, path);
}

/** $FSYNC_HOME/server, else the XDG data folder. */
function defaultDataDir(environment: Environment): string {
  const home = environment['FSYNC_HOME'];
  if (home !== undefined && home !== '') return `${home}/server`;
  const data = environment['XDG_DATA_HOME'];
  if (data !== undefined && data !== '') return `${data}/fsync/server`;
  return `${environment['HOME'] ?? '.'}/.local/share/fsync/server`;
}

function parseFlags(argv: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  const options = Object.fromEntries(
    OPTION_NAMES.filter((name) => !VARIABLE_ONLY.has(name)).map((name) => [kebab(name), { type: 'string' as const }]),
  );
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false, strict: true }).values;
  } catch (cause) {
    throw new FsyncError('usage', cause instanceof Error ? cause.message : 'the options cannot be read', {
      cause,
      hints: ['`fsync server --help` lists the options'],
    });
  }
}

/**
 * Reads the options of `fsync server start` and `migrate`.
 *
 * @throws FsyncError usage, naming the option and what is wrong with it (never its value)
 */
export function readServerOptions(argv: readonly string[], environment: Environment): ServerOptions {
  const flags = parseFlags(argv);
  const raw: Record<string, unknown> = { dataDir: defaultDataDir(environment) };
  for (const name of OPTION_NAMES) {
    const value = flags[kebab(name)] ?? fromEnvironment(variable(name), environment);
    if (value !== undefined) raw[name] = value;
  }
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? 'options');
    return `${variable(name)}: ${issue.message}`;
  });
  throw new FsyncError('usage', lines.join('; '));
}
