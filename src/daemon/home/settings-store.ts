/** The user's settings file (`conf`, atomic writes), checked value by value against the table in core. */
import { mkdirSync, statSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import Conf from 'conf';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { SETTING_KEYS, SETTINGS, type SettingKey, type SettingValue, type SettingValues } from '../../core/config/settings.js';
import { checkSettingValue } from '../../core/config/setting-value.js';
import type { Logger } from '../../core/base/effects.js';
import { makeDirectories } from '../../core/home/make-directories.js';

export interface SettingsStore {
  /** The value in force: the file's when it is valid, else the default. */
  get<K extends SettingKey>(key: K): SettingValue<K>;
  all(): SettingValues;
  /** Reads the file again; listeners hear the keys whose value changed. A broken value keeps its default and is logged. */
  reload(): readonly SettingKey[];
  onChange(listener: (changed: readonly SettingKey[]) => void): () => void;
}

/** Opens `config.json` (made with the first `config set`, not here). A file that is not JSON is an error, never overwritten. */
export function openSettings(configFile: string, logger: Logger): SettingsStore {
  const listeners = new Set<(changed: readonly SettingKey[]) => void>();
  let values = parseSettings(configFile, logger);
  return {
    get: (key) => values[key],
    all: () => values,
    reload() {
      const before = values;
      values = parseSettings(configFile, logger);
      const changed = SETTING_KEYS.filter((key) => before[key] !== values[key]);
      if (changed.length > 0) for (const listener of listeners) listener(changed);
      return changed;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function parseSettings(configFile: string, logger: Logger): SettingValues {
  const file = readConf(configFile);
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const key of SETTING_KEYS) values[key] = validOrDefault(key, file.get(key), logger);
  return values as SettingValues;
}

/** @throws FsyncError io_error for a file that is not JSON */
function readConf(configFile: string): Conf {
  try {
    return openConf(configFile);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new FsyncError('io_error', `${configFile} is not JSON`, {
      cause,
      hints: ['Mend or remove it; the settings are listed by: fsync config list'],
    });
  }
}

/** The settings file as `conf` sees it. Keys with dots are nested objects in it. */
function openConf(configFile: string): Conf {
  makeDirectories(dirname(configFile), 0o700, { mkdirSync, statSync });
  const extension = extname(configFile);
  return new Conf({
    cwd: dirname(configFile),
    configName: basename(configFile, extension),
    fileExtension: extension.slice(1),
    projectName: 'fsync',
    clearInvalidConfig: false,
    configFileMode: 0o600,
  });
}

function validOrDefault<K extends SettingKey>(key: K, value: unknown, logger: Logger): unknown {
  if (value === undefined) return SETTINGS[key].default;
  try {
    return checkSettingValue(key, value);
  } catch (error) {
    if (!isFsyncError(error, 'invalid_input')) throw error;
    logger.warn('a setting is not valid: its default is used', { key, reason: error.message });
    return SETTINGS[key].default;
  }
}
