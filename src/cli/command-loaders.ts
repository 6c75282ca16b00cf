/** The body of each command: loaded when it runs, so that starting the program stays cheap. */
import type { Arguments } from './arguments.js';
import type { CommandContext } from './command-context.js';

/** Runs a command; resolves to its exit code. */
export type CommandRun = (context: CommandContext, args: Arguments) => Promise<number>;

export const COMMAND_LOADERS: Readonly<Record<string, () => Promise<CommandRun>>> = {
  register: async () => (await import('./commands/account.js')).runRegister,
  login: async () => (await import('./commands/account.js')).runLogin,
  logout: async () => (await import('./commands/account.js')).runLogout,
  whoami: async () => (await import('./commands/account.js')).runWhoami,
  init: async () => (await import('./commands/attach.js')).runInit,
  clone: async () => (await import('./commands/attach.js')).runClone,
  vaults: async () => (await import('./commands/vaults.js')).runVaults,
  detach: async () => (await import('./commands/attach.js')).runDetach,
  ignore: async () => (await import('./commands/ignore.js')).runIgnore,
  'check-ignore': async () => (await import('./commands/check-ignore.js')).runCheckIgnore,
  status: async () => (await import('./commands/status.js')).runStatus,
  log: async () => (await import('./commands/log.js')).runLog,
  ls: async () => (await import('./commands/ls.js')).runLs,
  show: async () => (await import('./commands/show.js')).runShow,
  diff: async () => (await import('./commands/diff.js')).runDiff,
  restore: async () => (await import('./commands/restore.js')).runRestore,
  undo: async () => (await import('./commands/restore.js')).runUndo,
  push: async () => (await import('./commands/sync.js')).runPush,
  pull: async () => (await import('./commands/sync.js')).runPull,
  sync: async () => (await import('./commands/sync.js')).runSync,
  resolve: async () => (await import('./commands/resolve.js')).runResolve,
  'guard show': async () => (await import('./commands/guard.js')).runGuardShow,
  'guard approve': async () => (await import('./commands/guard.js')).runGuardApprove,
  'guard reject': async () => (await import('./commands/guard.js')).runGuardReject,
  pause: async () => (await import('./commands/pause.js')).runPause,
  resume: async () => (await import('./commands/pause.js')).runResume,
  'config list': async () => (await import('./commands/config.js')).runConfigList,
  'config get': async () => (await import('./commands/config.js')).runConfigGet,
  'config set': async () => (await import('./commands/config.js')).runConfigSet,
  'config unset': async () => (await import('./commands/config.js')).runConfigUnset,
  completion: async () => (await import('./commands/completion.js')).runCompletion,
  'daemon run': async () => (await import('./commands/daemon.js')).runDaemonRun,
  'daemon start': async () => (await import('./commands/daemon.js')).runDaemonStart,
  'daemon stop': async () => (await import('./commands/daemon.js')).runDaemonStop,
  'daemon restart': async () => (await import('./commands/daemon.js')).runDaemonRestart,
  'daemon status': async () => (await import('./commands/daemon.js')).runDaemonStatus,
  'daemon logs': async () => (await import('./commands/daemon-logs.js')).runDaemonLogs,
  'server start': async () => (await import('./commands/server.js')).runServerStart,
  'server migrate': async () => (await import('./commands/server.js')).runServerMigrate,
};
