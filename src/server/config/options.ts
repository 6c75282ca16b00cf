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
  databaseTimeoutMs: positive.max(3_600_000).default(120_000),
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

/** What a command takes besides the options of the server. Names as on the command line, without dashes. */
export interface CommandExtras {
  readonly flags: readonly string[];
  readonly texts: readonly string[];
  /** Names of the operands, the required ones first. */
  readonly operands: readonly { readonly name: string; readonly required: boolean }[];
}

export interface CommandLine {
  readonly options: ServerOptions;
  readonly operands: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | null;
}

const NO_EXTRAS: CommandExtras = { flags: [], texts: [], operands: [] };

interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

function parseFlags(argv: readonly string[], extras: CommandExtras): Parsed {
  const texts = [...OPTION_NAMES.filter((name) => !VARIABLE_ONLY.has(name)).map(kebab), ...extras.texts];
  const options = Object.fromEntries([
    ...texts.map((name) => [name, { type: 'string' as const }]),
    ...extras.flags.map((name) => [name, { type: 'boolean' as const }]),
  ]) as Record<string, { type: 'string' | 'boolean' }>;
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: extras.operands.length > 0, strict: true });
    return { values, positionals };
  } catch (cause) {
    throw new FsyncError('usage', cause instanceof Error ? cause.message : 'the options cannot be read', {
      cause,
      hints: ['`fsync server --help` lists the options'],
    });
  }
}

function checkOperands(given: readonly string[], { operands }: CommandExtras): void {
  const missing = operands.find(({ required }, index) => required && given[index] === undefined);
  if (missing !== undefined)
    throw new FsyncError('usage', `${missing.name} is missing`, { hints: ['`fsync server --help` lists the commands'] });
  const surplus = given[operands.length];
  if (surplus !== undefined) throw new FsyncError('usage', `unexpected argument: ${surplus}`);
}

/**
 * Reads the options of `fsync server start` and `migrate`.
 *
 * @throws FsyncError usage, naming the option and what is wrong with it (never its value)
 */
export function readServerOptions(argv: readonly string[], environment: Environment): ServerOptions {
  return readCommandLine(argv, environment, NO_EXTRAS).options;
}

/**
 * Reads the options of any command of the server; flags win over variables.
 *
 * @throws FsyncError usage, naming the option and what is wrong with it (never its value)
 */
export function readCommandLine(argv: readonly string[], environment: Environment, extras: CommandExtras): CommandLine {
  const { values, positionals } = parseFlags(argv, extras);
  checkOperands(positionals, extras);
  const raw: Record<string, unknown> = { dataDir: defaultDataDir(environment) };
  for (const name of OPTION_NAMES) {
    const value = values[kebab(name)] ?? fromEnvironment(variable(name), environment);
    if (value !== undefined) raw[name] = value;
  }
  const given = (name: string): unknown => values[name] ?? fromEnvironment(extraVariable(name), environment);
  return {
    options: checkOptions(raw),
    operands: positionals,
    flag: (name) => {
      const value = given(name);
      return value === true || (typeof value === 'string' && /^(1|true|yes|on)$/i.test(value));
    },
    text: (name) => {
      const value = given(name);
      return typeof value === 'string' ? value : null;
    },
  };
}

const extraVariable = (name: string): string => `FSYNC_${name.replaceAll('-', '_').toUpperCase()}`;

function checkOptions(raw: Readonly<Record<string, unknown>>): ServerOptions {
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? 'options');
    return `${variable(name)}: ${issue.message}`;
  });
  throw new FsyncError('usage', lines.join('; '));
}
