/**
 * Where the files of one installation live. The command line and the daemon both compute the
 * paths here, so they always mean the same socket. A pure function of the environment: the callers
 * pass in what they read from the process.
 */
export interface HomeInput {
  /** The process environment: FSYNC_HOME, XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_DATA_HOME are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As `process.platform`. */
  readonly platform: string;
  /** As `os.homedir()`. */
  readonly homedir: string;
  /** As `process.getuid()`; 0 where there is no such thing. */
  readonly uid: number;
  /** A relative FSYNC_HOME is taken from here. */
  readonly cwd: string;
}

export interface HomePaths {
  /** Directory of config.json. */
  readonly configDir: string;
  /** Directory of account.json, vaults.json, the pid file and (in the common case) the socket. */
  readonly stateDir: string;
  readonly configFile: string;
  readonly accountFile: string;
  readonly vaultsFile: string;
  /** Fallback key store; 0700. */
  readonly keysDir: string;
  readonly logsDir: string;
  readonly logFile: string;
  readonly pidFile: string;
  /** Directory of the socket: must be 0700 and owned by the user, which both sides check before they use it. */
  readonly socketDir: string;
  readonly socket: string;
}

/** Socket paths longer than this are not bound: the kernel's limits are 108 bytes on Linux and 104 on macOS. */
export const MAX_SOCKET_PATH_BYTES = 100;

/**
 * FSYNC_HOME puts everything into one folder. Without it: XDG folders on Linux, the Library
 * folders on macOS. The socket is next to the state and not in XDG_RUNTIME_DIR: that variable is
 * missing in cron and in some remote shells, which would then start a second daemon. For the same
 * reason the short fallback is always below /tmp, whatever TMPDIR says.
 */
export function homePaths(input: HomeInput): HomePaths {
  const { configDir, stateDir, keysDir, logsDir } = directories(input);
  const socketDir = socketDirectory(stateDir, input.uid);
  return {
    configDir,
    stateDir,
    configFile: join(configDir, 'config.json'),
    accountFile: join(stateDir, 'account.json'),
    vaultsFile: join(stateDir, 'vaults.json'),
    keysDir,
    logsDir,
    logFile: join(logsDir, 'daemon.log'),
    pidFile: join(stateDir, 'daemon.pid'),
    socketDir,
    socket: join(socketDir, SOCKET_NAME),
  };
}

const SOCKET_NAME = 'daemon.sock';

function directories(input: HomeInput): Pick<HomePaths, 'configDir' | 'stateDir' | 'keysDir' | 'logsDir'> {
  const home = input.env['FSYNC_HOME'];
  if (home !== undefined && home !== '') {
    const root = resolvePath(input.cwd, home);
    return { configDir: root, stateDir: root, keysDir: join(root, 'keys'), logsDir: join(root, 'logs') };
  }
  if (input.platform === 'darwin') {
    const library = join(input.homedir, 'Library');
    const support = join(library, 'Application Support', 'fsync');
    return { configDir: support, stateDir: support, keysDir: join(support, 'keys'), logsDir: join(library, 'Logs', 'fsync') };
  }
  const stateDir = join(xdg(input, 'XDG_STATE_HOME', '.local/state'), 'fsync');
  return {
    configDir: join(xdg(input, 'XDG_CONFIG_HOME', '.config'), 'fsync'),
    stateDir,
    keysDir: join(xdg(input, 'XDG_DATA_HOME', '.local/share'), 'fsync', 'keys'),
    logsDir: join(stateDir, 'logs'),
  };
}

/** The XDG specification says that a relative value is to be ignored. */
function xdg(input: HomeInput, variable: string, fallback: string): string {
  const value = input.env[variable];
  return value !== undefined && value.startsWith('/') ? value : join(input.homedir, fallback);
}

function socketDirectory(stateDir: string, uid: number): string {
  const usual = join(stateDir, SOCKET_NAME);
  if (new TextEncoder().encode(usual).length <= MAX_SOCKET_PATH_BYTES) return stateDir;
  return `/tmp/fsync-${String(uid)}-${fnv1a64(stateDir)}`;
}

/** Paths are POSIX paths: the project runs on Linux and macOS. */
function join(...parts: readonly string[]): string {
  return parts.join('/').replaceAll(/\/{2,}/g, '/');
}

/** `path` seen from the absolute directory `from`, without '.', '..' and empty segments. */
function resolvePath(from: string, path: string): string {
  const segments: string[] = [];
  for (const segment of (path.startsWith('/') ? path : `${from}/${path}`).split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

/** FNV-1a, 64 bits: tells the homes of one user apart. Who may use the socket is decided by the owner of its directory. */
function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
