/** The manual, made from the command table, the settings and the documents: fsync.1, one page a group of commands, and the formats. */
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
import { markdownBody } from './markdown-mdoc.js';
import { literal, macroWord, operandTerm, optionTerm, prose, tagList } from './mdoc.js';
import { head, seeAlso } from './page-frame.js';
import { attributesPage, ignorePage } from './rule-pages.js';

export interface ManSources {
  /** docs/protocol.md */
  readonly protocol: string;
}

/** File name → content. */
export function manPages({ protocol }: ManSources): ReadonlyMap<string, string> {
  const pages = new Map<string, string>([['fsync.1', page(mainPage())]]);
  for (const group of GROUPS) pages.set(`fsync-${group.group}.${String(sectionOf(group))}`, page(groupPage(group)));
  pages.set('fsync-config.5', page(settingsPage()));
  pages.set('fsyncignore.5', page(ignorePage()));
  pages.set('fsyncattributes.5', page(attributesPage()));
  pages.set('fsync-protocol.7', page(protocolPage(protocol)));
  return pages;
}

/** The server is for those who care for a machine. */
function sectionOf({ group }: Pick<GroupSpec, 'group'>): number {
  return group === 'server' ? 8 : 1;
}

/** Name and section of every other page than commands. */
const OTHER_PAGES: readonly (readonly [name: string, section: number])[] = [
  ['fsync-config', 5],
  ['fsyncignore', 5],
  ['fsyncattributes', 5],
  ['fsync-protocol', 7],
];
const GROUP_PAGES: readonly (readonly [name: string, section: number])[] = GROUPS.map((group) => [
  `fsync-${group.group}`,
  sectionOf(group),
]);

function page(lines: readonly string[]): string {
  // A paragraph right before a section, a list or a block, or right after a heading, says nothing.
  const needless = (line: string, index: number): boolean =>
    line === '.Pp' && (/^\.(?:Sh|Ss|Pp|Bl|Bd)/.test(lines[index + 1] ?? '') || /^\.(?:Sh|Ss)/.test(lines[index - 1] ?? ''));
  const kept = lines.filter((line, index) => !needless(line, index));
  return `${['.\\" Generated from the command table and the documents: do not edit.', ...kept].join('\n')}\n`;
}

function settingsPage(): readonly string[] {
  return [
    ...head('fsync-config', 'settings of fsync', 5),
    '.Sh DESCRIPTION',
    ...prose('The settings of this device are kept in a JSON file that maps keys to values; a key that is missing has its default.'),
    ...prose('They are read and changed with fsync config, which checks them; the daemon uses a change at once.'),
    ...prose('Durations are written as 90s, 2h or 3d, and kept in milliseconds; sizes are written as 10MiB, and kept in bytes.'),
    ...settingsSection(),
    '.Sh FILES',
    ...tagList([
      ['Pa ~/.config/fsync/config.json', prose('The settings. With FSYNC_HOME: config.json in there.')],
      ['Pa ~/Library/Application Support/fsync/', prose('Folder of the settings on macOS.')],
    ]),
    '.Sh EXAMPLES',
    ...literal(['fsync config list', ...SETTING_KEYS.slice(0, 2).map((key) => `fsync config get ${key}`)]),
    '.Sh SEE ALSO',
    ...seeAlso([
      ['fsync', 1],
      ['fsync-config', 1],
    ]),
  ];
}

function protocolPage(markdown: string): readonly string[] {
  return [
    ...head('fsync-protocol', 'formats and protocol of fsync', 7),
    ...markdownBody(markdown),
    '.Sh SEE ALSO',
    ...seeAlso([
      ['fsync', 1],
      ['fsync-server', 8],
    ]),
  ];
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
    ...seeAlso([...GROUP_PAGES, ...OTHER_PAGES]),
  ];
}

function commandList(group: GroupSpec): readonly string[] {
  const members = COMMANDS.filter((spec) => spec.group === group.group);
  return [
    `.Ss ${group.title}`,
    ...tagList(members.map((spec) => [synopsis(spec), prose(`${spec.summary}.`)])),
    'See',
    `.Xr fsync-${group.group} ${String(sectionOf(group))} .`,
  ];
}

function groupPage(group: GroupSpec): readonly string[] {
  const members = COMMANDS.filter((spec) => spec.group === group.group);
  const exits = [...new Set(members.flatMap(commandExits))].sort((a, b) => a - b);
  return [
    ...head(`fsync-${group.group}`, group.summary, sectionOf(group)),
    '.Sh SYNOPSIS',
    ...members.flatMap((spec) => ['.Nm fsync', `.${synopsis(spec)}`, ...(commandOptions(spec).length > 0 ? ['.Op Ar options'] : [])]),
    '.Sh DESCRIPTION',
    `Commands of fsync: ${group.summary}.`,
    ...members.flatMap(commandSection),
    '.Sh EXIT STATUS',
    ...tagList(exits.map((code) => [String(code), prose(EXIT_MEANINGS.get(code) ?? '')])),
    '.Sh SEE ALSO',
    ...seeAlso([
      ['fsync', 1],
      ...[...GROUP_PAGES, ...relatedPages(group)].filter(
        ([name, section]) => name !== `fsync-${group.group}` || section !== sectionOf(group),
      ),
    ]),
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
    const unit =
      setting.type === 'duration' ? ' ms' : setting.type === 'size' ? ' bytes' : setting.type === 'rate' ? ' bytes a second' : '';
    return [`Cm ${macroWord(key)}`, prose(`${setting.meaning}${choices} Default: ${usual}${unit}.`)] as const;
  });
  return ['.Ss Settings', ...tagList(entries)];
}

function relatedPages({ group }: GroupSpec): readonly (readonly [string, number])[] {
  if (group === 'config') return [['fsync-config', 5]];
  if (group === 'folder') return [['fsyncignore', 5]];
  return group === 'server' ? [['fsync-protocol', 7]] : [];
}
