/** The bash completion script. It needs nothing but bash 4. */
import {
  COMPLETION_COMMANDS,
  FIRST_WORDS,
  GLOBAL_COMPLETION_OPTIONS,
  type CompletionCommand,
  type CompletionOption,
  type ValueCompletion,
} from './completion-words.js';

export function bashCompletion(): string {
  return `# bash completion for fsync. Generated from the command table: do not edit.

# Adds what only the program knows: vaults, devices, versions, conflicts.
_fsync_ask() {
  local entry
  while IFS= read -r entry; do
    [[ $entry == "$cur"* ]] && COMPREPLY+=("$entry")
  done < <("\${COMP_WORDS[0]}" __complete "$1" "$cur" "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
}

_fsync() {
  local cur prev command='' position=0 index
  cur=\${COMP_WORDS[COMP_CWORD]}
  prev=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()

  # The words before the cursor that are neither options nor their values.
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "\${COMP_WORDS[index]}" in
${valueOptionsCase()}
      -*) ;;
      *)
        case "$command" in
          '') command=\${COMP_WORDS[index]} ;;
          ${[...groupWords()].join('|')}) command="$command \${COMP_WORDS[index]}" ;;
          *) ((position++)) ;;
        esac
        ;;
    esac
  done

  case "$command:$prev" in
${[...COMPLETION_COMMANDS.flatMap(optionValueCases), ...GLOBAL_COMPLETION_OPTIONS.flatMap((option) => optionValueCase('*', option))].join('\n')}
  esac

  if [[ $cur == -* ]]; then
    case "$command" in
${COMPLETION_COMMANDS.map(optionsCase).join('\n')}
      *) ${wordList(`${words(GLOBAL_COMPLETION_OPTIONS)} -V --version`)} ;;
    esac
    return
  fi

  case "$command:$position" in
    :*) ${wordList(`${FIRST_WORDS.map(({ word }) => word).join(' ')} help`)} ;;
${[...groupWords()].map(groupCase).join('\n')}
${COMPLETION_COMMANDS.flatMap(operandCases).join('\n')}
  esac
}

complete -F _fsync fsync
`;
}

function groupWords(): ReadonlySet<string> {
  return new Set(COMPLETION_COMMANDS.flatMap(({ words: [first, second] }) => (first === undefined || second === undefined ? [] : [first])));
}

/** Options whose value is the next word, over all commands. */
function valueOptionsCase(): string {
  const options = [...COMPLETION_COMMANDS.flatMap((command) => command.options), ...GLOBAL_COMPLETION_OPTIONS];
  const found = new Set(options.filter(({ value }) => value !== null).flatMap((option) => option.words));
  // '-n' takes a value wherever it exists; a flag of the same name would have to be told apart here.
  return `      ${[...found].join('|')}) ((index++)) ;;`;
}

function optionValueCases(command: CompletionCommand): readonly string[] {
  return command.options.flatMap((option) => optionValueCase(command.words.join(' '), option));
}

function optionValueCase(command: string, { words: names, value }: CompletionOption): readonly string[] {
  if (value === null) return [];
  const left = command === '*' ? '*' : `'${command}'`;
  return [`    ${names.map((name) => `${left}:${name}`).join(' | ')}) ${reply(value)} return ;;`];
}

function optionsCase(command: CompletionCommand): string {
  return `      '${command.words.join(' ')}') ${wordList(words([...command.options, ...GLOBAL_COMPLETION_OPTIONS]))} ;;`;
}

function groupCase(group: string): string {
  const inner = COMPLETION_COMMANDS.filter(({ words: [first, second] }) => first === group && second !== undefined).map(
    ({ words: [, second] }) => second,
  );
  return `    ${group}:*) ${wordList(inner.join(' '))} ;;`;
}

function operandCases(command: CompletionCommand): readonly string[] {
  return command.operands
    .map(({ variadic, value }, index) => ({ place: variadic ? '*' : String(index), value }))
    .filter(({ value }) => value.kind !== 'none')
    .map(({ place, value }) => `    '${command.words.join(' ')}':${place}) ${reply(value)} ;;`);
}

const FILES = `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur");`;

/** Those of the words that begin as the one at the cursor. */
function wordList(words: string): string {
  return `mapfile -t COMPREPLY < <(compgen -W '${words}' -- "$cur")`;
}

function reply(value: ValueCompletion): string {
  switch (value.kind) {
    case 'words':
      return `${wordList(value.words.join(' '))};`;
    case 'directory':
      return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur");`;
    case 'path':
    case 'file':
      return FILES;
    case 'deleted':
    case 'path-version':
      return `${FILES} _fsync_ask ${value.kind};`;
    case 'conflict':
      return `compopt -o filenames; _fsync_ask ${value.kind};`;
    case 'vault':
    case 'device':
    case 'version':
      return `_fsync_ask ${value.kind};`;
    case 'none':
      return '';
  }
}

function words(options: readonly CompletionOption[]): string {
  return options.flatMap((option) => option.words).join(' ');
}
