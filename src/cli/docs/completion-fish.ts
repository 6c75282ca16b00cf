/** The fish completion script. */
import {
  COMPLETION_COMMANDS,
  FIRST_WORDS,
  GLOBAL_COMPLETION_OPTIONS,
  type CompletionCommand,
  type CompletionOption,
  type ValueCompletion,
} from './completion-words.js';

export function fishCompletion(): string {
  const first = FIRST_WORDS.map(({ word, summary }) => `complete -c fsync -n __fish_use_subcommand -f -a ${word} -d ${quoted(summary)}`);
  return `# fish completion for fsync. Generated from the command table: do not edit.

# What only the program knows: vaults, devices, versions, conflicts.
function __fsync_ask
    fsync __complete $argv[1] (string unescape -- (commandline -ct)) (commandline -opc)[2..-1] 2>/dev/null
end

complete -c fsync -f
${first.join('\n')}
complete -c fsync -n __fish_use_subcommand -s V -l version -d 'Print the version.'
${GLOBAL_COMPLETION_OPTIONS.map((option) => optionLine(null, option)).join('\n')}
${COMPLETION_COMMANDS.flatMap(commandLines).join('\n')}
`;
}

function commandLines(command: CompletionCommand): readonly string[] {
  const [first = '', second] = command.words;
  const here =
    second === undefined
      ? `__fish_seen_subcommand_from ${first}`
      : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
  const inner =
    second === undefined
      ? []
      : [
          `complete -c fsync -n '__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${innerWords(first)}' -f -a ${second} -d ${quoted(command.summary)}`,
        ];
  return [
    ...inner,
    ...command.options.map((option) => optionLine(here, option)),
    ...command.operands
      .filter(({ value }) => value.kind !== 'none')
      .map(({ value }) => `complete -c fsync -n '${here}' ${valueFlags(value)}`),
  ];
}

function innerWords(group: string): string {
  return COMPLETION_COMMANDS.filter(({ words: [first, second] }) => first === group && second !== undefined)
    .map(({ words: [, second] }) => second ?? '')
    .join(' ');
}

function optionLine(condition: string | null, { words, meaning, value }: CompletionOption): string {
  const flags = words.map((word) => (word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`)).join(' ');
  const takes = value === null ? '' : ` -r ${valueFlags(value)}`;
  return `complete -c fsync${condition === null ? '' : ` -n '${condition}'`} ${flags}${takes} -d ${quoted(meaning)}`;
}

function valueFlags(value: ValueCompletion): string {
  switch (value.kind) {
    case 'words':
      return `-f -a '${value.words.join(' ')}'`;
    case 'directory':
      return `-f -a '(__fish_complete_directories)'`;
    case 'path':
    case 'file':
      return '-F';
    case 'none':
      return '-f';
    case 'deleted':
    case 'path-version':
      return `-F -a '${asked(value.kind)}'`;
    default:
      return `-f -a '${asked(value.kind)}'`;
  }
}

function asked(kind: string): string {
  return `(__fsync_ask ${kind})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", `\\'`)}'`;
}
