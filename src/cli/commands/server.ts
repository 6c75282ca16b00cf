/** The server and its care: handed to the server's program, which reads the variables itself. */
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { ask } from '../prompt.js';
import { commandOptions, splitFlags, type CommandSpec } from '../table/command-spec.js';
import { SERVER_COMMANDS } from '../table/server-commands.js';

export const runServerStart = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'start');
export const runServerMigrate = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'migrate');
export const runServerGc = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'gc');
export const runServerCheck = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'check');
export const runServerBackup = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'backup');
export const runServerRestore = (context: CommandContext, args: Arguments): Promise<number> => run(context, args, 'restore');

export async function runServerUser(context: CommandContext, args: Arguments): Promise<number> {
  const [action, user] = args.operands;
  if (action !== 'delete' || user === undefined || args.text('yes') !== null) return run(context, args, 'user');
  const text = `This deletes ${user}, its vaults and their history for everyone. Its name`;
  const typed = await ask(context, { text, hidden: false, instead: '--yes NAME' });
  return run(context, args, 'user', [`--yes=${typed}`]);
}

function run({ launchers, handOver }: CommandContext, args: Arguments, word: string, more: readonly string[] = []): Promise<number> {
  const spec = SERVER_COMMANDS.find(({ name }) => name === `server ${word}`);
  handOver();
  const flags = spec === undefined ? [] : flagsOf(spec, args);
  return launchers.runServer([word, ...flags, ...more, ...(args.operands.length > 0 ? ['--', ...args.operands] : [])]);
}

function flagsOf(spec: CommandSpec, args: Arguments): readonly string[] {
  return commandOptions(spec).flatMap(({ flags }) => {
    const { long, value } = splitFlags(flags);
    const name = long?.slice(2) ?? '';
    if (value === null) return args.flag(name) ? [`--${name}`] : [];
    const given = args.text(name);
    return given === null ? [] : [`--${name}=${given}`];
  });
}
