/** prompt: a segment for the shell prompt, read from the vault's own line; the daemon is not asked. */
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { promptSegment, readPromptLine, rootAround } from '../prompt-segment.js';

/** POSIX sh without another process but kill -0, which is built in; sets nothing but prints the segment. */
const SNIPPET = `# fsync in the prompt: put this into ~/.bashrc or ~/.zshrc, and $(fsync_prompt) into PS1.
# It reads one small file and starts no program.
fsync_prompt() {
  fsync_dir=$PWD
  while [ -n "$fsync_dir" ] && [ ! -f "$fsync_dir/.fsync/vault.json" ]; do fsync_dir=\${fsync_dir%/*}; done
  [ -n "$fsync_dir" ] || return 0
  if ! { read -r fsync_state fsync_up fsync_down fsync_conflicts fsync_pid < "$fsync_dir/.fsync/prompt"; } 2>/dev/null ||
    ! kill -0 "$fsync_pid" 2>/dev/null; then
    printf '[fsync off]'
    return 0
  fi
  case $fsync_state in
    synced) printf '[fsync ok]' ;;
    conflicts) printf '[fsync !%s]' "$fsync_conflicts" ;;
    syncing) printf '[fsync +%s -%s]' "$fsync_up" "$fsync_down" ;;
    *) printf '[fsync %s]' "$fsync_state" ;;
  esac
}
`;

export function runPrompt({ cwd, output }: CommandContext, args: Arguments): Promise<number> {
  if (args.flag('shell')) {
    output.raw(SNIPPET);
    return Promise.resolve(0);
  }
  const root = rootAround(cwd);
  const known = root === null ? null : readPromptLine(root);
  if (args.flag('json'))
    output.document({
      schema: 'fsync/prompt/1',
      root,
      ...(known ?? { state: root === null ? null : 'off', uploads: 0, downloads: 0, conflicts: 0 }),
    });
  else if (root !== null) output.line(promptSegment(known));
  return Promise.resolve(0);
}
