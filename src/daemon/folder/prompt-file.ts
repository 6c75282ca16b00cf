/**
 * `.fsync/prompt`: one line for shell prompts, so that they need neither the daemon nor Node:
 * `state uploads downloads conflicts pid`. The pid tells a stale line from a living one.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { VaultStateName } from '../../core/protocol/ipc.js';
import { privatePaths } from './vault-folder.js';

export interface PromptState {
  readonly state: VaultStateName;
  readonly uploads: number;
  readonly downloads: number;
  readonly conflicts: number;
}

export interface PromptFile {
  /** Soon, and only the newest. */
  tell(read: () => PromptState): void;
  /** The daemon lets go of the folder: there is nothing to say. */
  close(): void;
}

const SOON_MS = 200;

export function createPromptFile(root: string, pid: number): PromptFile {
  const { prompt, folder } = privatePaths(root);
  let timer: NodeJS.Timeout | null = null;
  let written = '';
  const write = ({ state, uploads, downloads, conflicts }: PromptState): void => {
    const line = `${[state, uploads, downloads, conflicts, pid].join(' ')}\n`;
    if (line === written) return;
    written = line;
    ignoringErrors(() => {
      writeFileSync(`${folder}/prompt.new`, line, { mode: 0o644 });
      renameSync(`${folder}/prompt.new`, prompt);
    });
  };
  return {
    tell(read) {
      timer ??= setTimeout(() => {
        timer = null;
        write(read());
      }, SOON_MS);
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      ignoringErrors(() => rmSync(prompt, { force: true }));
    },
  };
}

/** A folder that is gone or full is said elsewhere; a prompt is not worth an error. */
function ignoringErrors(work: () => void): void {
  try {
    work();
  } catch {
    return;
  }
}
