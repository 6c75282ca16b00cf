/**
 * Where the files of one installation ("home") live. Both the daemon and the command line compute
 * these paths and must agree, so the rule is here, as a function of what the process edge reads.
 */

/** What the process edge knows about the host. */
export interface HostFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** Absolute; the user's home directory. */
  readonly userHome: string;
  /** Absolute; the OS directory for temporary files. */
  readonly tempDir: string;
  /** Absolute; resolves a relative FSYNC_HOME. */
  readonly workingDir: string;
  /** Numeric user id, or -1 where there is none. */
  readonly uid: number;
  /** At least 16 hex digits of a cryptographic hash of the text. */
  readonly shortHash: (text: string) => string;
}

/** Absolute paths. Directories are made with 0700, files with 0600. */
export interface HomePaths {
  /** Identifies the home: one daemon each. */
  readonly dir: string;
  readonly configFile: string;
  readonly accountFile: string;
  readonly vaultsFile: string;
  readonly keysDir: string;
  /** Copies of what the server said and signatures or seals prove: chains, boxed keys. Safe to delete while online. */
  readonly cacheDir: string;
  readonly logsDir: string;
  readonly logFile: string;
  readonly socketDir: string;
  readonly socketFile: string;
  readonly pidFile: string;
}

/** A Unix socket path is at most 104 bytes on macOS and 108 on Linux, terminator included. */
const SOCKET_PATH_LIMIT = 100;

/** The home's paths: everything below FSYNC_HOME when that is set, else the platform's usual folders. */
export function homePaths(host: HostFacts): HomePaths {
  const roots = homeRoots(host);
  const preferred = `${roots.runtime}/daemon.sock`;
  const socketDir =
    new TextEncoder().encode(preferred).length <= SOCKET_PATH_LIMIT
      ? roots.runtime
      : `${host.tempDir}/fsync-${String(host.uid)}-${host.shortHash(roots.data).slice(0, 16)}`;
  return {
    dir: roots.data,
    configFile: `${roots.config}/config.json`,
    accountFile: `${roots.data}/account.json`,
    vaultsFile: `${roots.data}/vaults.json`,
    keysDir: `${roots.data}/keys`,
    cacheDir: `${roots.data}/cache`,
    logsDir: roots.logs,
    logFile: `${roots.logs}/daemon.log`,
    socketDir,
    socketFile: `${socketDir}/daemon.sock`,
    pidFile: `${roots.data}/daemon.pid`,
  };
}

interface HomeRoots {
  readonly data: string;
  readonly config: string;
  readonly logs: string;
  readonly runtime: string;
}

function homeRoots(host: HostFacts): HomeRoots {
  const chosen = host.env['FSYNC_HOME'];
  if (chosen !== undefined && chosen !== '') {
    const data = trimSlashes(chosen.startsWith('/') ? chosen : `${host.workingDir}/${chosen}`);
    return { data, config: data, logs: `${data}/logs`, runtime: data };
  }
  if (host.platform === 'darwin') {
    const data = `${host.userHome}/Library/Application Support/fsync`;
    return { data, config: data, logs: `${host.userHome}/Library/Logs/fsync`, runtime: data };
  }
  const xdg = (name: string, fallback: string): string => {
    const value = host.env[name];
    // The XDG specification: relative paths are to be ignored.
    return `${value?.startsWith('/') === true ? trimSlashes(value) : `${host.userHome}/${fallback}`}/fsync`;
  };
  const data = xdg('XDG_DATA_HOME', '.local/share');
  const runtime = host.env['XDG_RUNTIME_DIR']?.startsWith('/') === true ? xdg('XDG_RUNTIME_DIR', '') : data;
  return { data, config: xdg('XDG_CONFIG_HOME', '.config'), logs: `${xdg('XDG_STATE_HOME', '.local/state')}/logs`, runtime };
}

function trimSlashes(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}
