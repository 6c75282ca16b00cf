/** completion: prints the script of a shell, made from the command table. */
import { FsyncError } from '../../core/base/errors.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';

export async function runCompletion({ output }: CommandContext, args: Arguments): Promise<number> {
  output.raw(await script(args.operands[0] ?? ''));
  return 0;
}

async function script(shell: string): Promise<string> {
  switch (shell) {
    case 'bash':
      return (await import('../docs/completion-bash.js')).bashCompletion();
    case 'zsh':
      return (await import('../docs/completion-zsh.js')).zshCompletion();
    case 'fish':
      return (await import('../docs/completion-fish.js')).fishCompletion();
    default:
      throw new FsyncError('usage', `no such shell: ${shell}`, { hints: ['Choose bash, zsh or fish.'] });
  }
}
