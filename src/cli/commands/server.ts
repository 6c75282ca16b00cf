/** server start and migrate: handed to the server's program, which reads the variables itself. */
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { splitFlags, type CommandSpec } from '../table/command-spec.js';
import { SERVER_COMMANDS } from '../table/server-commands.js';

export const runServerStart = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'start');
export const runServerMigrate = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'migrate');

function run({ launchers, handOver }: CommandContext, args: Arguments, word: string): Promise<number> {
  const spec = SERVER_COMMANDS.find(({ name }) => name === `server ${word}`);
  handOver();
  return launchers.runServer([word, ...(spec === undefined ? [] : flagsOf(spec, args))]);
}

function flagsOf(spec: CommandSpec, args: Arguments): readonly string[] {
  return spec.options.flatMap(({ flags }) => {
    const name = splitFlags(flags).long?.slice(2) ?? '';
    const value = args.text(name);
    return value === null ? [] : [`--${name}=${value}`];
  });
}
