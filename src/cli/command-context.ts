/** What every command is handed: the world it may touch, and nothing else. */
import type { HomePaths } from '../core/home/home-paths.js';
import type { DaemonClient } from './client/daemon-client.js';
import type { Output, OutputStream } from './output/output.js';
import type { PromptInput } from './prompt.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The other two programs, brought in by bin/fsync.js so that this one never imports them. */
export interface Launchers {
  runDaemon(): Promise<{ readonly main: () => Promise<unknown> }>;
  runServer(): Promise<{ readonly main: (args: readonly string[]) => Promise<unknown> }>;
}

export interface CommandContext {
  /** Absolute; -C has been followed. */
  readonly cwd: string;
  readonly env: Environment;
  readonly paths: HomePaths;
  /** File of the daemon's program, for child processes. */
  readonly daemonProgram: string;
  readonly output: Output;
  readonly daemon: DaemonClient;
  readonly stdin: PromptInput;
  readonly stderr: OutputStream;
  readonly launchers: Launchers;
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal;
  readonly now: () => number;
}
