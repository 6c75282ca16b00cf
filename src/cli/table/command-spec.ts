/**
 * What one command is: its words, operands, options, examples and exit codes. The parser, the help,
 * the man pages and the completions are all made from these values, so they cannot disagree.
 */

/** How a value is completed in a shell. */
export type Completion = 'path' | 'directory' | 'file' | 'setting' | 'none' | AskedCompletion;

/** What only the program knows: the shell asks `fsync __complete KIND`. With 'deleted' and 'path-version' files are offered, too. */
export type AskedCompletion = 'vault' | 'device' | 'conflict' | 'version' | 'deleted' | 'path-version';

export interface OperandSpec {
  readonly name: string;
  readonly meaning: string;
  readonly required?: boolean;
  readonly variadic?: boolean;
  readonly completion: Completion;
  readonly choices?: readonly string[];
}

export interface OptionSpec {
  /** As in the help: '-n, --number <N>'. */
  readonly flags: string;
  readonly meaning: string;
  /** The environment variable that gives the value when the option is absent. */
  readonly variable?: string;
  readonly choices?: readonly string[];
  readonly completion?: Completion;
  /** May be given several times: all values count. */
  readonly repeatable?: boolean;
}

export interface ExampleSpec {
  readonly command: string;
  readonly meaning: string;
}

export type CommandGroup = 'account' | 'folder' | 'sync' | 'history' | 'config' | 'daemon' | 'server';

export interface CommandSpec {
  /** 'status', or 'daemon run' for a command inside a group command. */
  readonly name: string;
  readonly group: CommandGroup;
  /** A few words for the list of commands. */
  readonly summary: string;
  /** One paragraph. */
  readonly description: string;
  readonly operands: readonly OperandSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly ExampleSpec[];
  /** Exit codes besides 0, 1, 2 and 130, which every command can return. */
  readonly exits: readonly number[];
  /** Schema of the document that --json prints; null when the command has no --json. */
  readonly json: string | null;
}

export interface GroupSpec {
  readonly group: CommandGroup;
  readonly title: string;
  /** What the man page of the group says it is about. */
  readonly summary: string;
}

export const GROUPS: readonly GroupSpec[] = [
  { group: 'account', title: 'Account', summary: 'make an account, enrol this device, sign out' },
  { group: 'folder', title: 'Folders and vaults', summary: 'attach folders to vaults, ignore rules' },
  { group: 'sync', title: 'Syncing', summary: 'state, waiting, conflicts, pausing' },
  { group: 'history', title: 'History', summary: 'what is in a vault and what was, and bringing it back' },
  { group: 'config', title: 'Settings', summary: 'settings and shell completion' },
  { group: 'daemon', title: 'Background process', summary: 'the process that syncs' },
  { group: 'server', title: 'Server', summary: 'the server and its care' },
];

/** Options that every command takes. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '-C <DIR>', meaning: 'Run as if started in DIR.', completion: 'directory' },
  { flags: '--color <WHEN>', meaning: 'Colour: auto (on a terminal), always or never.', choices: ['auto', 'always', 'never'] },
  { flags: '--debug', meaning: 'Show where an error comes from.' },
];

export const JSON_OPTION: OptionSpec = { flags: '--json', meaning: 'Print one JSON document on stdout.' };

/** Every option of a command, as listed in its help. */
export function commandOptions(spec: CommandSpec): readonly OptionSpec[] {
  return [...spec.options, ...(spec.json === null ? [] : [JSON_OPTION])];
}

export const EXIT_MEANINGS: ReadonlyMap<number, string> = new Map([
  [0, 'done; everything asked for is true'],
  [1, 'failed for another reason'],
  [2, 'usage: unknown option, missing answer, invalid value'],
  [3, 'unresolved conflicts exist'],
  [4, 'not a vault folder, or no such vault, file or version'],
  [5, 'the daemon could not be reached or started'],
  [6, 'not signed in, session revoked, or not allowed'],
  [7, 'the server cannot be reached, or its certificate is refused'],
  [8, 'timed out before the folder was in sync'],
  [9, 'integrity: data from the server failed verification'],
  [10, 'paused by a safety guard: needs a decision'],
  [11, 'quota or disk full'],
  [12, 'not in sync yet'],
  [130, 'interrupted'],
]);

/** All exit codes of a command in ascending order. */
export function commandExits(spec: CommandSpec): readonly number[] {
  return [...new Set([0, 1, 2, ...spec.exits, 130])].sort((a, b) => a - b);
}

/** The words of an option's flags: { short: '-n', long: '--number', value: 'N' }. */
export function splitFlags(flags: string): { readonly short: string | null; readonly long: string | null; readonly value: string | null } {
  const [, short, long, value] = /^(-\w)?(?:, )?(--[\w-]+)?(?: [<[](.+)[>\]])?$/.exec(flags) ?? [];
  return { short: short ?? null, long: long ?? null, value: value ?? null };
}

/** '<VAULT>', '[DIR]', '[PATH...]'. */
export function operandUsage(operand: OperandSpec): string {
  const name = operand.variadic === true ? `${operand.name}...` : operand.name;
  return operand.required === true ? `<${name}>` : `[${name}]`;
}

/** 'fsync clone <VAULT> [DIR] [options]'. */
export function usageLine(spec: CommandSpec): string {
  const operands = spec.operands.map((operand) => ` ${operandUsage(operand)}`).join('');
  return `fsync ${spec.name}${operands}${commandOptions(spec).length > 0 ? ' [options]' : ''}`;
}
