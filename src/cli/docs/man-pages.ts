/** The manual, made from the command table: fsync.1 and one page a group of commands. */
import { SETTING_KEYS, SETTINGS } from '../../core/config/settings.js';
import {
  commandExits,
  commandOptions,
  EXIT_MEANINGS,
  GLOBAL_OPTIONS,
  GROUPS,
  type CommandSpec,
  type GroupSpec,
} from '../table/command-spec.js';
import { COMMANDS } from '../table/command-table.js';
import { ENVIRONMENT, FILES } from '../table/environment.js';
import type { FieldShape } from '../table/document-shape.js';
import { JSON_SHAPES } from '../table/json-shapes.js';
import { literal, macroWord, operandTerm, optionTerm, prose, tagList } from './mdoc.js';

/** Date of the manual: changed by hand when its text changes in meaning. */
const DATE = 'November 22, 2026';

/** File name → content. */
export function manPages(): ReadonlyMap<string, string> {
  const pages = new Map<string, string>([['fsync.1', page(mainPage())]]);
  for (const group of GROUPS) pages.set(`fsync-${group.group}.1`, page(groupPage(group)));
  return pages;
}

function page(lines: readonly string[]): string {
  return `${['.\\" Generated from the command table: do not edit.', ...lines].join('\n')}\n`;
}

function head(title: string, summary: string): readonly string[] {
  return [`.Dd ${DATE}`, `.Dt ${title.toUpperCase()} 1`, '.Os', '.Sh NAME', `.Nm ${title}`, `.Nd ${summary}`];
}

function mainPage(): readonly string[] {
  return [
    ...head('fsync', 'keep a folder the same on all of your machines'),
    '.Sh SYNOPSIS',
    '.Nm',
    '.Ar COMMAND',
    '.Op Ar options',
    '.Sh DESCRIPTION',
    '.Nm',
    ...prose('keeps a folder the same on all machines of a person or a team, through a server that can read none of it.'),
    'A folder is attached to a vault with',
    '.Nm fsync Cm init',
    'or',
    '.Nm fsync Cm clone ;',
    'a background process, which commands start when they need it, does the rest.',
    ...GROUPS.flatMap(commandList),
    '.Ss Options of every command',
    ...tagList(GLOBAL_OPTIONS.map((option) => [optionTerm(option), prose(option.meaning)])),
    '.Ss JSON',
    'With',
    '.Fl Fl json',
    ...prose('a command prints one document on stdout and nothing else; commands that go on print one a line.'),
    'Times are ISO 8601 in UTC, sizes are bytes, durations are milliseconds.',
    'The field',
    '.Va schema',
    ...prose('names the shape, which the page of the command lists; fields may be added to a shape, never removed.'),
    '.Sh ENVIRONMENT',
    ...tagList(ENVIRONMENT.map(({ name, meaning }) => [`Ev ${name}`, prose(meaning)])),
    '.Sh FILES',
    ...tagList(FILES.map(({ name, meaning }) => [`Pa ${name}`, prose(meaning)])),
    '.Sh EXIT STATUS',
    ...tagList([...EXIT_MEANINGS].map(([code, meaning]) => [String(code), prose(meaning)])),
    '.Sh EXAMPLES',
    ...literal([
      'fsync register --server https://sync.example.org --user ada',
      'cd ~/notes && fsync init',
      '',
      '# on another machine',
      'fsync login --server https://sync.example.org --user ada',
      'fsync clone notes ~/notes',
      'fsync status',
    ]),
    '.Sh SEE ALSO',
    ...seeAlso(GROUPS.map(({ group }) => `fsync-${group}`)),
  ];
}

function commandList(group: GroupSpec): readonly string[] {
  const members = COMMANDS.filter((spec) => spec.group === group.group);
  return [
    `.Ss ${group.title}`,
    ...tagList(members.map((spec) => [synopsis(spec), prose(`${spec.summary}.`)])),
    'See',
    `.Xr fsync-${group.group} 1 .`,
  ];
}

function groupPage(group: GroupSpec): readonly string[] {
  const members = COMMANDS.filter((spec) => spec.group === group.group);
  const exits = [...new Set(members.flatMap(commandExits))].sort((a, b) => a - b);
  return [
    ...head(`fsync-${group.group}`, group.summary),
    '.Sh SYNOPSIS',
    ...members.flatMap((spec) => ['.Nm fsync', `.${synopsis(spec)}`, ...(commandOptions(spec).length > 0 ? ['.Op Ar options'] : [])]),
    '.Sh DESCRIPTION',
    `Commands of fsync: ${group.summary}.`,
    ...members.flatMap(commandSection),
    ...(group.group === 'config' ? settingsSection() : []),
    '.Sh EXIT STATUS',
    ...tagList(exits.map((code) => [String(code), prose(EXIT_MEANINGS.get(code) ?? '')])),
    '.Sh SEE ALSO',
    ...seeAlso(['fsync', ...GROUPS.map((other) => `fsync-${other.group}`).filter((name) => name !== `fsync-${group.group}`)]),
  ];
}

function synopsis(spec: CommandSpec): string {
  return [`Cm ${macroWord(spec.name)}`, ...spec.operands.map(operandTerm)].join(' ');
}

function commandSection(spec: CommandSpec): readonly string[] {
  return [
    `.Ss fsync ${spec.name}`,
    ...prose(spec.description),
    ...tagList([
      ...spec.operands.map((operand) => [`Ar ${operand.name}`, prose(operand.meaning)] as const),
      ...commandOptions(spec).map((option) => [optionTerm(option), optionLines(option)] as const),
    ]),
    '.Pp',
    `Exits with ${commandExits(spec).join(', ')}.`,
    '.Pp',
    'Examples:',
    ...literal(spec.examples.flatMap(({ command, meaning }) => [`# ${meaning}`, command])),
    ...jsonLines(spec),
  ];
}

function optionLines(option: CommandSpec['options'][number]): readonly string[] {
  return [
    ...prose(option.meaning),
    ...(option.choices === undefined ? [] : [...prose(`One of: ${option.choices.join(', ')}.`)]),
    ...(option.variable === undefined ? [] : ['Or', `.Ev ${option.variable} .`]),
  ];
}

function jsonLines({ json }: CommandSpec): readonly string[] {
  const found = Object.entries(JSON_SHAPES).find(([schema]) => schema === json);
  if (found === undefined) return [];
  const [schema, shape] = found;
  const fields = Object.entries<FieldShape>(shape).map(([path, field]) => `${path.padEnd(26)} ${typeText(field)}: ${field.meaning}`);
  return ['.Pp', 'The JSON document has', '.Va schema', `${schema.replaceAll('-', '\\-')} and these fields:`, ...literal(fields)];
}

function typeText({ type, nullable, optional }: FieldShape): string {
  return `${type === 'any' ? 'any value' : type}${nullable ? ' or null' : ''}${optional ? ', may be missing' : ''}`;
}

function settingsSection(): readonly string[] {
  const entries = SETTING_KEYS.map((key) => {
    const setting = SETTINGS[key];
    const choices = 'choices' in setting ? ` One of: ${setting.choices.join(', ')}.` : '';
    const usual = setting.default === '' ? 'empty' : String(setting.default);
    const unit = setting.type === 'duration' ? ' ms' : setting.type === 'size' ? ' bytes' : '';
    return [`Cm ${macroWord(key)}`, prose(`${setting.meaning}${choices} Default: ${usual}${unit}.`)] as const;
  });
  return ['.Ss Settings', ...tagList(entries)];
}

function seeAlso(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => (a < b ? -1 : 1)).map((name, index) => `.Xr ${name} 1${index === names.length - 1 ? '' : ' ,'}`);
}
