/** What a shell can complete at each place, taken from the command table. */
import { SETTING_KEYS } from '../../core/config/settings.js';
import {
  commandOptions,
  GLOBAL_OPTIONS,
  splitFlags,
  type CommandSpec,
  type Completion,
  type OperandSpec,
  type OptionSpec,
} from '../table/command-spec.js';
import { COMMANDS, GROUP_COMMANDS } from '../table/command-table.js';

export interface CompletionOption {
  /** '-n' and '--number', those that there are. */
  readonly words: readonly string[];
  readonly meaning: string;
  /** null for an option without a value. */
  readonly value: ValueCompletion | null;
}

/** Fixed words, or a kind of name. */
export type ValueCompletion =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: Exclude<Completion, 'setting' | 'none'> }
  | { readonly kind: 'none' };

export interface CompletionCommand {
  /** ['daemon', 'run'] */
  readonly words: readonly string[];
  readonly summary: string;
  readonly options: readonly CompletionOption[];
  readonly operands: readonly { readonly name: string; readonly variadic: boolean; readonly value: ValueCompletion }[];
}

export const COMPLETION_COMMANDS: readonly CompletionCommand[] = COMMANDS.map(completionCommand);
export const GLOBAL_COMPLETION_OPTIONS: readonly CompletionOption[] = [
  ...GLOBAL_OPTIONS,
  { flags: '-h, --help', meaning: 'Show help.' },
].map(completionOption);

/** First words: single commands and groups, with what they are about. */
export const FIRST_WORDS: readonly { readonly word: string; readonly summary: string }[] = [
  ...COMMANDS.filter(({ name }) => !name.includes(' ')).map(({ name, summary }) => ({ word: name, summary })),
  ...[...GROUP_COMMANDS].map(([word, summary]) => ({ word, summary })),
];

function completionCommand(spec: CommandSpec): CompletionCommand {
  return {
    words: spec.name.split(' '),
    summary: spec.summary,
    options: commandOptions(spec).map(completionOption),
    operands: spec.operands.map((operand) => ({ name: operand.name, variadic: operand.variadic === true, value: operandValue(operand) })),
  };
}

function completionOption(option: OptionSpec): CompletionOption {
  const { short, long, value } = splitFlags(option.flags);
  return {
    words: [short, long].filter((word) => word !== null),
    meaning: option.meaning,
    value: value === null ? null : valueCompletion(option.completion ?? 'none', option.choices),
  };
}

function operandValue(operand: OperandSpec): ValueCompletion {
  return valueCompletion(operand.completion, operand.choices);
}

function valueCompletion(completion: Completion, choices: readonly string[] | undefined): ValueCompletion {
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (completion === 'setting') return { kind: 'words', words: SETTING_KEYS };
  return { kind: completion };
}
