/** prompt: a segment for the shell prompt, read from the vault's own line; the daemon is not asked. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFsyncError } from '../../core/base/errors.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { findVault } from '../vault-root.js';

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
  const known = root === null ? null : readPrompt(root);
  if (args.flag('json'))
    output.document({
      schema: 'fsync/prompt/1',
      root,
      ...(known ?? { state: root === null ? null : 'off', uploads: 0, downloads: 0, conflicts: 0 }),
    });
  else if (root !== null) output.line(segment(known));
  return Promise.resolve(0);
}

interface Known {
  readonly state: string;
  readonly uploads: number;
  readonly downloads: number;
  readonly conflicts: number;
}

function rootAround(cwd: string): string | null {
  try {
    return findVault(cwd, '.').root;
  } catch (error) {
    if (isFsyncError(error, 'not_a_vault')) return null;
    throw error;
  }
}

/** Null when no daemon has the folder open. */
function readPrompt(root: string): Known | null {
  try {
    const [state = '', uploads, downloads, conflicts, pid] = readFileSync(join(root, '.fsync', 'prompt'), 'utf8')
      .trim()
      .split(' ');
    process.kill(Number(pid), 0);
    return { state, uploads: Number(uploads), downloads: Number(downloads), conflicts: Number(conflicts) };
  } catch {
    // No line, or nobody there who keeps it: both mean that nothing is known.
    return null;
  }
}

function segment(known: Known | null): string {
  if (known === null) return '[fsync off]';
  const { state, uploads, downloads, conflicts } = known;
  if (state === 'synced') return '[fsync ok]';
  if (state === 'conflicts') return `[fsync !${String(conflicts)}]`;
  return state === 'syncing' ? `[fsync +${String(uploads)} -${String(downloads)}]` : `[fsync ${state}]`;
}
