/** Checks and parses values of settings, from the settings file (any JSON) or the command line (text). */
import { FsyncError } from '../base/errors.js';
import { SETTINGS, type SettingDefinition, type SettingKey, type SettingValue } from './settings.js';

const DURATION_UNITS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kib: 1024,
  m: 1_048_576,
  mib: 1_048_576,
  g: 1_073_741_824,
  gib: 1_073_741_824,
  kb: 1_000,
  mb: 1_000_000,
  gb: 1_000_000_000,
};

/**
 * Parses what a person typed: durations as "30s", "10m", "500ms" or milliseconds; sizes as "10MiB" or bytes.
 * @throws FsyncError invalid_input
 */
export function parseSettingText<K extends SettingKey>(key: K, typed: string): SettingValue<K> {
  const definition: SettingDefinition = SETTINGS[key];
  return checkSettingValue(key, fromText(definition, typed.trim()));
}

/**
 * Checks a value of unknown origin.
 * @throws FsyncError invalid_input
 */
export function checkSettingValue<K extends SettingKey>(key: K, value: unknown): SettingValue<K> {
  if (!isSettingValue(key, value)) throw new FsyncError('invalid_input', `${key} must be ${expectation(SETTINGS[key])}`);
  return value;
}

function isSettingValue<K extends SettingKey>(key: K, value: unknown): value is SettingValue<K> {
  const definition: SettingDefinition = SETTINGS[key];
  switch (definition.type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string' && value.length <= 4096 && !value.includes('\0');
    case 'choice':
      return typeof value === 'string' && definition.choices.includes(value);
    case 'integer':
    case 'duration':
    case 'size':
      return isWholeBetween(value, definition.min, definition.max);
    case 'rate':
      return value === 0 || isWholeBetween(value, definition.min, definition.max);
  }
}

function isWholeBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
}

function fromText(definition: SettingDefinition, typed: string): unknown {
  switch (definition.type) {
    case 'boolean':
      return { true: true, on: true, yes: true, '1': true, false: false, off: false, no: false, '0': false }[typed.toLowerCase()];
    case 'text':
    case 'choice':
      return typed;
    case 'integer':
      return /^\d+$/.test(typed) ? Number(typed) : undefined;
    case 'duration':
      return withUnit(typed, DURATION_UNITS);
    case 'size':
      return withUnit(typed, SIZE_UNITS);
    case 'rate':
      return withUnit(typed.toLowerCase().replace(/\/s$/, ''), SIZE_UNITS);
  }
}

function withUnit(typed: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(typed.toLowerCase());
  const unit = match?.[2] === undefined ? undefined : units[match[2]];
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

function expectation(definition: SettingDefinition): string {
  switch (definition.type) {
    case 'boolean':
      return 'true or false';
    case 'text':
      return 'a text';
    case 'choice':
      return `one of: ${definition.choices.join(', ')}`;
    case 'integer':
      return `a whole number from ${String(definition.min)} to ${String(definition.max)}`;
    case 'duration':
      return `a duration like 500ms, 30s, 10m or 1h, from ${String(definition.min)} to ${String(definition.max)} ms`;
    case 'size':
      return `a size like 64KiB or 10MiB, from ${String(definition.min)} to ${String(definition.max)} bytes`;
    case 'rate':
      return `a rate like 500KiB or 10MiB a second, from ${String(definition.min)} bytes, or 0 for no limit`;
  }
}
