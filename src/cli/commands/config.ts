/** config list, get, set, unset: the settings file of this installation. */
import { mkdirSync, statSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import type Conf from 'conf';
import { FsyncError } from '../../core/base/errors.js';
import { checkSettingValue, parseSettingText } from '../../core/config/setting-value.js';
import { parseSettingKey, SETTING_KEYS, SETTINGS, type SettingKey } from '../../core/config/settings.js';
import { makeDirectories } from '../../core/home/make-directories.js';
import type { ConfigDocument } from '../../core/protocol/local-documents.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { bold, dim, yellow } from '../output/text.js';

type SettingsFile = Conf;
type Setting = ConfigDocument['settings'][number];

export async function runConfigList(context: CommandContext, args: Arguments): Promise<number> {
  const file = await openSettings(context);
  const settings = SETTING_KEYS.map((key) => settingOf(context, file, key));
  if (args.flag('json')) {
    printDocument(context, settings);
    return 0;
  }
  for (const { key, value, default: usual, meaning } of settings) {
    const changed = value !== usual;
    context.output.line([changed ? bold(key) : key, ' = ', shown(value), dim(changed ? ` (default ${shown(usual)})` : '')]);
    context.output.line(dim(`    ${meaning}`));
  }
  return 0;
}

export async function runConfigGet(context: CommandContext, args: Arguments): Promise<number> {
  const setting = settingOf(context, await openSettings(context), parseSettingKey(args.operands[0] ?? ''));
  printOne(context, args, setting);
  return 0;
}

export async function runConfigSet(context: CommandContext, args: Arguments): Promise<number> {
  const key = parseSettingKey(args.operands[0] ?? '');
  const value = parseSettingText(key, args.operands[1] ?? '');
  const file = await openSettings(context);
  change(context, () => {
    file.set(key, value);
  });
  await tellDaemon(context);
  if (args.flag('json')) printDocument(context, [settingOf(context, file, key)]);
  return 0;
}

export async function runConfigUnset(context: CommandContext, args: Arguments): Promise<number> {
  const key = parseSettingKey(args.operands[0] ?? '');
  const file = await openSettings(context);
  change(context, () => {
    file.delete(key);
  });
  await tellDaemon(context);
  if (args.flag('json')) printDocument(context, [settingOf(context, file, key)]);
  return 0;
}

/** @throws FsyncError io_error when it cannot be read, or is not JSON: then it is never overwritten */
async function openSettings({ paths }: CommandContext): Promise<SettingsFile> {
  const { default: Settings } = await import('conf');
  const { configFile } = paths;
  try {
    makeDirectories(dirname(configFile), 0o700, { mkdirSync, statSync });
    return new Settings<Record<string, unknown>>({
      cwd: dirname(configFile),
      configName: basename(configFile, extname(configFile)),
      fileExtension: extname(configFile).slice(1),
      projectName: 'fsync',
      clearInvalidConfig: false,
      configFileMode: 0o600,
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw notUsable(error, configFile);
    throw new FsyncError('io_error', `the settings file is not JSON: ${configFile}`, {
      cause: error,
      hints: ['Mend it, or move it away.'],
    });
  }
}

/** @throws FsyncError io_error when the file cannot be written */
function change({ paths }: CommandContext, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw notUsable(error, paths.configFile);
  }
}

function notUsable(cause: unknown, configFile: string): FsyncError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return new FsyncError(code === 'ENOSPC' ? 'disk_full' : 'io_error', `${configFile} cannot be used (${code})`, {
    cause,
    hints: [`Its directory must be one of yours: ls -ld ${dirname(configFile)}`],
  });
}

function settingOf({ output }: CommandContext, file: SettingsFile, key: SettingKey): Setting {
  const { default: usual, meaning } = SETTINGS[key];
  const value: unknown = file.get(key);
  return { key, value: value === undefined ? usual : validOr(key, value, { usual, note: output.note }), default: usual, meaning };
}

/** A value that someone wrote into the file by hand may be wrong; its default is in force then. */
function validOr(
  key: SettingKey,
  value: unknown,
  { usual, note }: { readonly usual: unknown; readonly note: (text: string) => void },
): unknown {
  try {
    return checkSettingValue(key, value);
  } catch (error) {
    if (!(error instanceof FsyncError)) throw error;
    note(`warning: ${error.message}; its default is used`);
    return usual;
  }
}

/** A daemon that does not run reads the file when it starts. */
async function tellDaemon({ daemon, output }: CommandContext): Promise<void> {
  try {
    await daemon.callRunning('config.reload', {});
  } catch (error) {
    if (!(error instanceof FsyncError)) throw error;
    output.note(yellow(`warning: saved, but the daemon did not take it over: ${error.message}`));
  }
}

function printOne({ output }: CommandContext, args: Arguments, setting: Setting): void {
  if (args.flag('json')) output.document({ schema: 'fsync/config/1', settings: [setting] } satisfies ConfigDocument);
  else output.line(shown(setting.value));
}

function printDocument({ output }: CommandContext, settings: readonly Setting[]): void {
  output.document({ schema: 'fsync/config/1', settings } satisfies ConfigDocument);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
