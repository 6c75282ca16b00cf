/** The commander program made from the command table: it parses, and hands what was typed to `run`. */
import { Argument, Command, Option } from 'commander';
import { commandOptions, GLOBAL_OPTIONS, type CommandSpec, type OptionSpec } from './table/command-spec.js';
import { COMMANDS, GROUP_COMMANDS } from './table/command-table.js';
import { commandHelp, groupHelp, programHelp } from './table/help-text.js';

export interface ParsedCommand {
  readonly spec: CommandSpec;
  readonly operands: readonly string[];
  /** By camel-case long name; -C as 'C'. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface ProgramDeps {
  readonly version: string;
  /** Help and version. */
  readonly print: (text: string) => void;
  /** Help that is printed because something is missing. */
  readonly complain: (text: string) => void;
  readonly run: (command: ParsedCommand) => Promise<void>;
}

/**
 * Throws CommanderError on wrong usage, and after it printed help or version. When the first words
 * name a command, only that one is built, and none when nothing but help is asked for: building all
 * of them is a good part of the start-up time.
 */
export function createProgram(argv: readonly string[], deps: ProgramDeps): Command {
  const named = COMMANDS.find(({ name }) => name.split(' ').every((word, index) => argv[index] === word));
  if (named !== undefined) return buildProgram([named], deps);
  return buildProgram(argv.every((word) => word === '--help' || word === '-h') ? [] : COMMANDS, deps);
}

function buildProgram(commands: readonly CommandSpec[], deps: ProgramDeps): Command {
  const program = prepared(new Command('fsync'), () => programHelp(COMMANDS), deps);
  program.version(deps.version, '-V, --version');
  program.configureOutput({ writeOut: deps.print, writeErr: deps.complain, outputError: () => undefined });
  program.exitOverride().enablePositionalOptions();
  const groups = new Map<string, Command>();
  for (const [name, summary] of GROUP_COMMANDS) {
    const members = (all: readonly CommandSpec[]): readonly CommandSpec[] => all.filter((spec) => spec.name.startsWith(`${name} `));
    if (members(commands).length === 0) continue;
    groups.set(
      name,
      prepared(program.command(name), () => groupHelp(name, summary, members(COMMANDS)), deps),
    );
  }
  for (const spec of commands) {
    const [word = '', inner] = spec.name.split(' ');
    const parent = inner === undefined ? program : groups.get(word);
    if (parent !== undefined) addCommand(parent, spec, deps);
  }
  return program;
}

function addCommand(parent: Command, spec: CommandSpec, deps: ProgramDeps): void {
  const command = prepared(parent.command(spec.name.split(' ').at(-1) ?? ''), () => commandHelp(spec), deps);
  for (const operand of spec.operands) {
    const name = operand.variadic === true ? `${operand.name}...` : operand.name;
    const argument = new Argument(operand.required === true ? `<${name}>` : `[${name}]`, operand.meaning);
    command.addArgument(operand.choices === undefined ? argument : argument.choices(operand.choices));
  }
  for (const option of commandOptions(spec)) command.addOption(asOption(option));
  command.action(async () => {
    await deps.run({ spec, operands: command.args, options: mergedOptions(command) });
  });
}

/** Every command takes the global options, so that they may stand before and after its name. */
function prepared(command: Command, help: () => string, deps: ProgramDeps): Command {
  for (const option of GLOBAL_OPTIONS) command.addOption(asOption(option));
  command.helpInformation = help;
  return command.helpOption('-h, --help').configureOutput({ writeOut: deps.print, writeErr: deps.complain, outputError: () => undefined });
}

function asOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.meaning);
  if (spec.repeatable === true) option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  return spec.choices === undefined ? option : option.choices(spec.choices);
}

/** The nearest to the command wins. */
function mergedOptions(command: Command): Readonly<Record<string, unknown>> {
  const inherited = command.parent === null ? {} : mergedOptions(command.parent);
  return { ...inherited, ...command.opts<Record<string, unknown>>() };
}
