/** doctor: looks at everything that usually goes wrong, and says how to mend it. */
import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';
import { isFsyncError } from '../../core/base/errors.js';
import { VERSION } from '../../core/base/version.js';
import type { Finding, FindingLevel } from '../../core/protocol/vault-documents.js';
import { diskFinding } from '../../core/home/disk-room.js';
import type { DaemonStatusDocument } from '../../core/protocol/ipc.js';
import type { Arguments } from '../arguments.js';
import type { DaemonClient } from '../client/daemon-client.js';
import type { CommandContext } from '../command-context.js';
import { formatCount } from '../output/quantities.js';
import { dim, green, red, yellow, type Text } from '../output/text.js';

/** The server gets fifteen seconds to answer the daemon. */
const IDLE_MS = 60_000;
const LEAST_NODE = [20, 19];
const LEAST_WATCHES = 65_536;
/** Each desktop program that watches takes one. */
const LEAST_WATCHERS = 64;
const LOW_DISK_BYTES = 64 * 1024 * 1024;

export async function runDoctor(context: CommandContext, args: Arguments): Promise<number> {
  const { output } = context;
  // First: starting the daemon makes its home.
  const ofDaemon = await daemonFindings(context);
  const findings = [nodeFinding(), ...inotifyFindings(), homeFinding(context), ...ofDaemon];
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  if (args.flag('json')) output.document({ schema: 'fsync/doctor/1', findings });
  else {
    for (const { name, level, found, mend } of findings) {
      output.line([MARKS[level], `  ${name}: ${found}`]);
      if (mend !== null) output.line(dim(`         ${mend}`));
    }
    output.line();
    output.line(
      problems + warnings === 0 ? green('Nothing is wrong.') : `${formatCount(problems, 'problem')}, ${formatCount(warnings, 'warning')}.`,
    );
  }
  return problems > 0 ? 1 : 0;
}

const MARKS: Readonly<Record<FindingLevel, Text>> = { ok: green('ok     '), warning: yellow('warning'), problem: red('problem') };

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_NODE;
  const isNew = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  const found = `Node ${process.versions.node}, fsync ${VERSION}`;
  return {
    name: 'versions',
    level: isNew ? 'ok' : 'problem',
    found,
    mend: isNew ? null : `Install Node ${LEAST_NODE.join('.')} or newer.`,
  };
}

/** Linux only: elsewhere there are no such limits. A container may have lower ones of its own. */
function inotifyFindings(): readonly Finding[] {
  const watches = lowest('/proc/sys/fs/inotify/max_user_watches', '/proc/sys/user/max_inotify_watches');
  const watchers = lowest('/proc/sys/fs/inotify/max_user_instances', '/proc/sys/user/max_inotify_instances');
  if (watches === null || watchers === null) return [];
  const found = `${String(watches)} directories can be watched, by ${String(watchers)} programs`;
  const tooLow = watches < LEAST_WATCHES ? 'max_user_watches=524288' : watchers < LEAST_WATCHERS ? 'max_user_instances=1024' : null;
  if (tooLow === null) return [{ name: 'inotify', level: 'ok', found, mend: null }];
  const mend = `Raise it: echo fs.inotify.${tooLow} | sudo tee /etc/sysctl.d/50-fsync.conf && sudo sysctl --system`;
  return [{ name: 'inotify', level: 'warning', found, mend }];
}

/** Null where there is none of these limits. */
function lowest(...files: readonly string[]): number | null {
  const limits = files.flatMap((file) => {
    try {
      return [Number(readFileSync(file, 'utf8'))];
    } catch {
      return [];
    }
  });
  return limits.length === 0 ? null : Math.min(...limits);
}

/** Where the daemon keeps its state: what is wrong with it is often why no daemon runs. */
function homeFinding({ paths }: CommandContext): Finding {
  const { stateDir } = paths;
  try {
    const room = statfsSync(stateDir);
    accessSync(stateDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return diskFinding('home', stateDir, { room, lowBytes: LOW_DISK_BYTES });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const found = `${stateDir} cannot be used: ${HOME_TROUBLES[code] ?? code}`;
    return { name: 'home', level: 'problem', found, mend: `It must be a directory of yours: ls -ld ${stateDir}` };
  }
}

const HOME_TROUBLES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'it is not there',
  ENOTDIR: 'a part of it is a file',
};

async function daemonFindings({ daemon }: CommandContext): Promise<readonly Finding[]> {
  try {
    const didRun = await isRunning(daemon);
    const running = daemonFinding(await daemon.call('daemon.status', {}), didRun);
    const { findings } = await daemon.call('daemon.diagnose', {}, { idleTimeoutMs: IDLE_MS });
    return [running, ...findings];
  } catch (error) {
    if (!isFsyncError(error) || error.code === 'aborted') throw error;
    return [{ name: 'daemon', level: 'problem', found: error.message, mend: error.hints[0] ?? 'See its log: fsync daemon logs' }];
  }
}

/** One of another version counts: `call` knows what to do with it. */
async function isRunning(daemon: DaemonClient): Promise<boolean> {
  try {
    return (await daemon.callRunning('daemon.status', {})) !== null;
  } catch (error) {
    if (isFsyncError(error) && error.details['otherVersion'] === true) return true;
    throw error;
  }
}

function daemonFinding({ pid, version }: DaemonStatusDocument, didRun: boolean): Finding {
  const found = `runs as process ${String(pid)}, version ${version}`;
  if (version !== VERSION) {
    const mend = `This command is of version ${VERSION}: install the newer one, or go back with fsync daemon restart.`;
    return { name: 'daemon', level: 'warning', found, mend };
  }
  if (didRun) return { name: 'daemon', level: 'ok', found, mend: null };
  const mend = 'To have it started at every login: fsync daemon install';
  return { name: 'daemon', level: 'warning', found: `did not run; started now as process ${String(pid)}, version ${version}`, mend };
}
