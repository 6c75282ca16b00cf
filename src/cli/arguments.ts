/** What was typed for one command, read by name; an option that is absent is taken from its environment variable. */
import { FsyncError } from '../core/base/errors.js';
import { parseDuration } from './output/quantities.js';
import { commandOptions, splitFlags, type CommandSpec } from './table/command-spec.js';

export interface Arguments {
  readonly operands: readonly string[];
  /** The option was given, or its variable is '1', 'true', 'yes' or 'on'. */
  flag(name: string): boolean;
  text(name: string): string | null;
  /** Every value of an option that may be given several times. */
  texts(name: string): readonly string[];
  /** Whole number from `min`. @throws FsyncError usage */
  integer(name: string, min: number): number | null;
  /** Milliseconds of a duration in seconds, or with a unit. @throws FsyncError usage */
  milliseconds(name: string): number | null;
}

export interface ArgumentsInput {
  readonly spec: CommandSpec;
  readonly operands: readonly string[];
  /** As the parser gives them: by camel-case long name. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function createArguments({ spec, operands, options, env }: ArgumentsInput): Arguments {
  const variables = new Map(commandOptions(spec).map((option) => [splitFlags(option.flags).long?.slice(2) ?? '', option.variable]));
  const value = (name: string): unknown => {
    const given = options[name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    if (given !== undefined) return given;
    const variable = variables.get(name);
    const inherited = variable === undefined ? undefined : env[variable];
    return inherited === '' ? undefined : inherited;
  };
  const text = (name: string): string | null => {
    const given = value(name);
    return typeof given === 'string' ? given : null;
  };
  return {
    operands,
    flag(name) {
      const given = value(name);
      return given === true || (typeof given === 'string' && /^(1|true|yes|on)$/i.test(given));
    },
    text,
    texts(name) {
      const given = value(name);
      return Array.isArray(given) ? given.filter((one) => typeof one === 'string') : [];
    },
    integer(name, min) {
      const given = text(name);
      if (given === null) return null;
      const number = Number(given);
      if (!/^\d{1,15}$/.test(given) || number < min) {
        throw new FsyncError('usage', `--${name} is not a whole number from ${String(min)}: ${JSON.stringify(given.slice(0, 40))}`);
      }
      return number;
    },
    milliseconds(name) {
      const given = text(name);
      if (given === null) return null;
      const duration = parseDuration(given);
      if (duration === null || duration > MAX_DURATION_MS) {
        throw new FsyncError('usage', `--${name} is not a duration: ${JSON.stringify(given.slice(0, 40))}`, {
          hints: ['Write seconds (60) or a number with a unit: 90s, 10m, 2h.'],
        });
      }
      return duration;
    },
  };
}

/** Timers hold no more than 31 bits of milliseconds. */
const MAX_DURATION_MS = 2_000_000_000;
