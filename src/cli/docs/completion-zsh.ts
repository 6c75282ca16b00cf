/** The zsh completion script. */
import {
  COMPLETION_COMMANDS,
  FIRST_WORDS,
  GLOBAL_COMPLETION_OPTIONS,
  type CompletionCommand,
  type CompletionOption,
  type ValueCompletion,
} from './completion-words.js';

export function zshCompletion(): string {
  const groups = new Set(COMPLETION_COMMANDS.flatMap(({ words: [first, second] }) => (second === undefined ? [] : [first ?? ''])));
  return `#compdef fsync
# zsh completion for fsync. Generated from the command table: do not edit.

# What only the program knows: vaults, devices, versions, conflicts; with some of them files.
_fsync_ask() {
  local -a found
  found=("\${(@f)$(_call_program fsync fsync __complete \${(q)1} \${(q)PREFIX} \${(q)words[1,CURRENT-1]} 2>/dev/null)}")
  found=("\${(@)found:#}")
  case $1 in
    deleted | path-version) _files ;;
  esac
  (( \${#found} )) && compadd -- "\${(@)found}"
}

_fsync() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C ${GLOBAL_COMPLETION_OPTIONS.flatMap(optionSpecs).join(' ')} '(-V --version)'{-V,--version}'[Print the version.]' '1: :->command' '*:: :->rest'
  case $state in
    command)
      local -a commands=(${FIRST_WORDS.map(({ word, summary }) => quoted(`${word}:${summary}`)).join(' ')} 'help:Show help')
      _describe -t commands 'fsync command' commands
      ;;
    rest)
      case $line[1] in
${[...groups].map(groupCase).join('\n')}
${COMPLETION_COMMANDS.filter(({ words }) => words.length === 1)
  .map((command) => commandCase(command, '        '))
  .join('\n')}
      esac
      ;;
  esac
}

# Sourced, or loaded as a function by compinit.
if [ "$funcstack[1]" = '_fsync' ]; then
  _fsync "$@"
else
  compdef _fsync fsync
fi
`;
}

function groupCase(group: string): string {
  const members = COMPLETION_COMMANDS.filter(({ words: [first, second] }) => first === group && second !== undefined);
  const described = members.map(({ words: [, second], summary }) => quoted(`${second ?? ''}:${summary}`)).join(' ');
  return `        ${group})
          _arguments -C '1: :->inner' '*:: :->innerrest'
          case $state in
            inner)
              local -a inner=(${described})
              _describe -t commands 'fsync ${group} command' inner
              ;;
            innerrest)
              case $line[1] in
${members.map((command) => commandCase(command, '                ')).join('\n')}
              esac
              ;;
          esac
          ;;`;
}

function commandCase({ words, options, operands }: CompletionCommand, indent: string): string {
  const specs = [
    ...[...options, ...GLOBAL_COMPLETION_OPTIONS].flatMap(optionSpecs),
    ...operands.map(({ name, variadic, value }, index) => quoted(`${variadic ? '*' : String(index + 1)}:${name}:${action(value)}`)),
  ];
  return `${indent}${words.at(-1) ?? ''}) _arguments -s ${specs.join(' ')} ;;`;
}

function optionSpecs({ words, meaning, value }: CompletionOption): readonly string[] {
  const tail = `[${meaning.replaceAll(/[[\]:]/g, '\\$&')}]${value === null ? '' : `:value:${action(value)}`}`;
  const [first = ''] = words;
  return words.length === 1 ? [quoted(first + tail)] : [`'(${words.join(' ')})'{${words.join(',')}}${quoted(tail)}`];
}

function action(value: ValueCompletion): string {
  switch (value.kind) {
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'directory':
      return '_files -/';
    case 'path':
    case 'file':
      return '_files';
    case 'none':
      return ' ';
    default:
      // The space keeps _arguments from putting options of its own before the kind.
      return ` _fsync_ask ${value.kind}`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
