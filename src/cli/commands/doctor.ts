/** doctor: looks at everything that usually goes wrong, and says how to mend it. */
import { readFileSync, statfsSync } from 'node:fs';
import { isFsyncError } from '../../core/base/errors.js';
import { VERSION } from '../../core/base/version.js';
import type { Finding, FindingLevel } from '../../core/protocol/vault-documents.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { formatBytes, formatCount } from '../output/quantities.js';
import { dim, green, red, yellow, type Text } from '../output/text.js';

/** The server gets fifteen seconds to answer the daemon. */
const IDLE_MS = 60_000;
const LEAST_NODE = [20, 19];
const LEAST_WATCHES = 65_536;
const LEAST_DISK_BYTES = 64 * 1024 * 1024;

export async function runDoctor(context: CommandContext, args: Arguments): Promise<number> {
  const { output } = context;
  const findings = [nodeFinding(), ...inotifyFindings(), homeFinding(context), ...(await daemonFindings(context))];
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

/** Linux only: elsewhere there is no such limit. */
function inotifyFindings(): readonly Finding[] {
  let limit: number;
  try {
    limit = Number(readFileSync('/proc/sys/fs/inotify/max_user_watches', 'utf8'));
  } catch {
    return [];
  }
  const isEnough = limit >= LEAST_WATCHES;
  const mend = 'Raise it: echo fs.inotify.max_user_watches=524288 | sudo tee /etc/sysctl.d/50-fsync.conf && sudo sysctl --system';
  return [
    {
      name: 'inotify',
      level: isEnough ? 'ok' : 'warning',
      found: `${String(limit)} directories can be watched`,
      mend: isEnough ? null : mend,
    },
  ];
}

function homeFinding({ paths }: CommandContext): Finding {
  try {
    const { bavail, bsize } = statfsSync(paths.stateDir);
    const free = bavail * bsize;
    const isEnough = free >= LEAST_DISK_BYTES;
    return {
      name: 'home',
      level: isEnough ? 'ok' : 'problem',
      found: `${paths.stateDir}, ${formatBytes(free)} free`,
      mend: isEnough ? null : 'Make room.',
    };
  } catch {
    return {
      name: 'home',
      level: 'warning',
      found: `${paths.stateDir} is not there yet`,
      mend: 'It is made when the daemon starts: fsync daemon start',
    };
  }
}

async function daemonFindings({ daemon }: CommandContext): Promise<readonly Finding[]> {
  try {
    const { pid, version } = await daemon.call('daemon.status', {});
    const isSame = version === VERSION;
    const running: Finding = {
      name: 'daemon',
      level: isSame ? 'ok' : 'warning',
      found: `runs as process ${String(pid)}, version ${version}`,
      mend: isSame ? null : `This command is of version ${VERSION}: install the newer one, or go back with fsync daemon restart.`,
    };
    const { findings } = await daemon.call('daemon.diagnose', {}, { idleTimeoutMs: IDLE_MS });
    return [running, ...findings];
  } catch (error) {
    if (!isFsyncError(error) || error.code === 'aborted') throw error;
    return [{ name: 'daemon', level: 'problem', found: error.message, mend: error.hints[0] ?? 'See its log: fsync daemon logs' }];
  }
}
