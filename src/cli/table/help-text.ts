/** The text of --help, made from the command table. */
import {
  commandExits,
  commandOptions,
  EXIT_MEANINGS,
  GLOBAL_OPTIONS,
  GROUPS,
  operandUsage,
  usageLine,
  type CommandSpec,
  type OptionSpec,
} from './command-spec.js';

const WIDTH = 80;
const HELP_OPTION: OptionSpec = { flags: '-h, --help', meaning: 'Show this help.' };
const VERSION_OPTION: OptionSpec = { flags: '-V, --version', meaning: 'Print the version.' };

/** Help of one command: usage, paragraph, operands, options, examples, exit codes. */
export function commandHelp(spec: CommandSpec): string {
  return sections([
    `Usage: ${usageLine(spec)}`,
    wrap(spec.description, WIDTH).join('\n'),
    section(
      'Arguments:',
      spec.operands.map((operand) => [operandUsage(operand), operand.meaning]),
    ),
    section('Options:', [...commandOptions(spec), HELP_OPTION].map(optionRow)),
    section('Global options:', GLOBAL_OPTIONS.map(optionRow)),
    ['Examples:', ...spec.examples.flatMap(({ command, meaning }) => [`  # ${meaning}`, `  ${command}`])].join('\n'),
    section(
      'Exit codes:',
      commandExits(spec).map((code) => [String(code), EXIT_MEANINGS.get(code) ?? '']),
    ),
  ]);
}

/** Help of a word that only groups commands. */
export function groupHelp(name: string, summary: string, commands: readonly CommandSpec[]): string {
  return sections([
    `Usage: fsync ${name} COMMAND`,
    `${summary}.`,
    section(
      'Commands:',
      commands.map((spec) => [spec.name.slice(name.length + 1), spec.summary]),
    ),
    `See fsync ${name} COMMAND --help.`,
  ]);
}

/** `fsync --help`: all commands by group. */
export function programHelp(commands: readonly CommandSpec[]): string {
  const width = Math.max(...commands.map((spec) => spec.name.length));
  return sections([
    'Usage: fsync COMMAND [options]',
    'Keeps a folder the same on all of your machines, through a server that can read none of it.',
    ...GROUPS.map(({ group, title }) =>
      section(
        `${title}:`,
        commands.filter((spec) => spec.group === group).map((spec) => [spec.name, spec.summary]),
        width,
      ),
    ),
    section('Global options:', [...GLOBAL_OPTIONS, HELP_OPTION, VERSION_OPTION].map(optionRow), width),
    'See fsync COMMAND --help, and the manual: man fsync',
  ]);
}

function optionRow(option: OptionSpec): readonly [string, string] {
  const choices =
    option.choices === undefined || option.meaning.includes(option.choices[0] ?? '') ? '' : ` One of: ${option.choices.join(', ')}.`;
  const variable = option.variable === undefined ? '' : ` Or ${option.variable}.`;
  return [option.flags.startsWith('--') ? `    ${option.flags}` : option.flags, `${option.meaning}${choices}${variable}`];
}

function section(title: string, rows: readonly (readonly [string, string])[], least = 0): string {
  if (rows.length === 0) return '';
  const width = Math.max(least, ...rows.map(([term]) => term.length));
  const indent = ' '.repeat(width + 4);
  return [
    title,
    ...rows.map(([term, meaning]) => `  ${term.padEnd(width)}  ${wrap(meaning, Math.max(30, WIDTH - indent.length)).join(`\n${indent}`)}`),
  ].join('\n');
}

function sections(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
