/** What every command is handed: the world it may touch, and nothing else. */
import type { HomePaths } from '../core/home/home-paths.js';
import type { DaemonClient } from './client/daemon-client.js';
import type { Output, OutputStream } from './output/output.js';
import type { PromptInput } from './prompt.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The other two programs, brought in by bin/fsync.js so that this one never imports them. They resolve to an exit code. */
export interface Launchers {
  readonly runDaemon: (args: readonly string[]) => Promise<number>;
  readonly runServer: (args: readonly string[]) => Promise<number>;
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
  /** For bytes that are data; all text goes through `output`. */
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: OutputStream;
  readonly launchers: Launchers;
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal;
  /** Leaves signals and streams to a program that is launched in this process. */
  readonly handOver: () => void;
  readonly now: () => number;
}
