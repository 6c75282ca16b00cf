/** server start and migrate: handed to the server's program, which reads the variables itself. */
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { splitFlags, type CommandSpec } from '../table/command-spec.js';
import { SERVER_COMMANDS } from '../table/server-commands.js';
import { exitCode } from './daemon.js';

export const runServerStart = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'start');
export const runServerMigrate = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'migrate');

async function run({ launchers }: CommandContext, args: Arguments, word: string): Promise<number> {
  const spec = SERVER_COMMANDS.find(({ name }) => name === `server ${word}`);
  const { main } = await launchers.runServer();
  return exitCode(await main([word, ...(spec === undefined ? [] : flagsOf(spec, args))]));
}

function flagsOf(spec: CommandSpec, args: Arguments): readonly string[] {
  return spec.options.flatMap(({ flags }) => {
    const name = splitFlags(flags).long?.slice(2) ?? '';
    const value = args.text(name);
    return value === null ? [] : [`--${name}=${value}`];
  });
}
